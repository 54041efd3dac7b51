"""
Fields that speak of one of several people in a row: the map says so, or their names do. Pure.

``sender_name`` stands beside ``sender_id`` or ``sender_email`` and speaks of whom these name. What
speaks of nobody that is told so stays with the row, and is said.
"""

from __future__ import annotations

from itertools import takewhile

from privacykit.govern.datamap import Collection, Field
from privacykit.govern.datamap.proposal.plain import plain
from privacykit.govern.identity.doubts.shapes import called_a_name, vague
from privacykit.govern.identity.types import WEAK_IDENTITIES, teaches
from privacykit.govern.words import ErasureStrategy
from privacykit.personal.categories import within

SHORTEST, ANYWHERE = 2, 5
"""Letters that two names of columns have in common: whole words, or anywhere."""

_WHO = ("user.name", "user.contact", "user.demographic", "user.account", "user.government_id")


def with_about(collection: Collection) -> Collection:
    """Return *collection* with what the names of its fields say of whom they speak."""
    if collection.subject:
        return collection  # what its row says it says of the person
    said = {
        name: field.model_copy(update={"about": whom})
        for name, field in collection.fields.items()
        if not field.about and (whom := _speaks_of(collection, name, field))
    }
    if not said:
        return collection
    return collection.model_copy(update={"fields": {**collection.fields, **said}})


def _speaks_of(collection: Collection, name: str, field: Field) -> str:
    """Return the column that names whom a field speaks of; empty where nothing tells."""
    keys = [c for rule in collection.relations for c in rule.columns]
    keys += [c for c, it in collection.fields.items() if it.relation]
    if name in keys or field.references or not field.personal or _kept(field):
        return ""
    if field.identity and (teaches(field) or field.erase):
        return ""  # the value itself tells whose it is
    alone = [c for c, it in collection.fields.items() if _names_one(it) and c not in keys]
    alone = [] if field.identity else alone
    common = {c: _in_common(name, c) for c in (*keys, *alone) if c != name}
    most = max(common.values(), default=0)
    found = [c for c, length in common.items() if length == most > 0]
    ties = [c for c in found if c in keys]
    return "" if len(ties) > 1 or not found else (ties or found)[0]


def unclear_fields(collection: Collection) -> tuple[str, ...]:
    """Return the fields that may say who somebody is, of whom neither map nor name tells."""
    return tuple(
        name
        for name, field in collection.fields.items()
        if not (field.identity or field.relation or field.about or field.keep or _kept(field))
        if _says_who(name, field)
    )


def _says_who(name: str, field: Field) -> bool:
    told = any(within(key, branch) for key in field.category for branch in _WHO)
    return told or (field.personal and vague(name, field) and called_a_name(name))


def _kept(field: Field) -> bool:
    """Say whether the map itself has a field kept."""
    return field.erase is ErasureStrategy.KEEP


def _names_one(field: Field) -> bool:
    return bool(field.identity) and field.identity not in WEAK_IDENTITIES and teaches(field)


def _in_common(one: str, other: str) -> int:
    """Return how many letters at the start two names have in common, if these are a word."""
    first, second = plain(one), plain(other)
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    length = len(list(pairs))
    ends = {text[length : length + 1] for text in (first, second)} <= {"", "_"}
    whole = length >= SHORTEST and (first[length - 1] == "_" or ends)
    return length if whole or length >= ANYWHERE else 0
