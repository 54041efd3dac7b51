"""Figures that outlive the events they were counted from."""
