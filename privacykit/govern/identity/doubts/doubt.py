"""
Rows held against the identities of a request: which of them name the row, and what speaks against.

Pure: stores come with :class:`GovernContext`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.ports.connector import PersonRow, RowIdentity
from privacykit.govern.identity.reach import Reach, ReachedRow
from privacykit.govern.identity.shown import named_row
from privacykit.govern.identity.sought import Sought, same
from privacykit.govern.identity.types import teaches
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity

MOST_SHOWN = 10
"""Rows of others that are looked for and named."""


def one_person(rows: Sequence[ReachedRow], numbers: Collection[str]) -> bool:
    """
    Say whether all of *rows* hang together by values that teach, one in each collection.

    Args:
        rows: The rows.
        numbers: Types that say nothing of whom a row is: two tables call their own keys by one.
    """

    def led_on(at: ReachedRow) -> set[Identity]:
        return {it.identity for it in at.led_on() if it.identity.type not in numbers}

    waiting = list(rows[1:])
    theirs = {identity for at in rows[:1] for identity in led_on(at)}
    grown = True
    while grown and waiting:
        more = [at for at in waiting if led_on(at) & theirs]
        theirs |= {identity for at in more for identity in led_on(at)}
        waiting = [at for at in waiting if at not in more]
        grown = bool(more)
    collections = Counter(at.row.collection for at in rows)
    return not waiting and all(number == 1 for number in collections.values())


class Names:
    """
    By what a person is known so far: values written out, by type, whatever their case.

    Args:
        identities: What was given.
    """

    def __init__(self, identities: Iterable[Identity]) -> None:
        self.of: dict[str, set[str]] = {}
        self.add(identities)

    def add(self, identities: Iterable[Identity]) -> None:
        """Take up what was learnt."""
        for identity in identities:
            if identity.format == "raw" and not identity.parts:
                self.of.setdefault(identity.type, set()).add(_loosely(identity))


def contradicts(row: PersonRow, by: Identity, known: Names) -> str:
    """
    Return a type by which *row* names somebody else than *known*; empty where it does not.

    Of the type that led here one value is known; who else is named beside it (the member whom the
    person referred, the owner of the second address) may be whose row it is.
    """
    mine = known.of
    theirs: dict[str, set[str]] = {}
    for it in _named(row):
        theirs.setdefault(it.identity.type, set()).add(_loosely(it.identity))
    led = {_loosely(it.identity) for it in _named(row) if same(by, it)}
    if theirs.pop(by.type, set()) - mine.get(by.type, set()) - led:
        return by.type
    return next((t for t, v in theirs.items() if t in mine and not v & mine[t]), "")


def _named(row: PersonRow) -> Iterator[RowIdentity]:
    """Yield what names one person alone, written out."""
    for it in row.holds:
        if it.teaches and it.identity.format == "raw" and names_somebody(it.identity):
            yield it


def _loosely(identity: Identity) -> str:
    return identity.value.strip().casefold()


def taken(
    means: GovernContext, reach: Reach, changes: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """
    Say which of *changes* would write into the person's row what names somebody else alone.

    Args:
        means: The stores.
        reach: Whose rows are corrected.
        changes: ``dataset.collection`` to field to new value.

    Yields:
        Field, rows and id; never the value. Every request by it would reach two people then.

    Raises:
        StoreError: A store could not be asked.
    """
    for place, fields in changes.items():
        dataset, _, name = place.partition(".")
        mapped = means.datamap.of(dataset)[name].fields
        for column, value in fields.items():
            field = mapped.get(column)
            if field is None or not field.identity or not teaches(field) or field.format != "raw":
                continue
            identity = Identity(field.identity, str(value))
            if names_somebody(identity) and (rows := list(_holders(means, reach, identity))):
                words = f"the new value is somebody else's: it stands in {', '.join(rows)}"
                yield f"{place}.{column}: {words} (PK433)"


def _holders(means: GovernContext, reach: Reach, identity: Identity) -> Iterator[str]:
    sought = Sought([identity])
    for connector in means.connectors.values():
        for row in connector.resolve([identity], MOST_SHOWN):
            if sought.in_row(row) and (row.collection, row.key) not in reach.rows:
                yield named_row(row.collection, row.key)
