"""Anonymisation of what was stored before, with the code that weakens what comes in."""
