"""Policies: what the law asks. Pure."""
