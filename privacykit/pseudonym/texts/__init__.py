"""Texts: persons and credentials, found by form and taken out. Pure."""
