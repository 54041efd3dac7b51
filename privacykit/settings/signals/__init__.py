"""Signals in the configuration: their tables, and the readers of cookies made from them. Pure."""
