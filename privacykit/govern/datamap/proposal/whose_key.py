"""
Keys to people: which say whose a row is, and which only name who had to do with it. Pure.

A customer's order is theirs, and so is what an author wrote. Who edited or banned it, whose
guardian or doctor somebody is, owns nothing of it: an erasure of theirs must not take it along.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from privacykit.govern.datamap.proposal.people_words import MADE, OWNERS, PEOPLE, STAFF
from privacykit.govern.datamap.proposal.plain import plain
from privacykit.govern.datamap.schema import ForeignKey, Table

_KEY = re.compile(r"_?(id|no|nr|num|number|key|fk|ref|uuid|email|kod|code)$")
_MOST_LETTERS = 6
"""From so many letters on a word is known at the end of a longer one: ``stammkunden``."""


def called_people(name: str) -> bool:
    """Say whether a table of this name holds people: its last word says so in some language."""
    known = plain(name)
    return _called(known, PEOPLE) or _called(known, STAFF)


def only_people(name: str) -> bool:
    """Say whether the name says nothing else: ``kunden``, not ``group_members``."""
    known = re.sub(r"^(app|auth|shop|tbl|tab|t|m|mst)_?(?=...)", "", plain(name))
    return {known, plain(name)} & (PEOPLE | STAFF) != set()


def called_staff(name: str) -> bool:
    """Say whether a table of this name holds those who work on what is others'."""
    return _called(plain(name), STAFF)


def _called(name: str, words: frozenset[str]) -> bool:
    last = name.rpartition("_")[2]
    if name in words or last in words:
        return True
    return any(
        last.endswith(word) if word.isascii() else word in name
        for word in words
        if len(word) >= _MOST_LETTERS or not word.isascii()
    )


def owning(table: Table, people: Collection[str]) -> frozenset[str]:
    """
    Return the columns of *table* that point at those whose its rows are.

    Where one says so by its name, those that say less do not: the customer's order is not the
    employee's who took it, nor theirs who typed it in.

    Args:
        table: The table.
        people: Tables of people.
    """
    ranks = dict(_ranked(table, people))
    best = min(ranks.values(), default=0)
    return frozenset(column for column, rank in ranks.items() if rank == best)


def says_whose(table: Table, people: Collection[str]) -> bool:
    """Say whether a key to *people* is named after those whose a row is."""
    return any(not rank for _, rank in _ranked(table, people))


def _ranked(table: Table, people: Collection[str]) -> Iterator[tuple[str, int]]:
    for key in table.foreign_keys:
        if key.target in people and key.target != table.name and len(key.columns) == 1:
            column = key.columns[0]
            rank = _rank(column, key)
            if rank is not None:
                yield column, rank
            elif column in table.key and len(table.key) > 1 and not _acts(column):
                yield column, 3  # a row of two friends is both's


def _rank(column: str, key: ForeignKey) -> int | None:
    """Return how surely a key's name says whose the row is, 0 the most; ``None`` for not at all."""
    name = without_key(column, key.target_columns[0])
    if plain(column) in MADE or name in MADE:
        return 1
    target = plain(key.target)
    after = name in target.split("_") or _alike(name, target.rpartition("_")[2])
    after |= plain(column) == plain(key.target_columns[0]) and not _acts(column)
    if name in STAFF or (after and called_staff(key.target)):
        return 2 if after else None
    return 0 if after or name in PEOPLE | OWNERS else None


def without_key(column: str, target: str) -> str:
    """Return whom a key's name says: ``author`` of ``author_id``, or of ``author_login``."""
    name, end = plain(column), plain(target)
    if len(end) > 1 and name.endswith(end) and name != end:
        return name.removesuffix(end).strip("_")
    return _KEY.sub("", name) or name


def _acts(column: str) -> bool:
    return bool(re.search(r"_(by|von|par|por|da|door|przez)(_|$)", plain(column)))


def _alike(word: str, name: str) -> bool:
    """Say whether *name* is *word* in the plural, as far as endings tell."""
    return name in plurals(word)


def plurals(word: str) -> frozenset[str]:
    """Return what *word* may be for several, in languages with endings."""
    stem = word[:-1]
    regular = {word + ending for ending in ("", "s", "es", "e", "n", "en", "er", "i", "lar", "ler")}
    return frozenset(
        regular | {stem + "ies", stem + "i", stem + "e", stem + "y"} if stem else regular
    )
