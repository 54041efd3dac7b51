"""Statements as the driver takes them: written once, run on its own cursor."""
