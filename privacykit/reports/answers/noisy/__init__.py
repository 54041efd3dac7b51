"""Answers with the noise of differential privacy."""
