"""A decision compiled for a place and what a visitor said. Pure."""
