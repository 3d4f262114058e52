"""Storing scores, drawing lines, releasing results."""
