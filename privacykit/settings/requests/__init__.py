"""The tables of ``[requests]``: how people and their agents may ask. Pure."""
