"""The first line of an HTTP request as it may be logged. Pure."""

from __future__ import annotations

LONGEST_METHOD = 16
COMMON_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def method_of(method: object, nothing: str = "-") -> str:
    """Return *method* where it is one word of at most 16 letters, else *nothing*."""
    text = str(method)
    return text if len(text) <= LONGEST_METHOD and text.isalpha() else nothing
