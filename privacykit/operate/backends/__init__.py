"""Sinks as recipients of an erasure: their other ends delete a person's events."""
