"""Policies as people look at them: in words, for slips, by day, by what changed. Pure."""
