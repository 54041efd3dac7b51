"""Protocols by which subject requests arrive and are passed on: words, signatures, states. Pure."""
