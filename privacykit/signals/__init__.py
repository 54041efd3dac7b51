"""Signals: what the visitor said. Pure."""
