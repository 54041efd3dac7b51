"""The banner: the question on the first layer, and the way back to it on every page."""
