"""
Do Not Track: the request header and the answer to it, by their exact grammar. Pure.

Source: W3C Note "Tracking Preference Expression (DNT)", 17 January 2019, §5.2, §6.2 and §6.4. Dead
in most browsers, still an objection to analytics under GDPR Art. 21(5) where the law takes it so.
"""

from __future__ import annotations

import re

import msgspec

LONGEST = 256
"""Bytes of a field value that are looked at."""

_DEFINED = frozenset("!?GTNCPDU")
_TK = re.compile(r"([!-+\--:<-\[\]-~])(?:;([A-Za-z0-9_\-+=/]+))?", re.ASCII)


def dnt(value: bytes | None) -> bool:
    """
    Return whether the ``DNT`` field value *value* says "do not track me".

    Args:
        value: The raw field value, or ``None`` when the header is absent.
    """
    return value == b"1" or preference(value) is True


def preference(value: bytes | None) -> bool | None:
    """
    Return what the ``DNT`` field value *value* says: object, consent, or nothing.

    The first character decides; what follows are extensions that nobody defined. Lines that an
    intermediary joined with a comma (which no extension may hold) are read one by one, and one
    objection is enough.

    Args:
        value: The raw field value, or ``None`` when the header is absent.

    Returns:
        ``True`` for ``1``, ``False`` for ``0``, ``None`` when no preference is expressed.
    """
    if value is None:
        return None
    said = {member.strip(b" \t")[:1] for member in value[:LONGEST].split(b",")}
    if b"1" in said:
        return True
    return False if b"0" in said else None


class TrackingStatus(msgspec.Struct, frozen=True):
    """
    A ``Tk`` response field value.

    Attributes:
        value: The tracking status value, one case-sensitive character.
        status_id: The rest of the address under ``/.well-known/dnt/``, if there is one.
    """

    value: str
    status_id: str | None = None

    @property
    def meaning(self) -> str:
        """The defined value it must be read as: any extension means ``P``, potential consent."""
        return self.value if self.value in _DEFINED else "P"


def parse_tk(value: str) -> TrackingStatus | None:
    """
    Read the ``Tk`` field value *value* of a response; ``None`` when it is not by the grammar.

    A status id is required after ``?`` (§6.2.3), and ``G`` never stands in ``Tk`` (§6.2.4).
    """
    match = _TK.fullmatch(value[:LONGEST])
    if match is None or match[1] == "G" or (match[1] == "?" and match[2] is None):
        return None
    return TrackingStatus(match[1], match[2])
