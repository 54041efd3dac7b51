"""The event: its pieces, its writing, its form. Pure."""
