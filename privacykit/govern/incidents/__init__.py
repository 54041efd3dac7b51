"""Incidents: what was touched, whose it is, who must be told by when, what was decided."""
