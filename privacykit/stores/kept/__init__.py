"""Kept figures, and the end of the events that they are of."""
