"""Checks of what a data map says of who is meant, where it would make one person of two. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from privacykit.govern.datamap.model import DataMap
from privacykit.govern.datamap.parts import unwritten
from privacykit.govern.datamap.proposal.people_shape import looks_like_people
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.identity.doubts.named_apart import finding_fields, telling_fields
from privacykit.govern.identity.types import teaches_by_default

HINTS = {
    "PK246": 'give each table a type of its own: identity = "TABLE.COLUMN"',
    "PK430": "say subject = true, or subject = false where one person may have several rows",
    "PK247": "look into it: map it, or write why it holds nothing of a person",
}
ADVICE = frozenset({"PK248"})

_Found = Iterator[tuple[str, str, str]]


def check_people(datamap: DataMap, ownership: Ownership) -> _Found:
    """
    Yield id, place and words of everything that is wrong.

    Args:
        datamap: The data map.
        ownership: The ties of one of its datasets.
    """
    for name, reason in datamap.datasets[ownership.dataset].excluded.items():
        if unwritten(reason):
            yield "PK247", name, "is excluded and nobody has written why"
    yield from shared_keys({ownership.dataset: own_keys(ownership)})
    for name, mapped in ownership.collections.items():
        if mapped.subject is None and _looks_like_people(ownership, name):
            yield "PK430", name, "looks like people and does not say whether a row is one"
        for column, field in mapped.fields.items():
            if field.exclude and unwritten(field.exclude):
                yield "PK247", f"{name}.{column}", "is excluded and nobody has written why"
            if field.teaches and field.identity and not teaches_by_default(field.identity):
                words = f"teaches: whoever has the same {field.identity} becomes the same person"
                yield "PK248", f"{name}.{column}", words


def _looks_like_people(ownership: Ownership, name: str) -> bool:
    """Say whether rows that are nobody else's look like people: what they hold, what is theirs."""
    table, mapped = ownership.tables.get(name), ownership.collections[name]
    if table is None or not finding_fields(mapped) or ownership.owners(name):
        return False
    ties = (tie for ties in ownership.ties.values() for tie in ties)
    theirs = any(tie.owns and tie.points and tie.other == name for tie in ties)
    return theirs or bool(telling_fields(mapped)) or looks_like_people(table)


def shared_keys(keys: Mapping[str, Mapping[str, str]]) -> _Found:
    """
    Yield the tables of people that call their own keys by one type, so that 1 is 1 in both.

    Args:
        keys: Dataset to table to the type of its own key.
    """
    seen: dict[str, str] = {}
    for dataset, found in keys.items():
        for name, kind in found.items():
            place = f"{dataset}.{name}"
            if kind in seen:
                words = f"its key is called {kind}, as that of {seen[kind]} is: two people are one"
                yield "PK246", name, words
            seen.setdefault(kind, place)


def own_keys(ownership: Ownership) -> dict[str, str]:
    """Return the collections of people whose own key is an identity, and its type."""
    found = {}
    for name, mapped in ownership.collections.items():
        table, key = ownership.tables.get(name), mapped.key
        if table is None or not mapped.subject:
            continue
        key = key or table.key
        foreign = {column for link in table.foreign_keys for column in link.columns}
        field = mapped.fields.get(key[0]) if len(key) == 1 else None
        if field and field.identity and field.teaches is None and key[0] not in foreign:
            found[name] = field.identity
    return found
