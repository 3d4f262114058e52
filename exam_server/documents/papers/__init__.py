"""What each document says: data collected from the rooms, for the template of the same name."""
