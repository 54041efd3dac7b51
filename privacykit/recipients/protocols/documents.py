"""JSON documents of strangers: read whole, or not at all. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

MOST_DEPTH = 32
"""How deep a document may be; the protocols need five."""


def read_object(raw: bytes | str) -> dict[str, Any] | None:
    """
    Read a JSON object that somebody sent.

    Args:
        raw: The text, in UTF-8 where it is bytes.

    Returns:
        ``None`` where it is no JSON object, is deeper than :data:`MOST_DEPTH`, or has a whole
        number of more than 64 bits: what is returned can be compared, calculated with and written
        again.
    """
    try:
        found = msgspec.json.decode(raw, type=dict[str, Any])
        if not _is_shallow(found):
            return None
        msgspec.json.encode(found)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return None
    return found


def _is_shallow(document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _ in range(MOST_DEPTH):
        inner = (it for one in level for it in (one.values() if isinstance(one, dict) else one))
        level = [it for it in inner if isinstance(it, dict | list)]
        if not level:
            return True
    return False
