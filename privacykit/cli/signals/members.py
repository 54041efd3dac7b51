"""Members of a line that are wrong, named without what stands in them. Pure."""

from __future__ import annotations

import re

import msgspec

_PLACE = re.compile(r"at `\$([.\w\[\]]*)`", re.ASCII)
_MISSING = re.compile(r"missing required field `(\w+)`", re.ASCII)
_KINDS = re.compile(r"Expected `([\w |]+)`, got `(\w+)`", re.ASCII)
"""What msgspec says of a member: where it stands, that it is missing, what belongs there."""


def wrong_member(error: Exception, within: str = "") -> str:
    """
    Return behind a colon which member *error* is about, and what belongs there; empty for none.

    Nothing of the input is in it: names are those of our own structures.

    Args:
        error: Raised by msgspec.
        within: The member of a line that was read.
    """
    if not isinstance(error, msgspec.ValidationError):
        return ""
    text = str(error)
    place, missing, kinds = _PLACE.search(text), _MISSING.search(text), _KINDS.match(text)
    path = [within, place[1].lstrip(".") if place else "", missing[1] if missing else ""]
    named = ".".join([part for part in path if part]) or "the line"
    if missing:
        return f": {named} is missing"
    return f": {named}: {kinds[1]} belongs there, not {kinds[2]}" if kinds else f": {named}"
