"""The face for other systems: rosters and status in, published results out."""
