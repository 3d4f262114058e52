"""A ready exam centre on localhost: everything synthetic, everything through the real paths."""
