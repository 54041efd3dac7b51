"""Keys by which our own events know a person: keyed hashes, or ids they bring. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from privacykit.govern.datamap import DataMap
from privacykit.govern.identity.types import names_an_account
from privacykit.govern.records import Identity
from privacykit.pseudonym.subject import subject_reference
from privacykit.pseudonym.visitor import consented_id

EventKey: TypeAlias = tuple[Literal["visitor", "record", "subject"], str]
"""A column of our events, and what it holds."""

CUSTOMER_ID = "controller_customer_id"

VISITOR_ID = "visitor_id"
"""Identity type of a visitor id, as events show it: good for a day, or while a consent stands."""

CONSENT_RECORD = "consent_record"
"""Identity type of the id of a consent, as the grant cookie shows it."""


def called_by(said: Sequence[str], datamap: DataMap) -> frozenset[str]:
    """
    Return the types of numbers by which the application calls people in ``identify()``.

    A reference in an event says nothing of the type it was made of: customer 7 and employee 7 have
    the same one. So a number counts only where it is known to be the application's word.

    Args:
        said: What the configuration says; nothing leaves it to the map.
        datamap: Where only one table of people has numbers, or one calls them
            ``controller_customer_id``, that is taken; else none is.
    """
    if said:
        return frozenset(said)
    numbers = {kind for kind in datamap.identity_types() if names_an_account(kind)}
    if len(numbers) <= 1:
        return frozenset(numbers | {CUSTOMER_ID})
    return frozenset({CUSTOMER_ID} & numbers)


def traces(
    keys: Sequence[bytes], identities: Iterable[Identity], numbers: frozenset[str]
) -> tuple[EventKey, ...]:
    """
    Return what finds the events of a person in our own stores.

    Args:
        keys: The durable subject keys, the present one first: events keep the reference of the key
            they were made under.
        identities: What names the person. Hashed and composite ones lead to no event: references
            are made of what the application calls the person.
        numbers: The types of numbers that the application calls people by; others lead to none.
    """
    found: dict[EventKey, None] = {}
    for known in identities:
        if known.format != "raw" or known.parts or not known.value:
            continue
        if known.type == VISITOR_ID:
            found["visitor", known.value] = None
        elif known.type == CONSENT_RECORD:
            found["record", known.value] = None
            found.update({("visitor", consented_id(key, known.value)): None for key in keys})
        elif known.type in numbers or not names_an_account(known.type):
            found.update({("subject", subject_reference(key, known.value)): None for key in keys})
    return tuple(found)
