"""Brokers for tests: places on those of this machine, and a door before them. Does I/O."""
