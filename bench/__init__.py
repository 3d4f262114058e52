"""How fast, how much: figures of the real server under a load generator of its own."""
