"""Addresses: one reading of them, and the ways to weaken them. Pure."""
