"""Differential privacy: figures with noise, and what they cost."""
