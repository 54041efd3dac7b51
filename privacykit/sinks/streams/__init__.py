"""Streams and brokers: one base for all of them. Does network I/O."""
