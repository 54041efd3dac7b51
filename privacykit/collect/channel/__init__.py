"""The channel and source of a visit. Pure."""
