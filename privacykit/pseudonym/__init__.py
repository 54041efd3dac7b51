"""Pseudonyms: how identifiers are weakened. Pure; the only cryptography of flow 1."""
