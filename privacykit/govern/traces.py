"""By what our own events know a person: keyed hashes of who they are, or ids they bring. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from privacykit.govern.records import Identity
from privacykit.pseudonym.subject import subject_reference
from privacykit.pseudonym.visitor import consented_id

Trace: TypeAlias = tuple[Literal["visitor", "record", "subject"], str]
"""A column of our events, and what it holds."""

VISITOR_ID = "visitor_id"
"""Identity type of a visitor id, as events show it: good for a day, or while a consent stands."""

CONSENT_RECORD = "consent_record"
"""Identity type of the id of a consent, as the grant cookie shows it."""


def traces(keys: Sequence[bytes], identities: Iterable[Identity]) -> tuple[Trace, ...]:
    """
    Return what finds the events of a person in our own stores.

    Args:
        keys: The durable subject keys, the present one first: events keep the reference of the key
            they were made under.

        identities: What names the person. Hashed and composite ones lead to no event: references
            are made of what the application calls the person.
    """
    found: dict[Trace, None] = {}
    for known in identities:
        if known.format != "raw" or known.parts or not known.value:
            continue
        if known.type == VISITOR_ID:
            found["visitor", known.value] = None
        elif known.type == CONSENT_RECORD:
            found["record", known.value] = None
            found.update({("visitor", consented_id(key, known.value)): None for key in keys})
        else:
            found.update({("subject", subject_reference(key, known.value)): None for key in keys})
    return tuple(found)
