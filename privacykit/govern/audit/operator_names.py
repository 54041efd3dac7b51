"""Names of operators: one for each person, however it is typed. Pure."""

from __future__ import annotations

import unicodedata


def plain(name: str) -> str:
    """
    Return *name* as it is hashed: without regard to case, width, accents' encoding and blanks.

    ``Eve``, `` eve `` and ``EVE`` are one operator; what no encoding holds becomes a ``?``.
    """
    written = unicodedata.normalize("NFKC", _encodable(name)).casefold()
    return " ".join(written.split())


def spellings(name: str) -> tuple[str, ...]:
    """Return how logs know *name*: plain, and as typed, which earlier versions hashed."""
    return tuple(dict.fromkeys((plain(name), _encodable(name))))


def _encodable(name: str) -> str:
    return name.encode(errors="replace").decode()
