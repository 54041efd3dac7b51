"""
Equality of identities: ours, whatever a store takes for the same. Pure.

A collation may hold ``rene@`` for ``rené@``, ``ANNA`` for ``anna`` or ``anna `` for ``anna``, and a
database may read ``1abc`` as 1. Here two values are the same when their characters are, one by one:

- every type: character by character; a whole number is written in digits, however it is stored, so
  that 1 is ``1`` and neither ``01``, ``1.0`` nor ``true``;
- e-mail: also the value given in lower case, the other way addresses are stored;
- any type that the map matches ``ignore-case``: both in lower case; no map matches
  ``any-spelling``, by which it is asked what a search missed: outer space is no part of it, either;
- a hash: of the trimmed value in lower case, as OpenDSR asks, or of the value as it stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

import msgspec

from privacykit.govern.identity.types import EMAIL
from privacykit.govern.identity.usable import HASHES
from privacykit.govern.records import Identity, IdentityFormat

ANY_SPELLING: Final = "any-spelling"

WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
"""The one way to write a whole number."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Matched(Protocol):
    """A column as far as it says how its values are compared."""

    @property
    def identity(self) -> str | None:
        """The identity type."""

    @property
    def format(self) -> IdentityFormat:
        """How the values are written."""

    @property
    def match(self) -> str:
        """``exact``, ``ignore-case`` or ``any-spelling``."""


def text_of(value: Any) -> str | None:  # noqa: ANN401 - a column's value
    """
    Write *value* as identities are written, or ``None`` where it can be none.

    Whole numbers lose their fraction of zeros; bytes are read as UTF-8; a truth value is nobody.
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float | Decimal):
        whole = math.isfinite(value) and value == math.floor(value)
        return str(math.floor(value)) if whole else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            return None
    return value.isoformat() if isinstance(value, date) else str(value)


def spellings(identity: Identity) -> tuple[str, ...]:
    """Return the ways *identity*, not a hash, may be stored: as given; some also in lower case."""
    if identity.type == EMAIL or _UUID.fullmatch(identity.value):
        return tuple(dict.fromkeys((identity.value, identity.value.strip().lower())))
    return (identity.value,)


def spelled(identity: Identity) -> tuple[Identity, ...]:
    """Return *identity*, not a hash, in each of its :func:`spellings`; of parts there is one."""
    if identity.parts:
        return (identity,)
    return tuple(msgspec.structs.replace(identity, value=text) for text in spellings(identity))


def found_as(identities: Iterable[Identity]) -> set[Identity]:
    """Return *identities* in every way by which the stores are asked for them."""
    return {way for it in identities for way in (spelled(it) if it.format == "raw" else (it,))}


def written_as(identity: Identity, written: IdentityFormat) -> tuple[str, ...]:
    """Return how *identity* stands in a column of that format; nothing where that is unknown."""
    if identity.format == written:
        if written == "raw":
            return spellings(identity)
        return tuple(dict.fromkeys((identity.value, identity.value.strip().lower())))
    if identity.format != "raw":
        return ()
    texts = dict.fromkeys((*spellings(identity), identity.value.strip().lower()))
    return tuple(HASHES[written](text.encode()).hexdigest() for text in texts)


def matches(identity: Identity, field: Matched, text: str) -> bool:
    """Say whether *text*, which stands in a column of *field*, is *identity*."""
    if identity.type != field.identity or identity.parts:
        return False
    if identity.format != "raw" and field.format == "raw":
        hashed = HASHES[identity.format](text.strip().lower().encode()).hexdigest()
        return hashed == identity.value.strip().lower()
    known = written_as(identity, field.format)
    if text in known:
        return True
    if field.match == "exact":
        return False
    return folded(field, text) in {folded(field, value) for value in known}


def any_spelling(field: Matched) -> bool:
    """Say whether values of *field* are compared as no map has them compared."""
    return field.match == ANY_SPELLING


def folded(field: Matched, text: str) -> str:
    """Return *text* as values of *field* are compared, which is not compared exactly."""
    return text.strip().lower() if any_spelling(field) else text.lower()
