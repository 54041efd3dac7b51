"""Identities: which values find a person, which lead on, and who is reached by them. Pure."""
