"""Identities and rows in words for an operator, values masked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from privacykit.govern.identity.types import EMAIL
from privacykit.govern.records import Identity

ARROW = " → "
LONGEST_SHOWN = 2
"""Characters of a value that are shown: enough to tell two apart, not enough to know one."""

_WORDS = {EMAIL: "e-mail", "phone_number": "phone"}


def masked(identity: Identity) -> str:
    """Return the type of *identity* and the first characters of its value, never all of it."""
    word = _WORDS.get(identity.type, identity.type)
    if identity.parts or identity.format != "raw":
        return word
    value = identity.value.strip()
    if identity.type == EMAIL:
        return f"{word} {value[:1]}…@…"
    return f"{word} {value[: min(LONGEST_SHOWN, len(value) // 3)]}…"


def named_row(collection: str, key: Sequence[Any]) -> str:
    """Return collection and key of a row; a key that is no number may be somebody's, and is cut."""
    parts = (
        str(part) if isinstance(part, int) else f"{str(part)[:LONGEST_SHOWN]}…" for part in key
    )
    return f"{collection} row {', '.join(parts)}"
