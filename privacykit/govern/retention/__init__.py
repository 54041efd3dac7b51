"""Retention rules and the run that carries them out. Pure."""
