"""What the centre's staff do before the day."""
