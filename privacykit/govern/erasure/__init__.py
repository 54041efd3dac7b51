"""Erasure and every other right, row by row: find, plan, carry out, verify. Pure."""
