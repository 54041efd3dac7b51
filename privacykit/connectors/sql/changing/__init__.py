"""Rows changed and removed, tried first, and what a database refuses of it. Does I/O."""
