"""Anonymisation of what was stored before: today's policy over old rows."""
