"""
What a request names, held against what is known: types of identities, and purposes. Pure.

A name that nobody knows finds nobody and stops nothing, and that looks like nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from privacykit.errors import DataMapError, InputError
from privacykit.govern.datamap.composite import check_composites
from privacykit.govern.erasure.event_keys import CONSENT_RECORD, CUSTOMER_ID, VISITOR_ID
from privacykit.govern.identity.types import EMAIL, PHONE, WEAK_IDENTITIES
from privacykit.toml_files.words import did_you_mean

if TYPE_CHECKING:
    from privacykit.govern.datamap import DataMap
    from privacykit.govern.records import Identity
    from privacykit.settings.model import Settings

OPTIONS = frozenset({EMAIL, PHONE, CUSTOMER_ID})
"""What the options ``--email``, ``--phone`` and ``--customer`` are called as an identity."""

OURS = frozenset({VISITOR_ID, CONSENT_RECORD})
"""What our own stores know people by, without a line of the map."""


def check_types(
    identities: Iterable[Identity], settings: Settings, datamap: Callable[[], DataMap]
) -> None:
    """
    Check that every identity is of a type that something is known by.

    Args:
        identities: Who is named.
        settings: Says which numbers the application calls people by, ``[events] identified_by``.
        datamap: Returns the data map; it is read only where a type is none of our own.

    Raises:
        InputError: A type is unknown, or the parts of a composite one. No value is quoted.
        DataMapError: The map is needed and cannot be read.
    """
    given = tuple(identities)
    known = OPTIONS | OURS | WEAK_IDENTITIES | set(settings.events.identified_by)
    if all(it.type in known and not it.parts for it in given):
        return
    there = datamap()
    check_composites(there, given)
    known |= there.known_types()
    for it in given:
        _check("the data map has no identity", it.type, known, there.known_types() | OURS)


def check_purposes(
    purposes: Collection[str], settings: Settings, datamap: Callable[[], DataMap]
) -> None:
    """
    Check that every purpose named is one of the configuration's or of the data map's.

    Raises:
        InputError: One is not; those that are there are named.
        DataMapError: The configuration names none, and the map cannot be read.
    """
    known = set(settings.purposes)
    if set(purposes) <= known:
        return
    try:
        known |= datamap().known_purposes()
    except DataMapError:
        if not known:
            raise
    for name in purposes:
        _check("there is no purpose", name, known, known)


def _check(what: str, name: str, known: Collection[str], shown: Collection[str]) -> None:
    if name in known:
        return
    there = f"it is one of {', '.join(sorted(shown))}" if shown else "none is named anywhere"
    hint = did_you_mean(name, known)
    raise InputError(f"{what} '{name}'; {hint + ' ' if hint else ''}{there}")
