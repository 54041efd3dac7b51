"""Choices of a visitor: the cookies that keep them, and what they mean as one mask. Pure."""
