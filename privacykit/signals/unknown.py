"""
Unknown: what a signal that cannot be read is. Pure.

A decoder returns what it read or an :class:`Unknown`, never a default and never an exception. An
unknown signal is no consent; what it does to an opt-out is for whoever maps it to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, ParamSpec, TypeVar

import msgspec

Given = ParamSpec("Given")
Read = TypeVar("Read")

LONGEST = 16_384
"""Characters of a signal that are looked at; the longest real strings have about 4,000."""

Reason = Literal[
    "empty",
    "too_long",
    "bad_character",
    "truncated",
    "trailing_bits",
    "unsupported_version",
    "unsupported_type",
    "bad_value",
    "bad_range",
    "too_many",
    "duplicate",
    "no_core",
    "unexpected_segment",
    "segment_count",
    "ambiguous",
    "no_format",
]
"""Why a signal is unknown; ``docs/reference/signal-strings.md`` has a line for each."""


class Unknown(msgspec.Struct, frozen=True):
    """
    A signal that says nothing, because it cannot be read.

    Attributes:
        reason: Why, out of a closed list.
        detail: Where, in words; it holds positions and counts, never a part of the signal.
    """

    reason: Reason
    detail: str = ""

    def __str__(self) -> str:
        """Return the reason and where."""
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Unreadable(Exception):  # noqa: N818  (not an error: it never leaves a decoder)
    """
    How a decoder stops inside; its entry returns :attr:`unknown`.

    Attributes:
        unknown: What the decoder answers.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason)
        self.unknown = Unknown(reason, detail)


def read_or_unknown(
    read: Callable[Given, Read], *given: Given.args, **named: Given.kwargs
) -> Read | Unknown:
    """Return what *read* makes of what is *given*, or why that is unknown: a decoder's entry."""
    try:
        return read(*given, **named)
    except Unreadable as refusal:
        return refusal.unknown
