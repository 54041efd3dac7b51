"""Products that take events over their documented HTTP APIs, one a file. Pure."""
