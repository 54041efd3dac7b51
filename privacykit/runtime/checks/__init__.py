"""Checks of an installation that is not started."""
