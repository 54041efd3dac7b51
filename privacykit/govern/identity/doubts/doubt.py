"""
Rows held against the identities of a request: which of them name the row, and what speaks against.

Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from privacykit.govern.erasure.connector import PersonRow, RowIdentity
from privacykit.govern.identity.reach import ReachedRow
from privacykit.govern.identity.sought import same
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity


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
