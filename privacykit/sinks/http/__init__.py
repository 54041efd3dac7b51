"""Backends that are spoken to over HTTP: one base for all of them. Does network I/O."""
