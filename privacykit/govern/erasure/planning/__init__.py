"""The plan of a right: made, tried, kept until it is approved. Pure."""
