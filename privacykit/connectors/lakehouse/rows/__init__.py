"""Rows of a lake: what is looked for, found, changed, a column at a time. Pure."""
