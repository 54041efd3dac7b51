"""
The language of a request: what it names, what the browser accepts, what the site offers. Pure.

``Accept-Language`` by RFC 9110 §12.5.4; a tag is looked up by its first part (RFC 4647 §3.4).
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import isfinite

LANG = "lang"
"""The parameter that names a language."""
LONGEST = 256
"""Bytes of ``Accept-Language`` that are read; browsers send fewer than a hundred."""
MOST = 16
"""Languages that are read of it."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def direction_of(tag: str) -> str:
    """Return how *tag* is written: ``ltr`` or ``rtl``."""
    return "rtl" if _first(tag) in RIGHT_TO_LEFT else "ltr"


def named_of(asked: str, offered: Container[str]) -> str:
    """Return which of the tags *offered* a request names by *asked*, empty for none."""
    tag = _first(asked)
    return tag if tag in offered else ""


def negotiated(asked: str, accepted: str, offered: Sequence[str], otherwise: str) -> str:
    """
    Return the tag of the language to answer in.

    Args:
        asked: What the request names, empty for nothing; it wins where it is offered.
        accepted: The ``Accept-Language`` header.
        offered: The tags there are.
        otherwise: The tag to take where nothing fits.
    """
    named = named_of(asked, offered)
    if named:
        return named
    wanted = [_weighed(part) for part in accepted[:LONGEST].split(",")[:MOST]]
    for tag, weight in sorted(wanted, key=lambda pair: -pair[1]):
        if weight > 0 and (tag in offered or tag == "*"):
            return otherwise if tag == "*" else tag
    return otherwise


def _weighed(part: str) -> tuple[str, float]:
    tag, _, parameters = part.partition(";")
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return _first(tag), 1.0
    try:
        weight = float(value)
    except ValueError:
        return _first(tag), 0.0
    return _first(tag), weight if isfinite(weight) else 0.0


def _first(tag: str) -> str:
    return tag.strip().partition("-")[0].lower()
