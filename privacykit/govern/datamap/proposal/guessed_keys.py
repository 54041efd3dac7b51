"""Keys that a schema does not declare, guessed from the names of columns and tables. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from privacykit.govern.datamap.proposal.guessed_kinds import guess_kind
from privacykit.govern.datamap.proposal.people_words import OWNERS, PEOPLE, STAFF
from privacykit.govern.datamap.proposal.plain import plain
from privacykit.govern.datamap.proposal.whose_key import called_people, plurals, without_key
from privacykit.govern.datamap.schema import Column, ForeignKey, Table

GUESSED_KEY = "guessed by its name, for the store declares no key; check"

_CONTACTS = frozenset({"email", "phone_number", "ip_address"})
"""What is found by itself wherever it stands, and may be somebody else's."""

_ID = re.compile(r"(.+)_(id|no|nr|num|number|key|fk|ref)")


def with_guessed_keys(table: Table, tables: Sequence[Table]) -> Table:
    """Return *table* with a key for every column that is named after another table's row."""
    known = replace(table, foreign_keys=(*table.foreign_keys, *_guessed(table, tables)))
    return replace(known, foreign_keys=(*known.foreign_keys, *_named_after(known, tables)))


def _guessed(table: Table, tables: Sequence[Table]) -> Iterator[ForeignKey]:
    declared = {name for key in table.foreign_keys for name in key.columns}
    for column in table.columns:
        named = _ID.fullmatch(plain(column.name))
        if column.name in declared or table.key == (column.name,) or not named:
            continue
        words = named[1].split("_")
        # A payer_customer_id is a customer's; the longer name is tried first.
        for start in range(len(words)):
            found = [t for t in tables if _is_named(t, column, "_".join(words[start:]))]
            here = [t for t in found if _home(t.name) == _home(table.name)]
            found = here or found  # of two of one name the one beside it
            if len(found) == 1 and found[0].name != table.name:
                yield ForeignKey((column.name,), found[0].name, found[0].key, "map")
                break


def _named_after(table: Table, tables: Sequence[Table]) -> Iterator[ForeignKey]:
    """Yield keys to what tells people apart: ``author_login`` where users have a login."""
    declared = {name for key in table.foreign_keys for name in key.columns}
    for column in table.columns:
        if column.name in declared or table.key == (column.name,):
            continue
        ends = [
            (other.name, end.name)
            for other in tables
            if other.name != table.name and called_people(other.name)
            for end in _apart(other)
            if end.kind == column.kind and _says(column.name, other.name, end.name)
        ]
        here = [end for end in ends if _home(end[0]) == _home(table.name)]
        if len(found := here or ends) == 1:
            yield ForeignKey((column.name,), found[0][0], (found[0][1],), "map")


def _apart(table: Table) -> Iterator[Column]:
    """Yield the columns of a table of people that no two of its rows have in common."""
    for unique in {frozenset(table.key), *map(frozenset, table.uniques)}:
        column = table.column(next(iter(unique))) if len(unique) == 1 else None
        if column is not None and guess_kind(table, column, lambda *_: {})[1] not in _CONTACTS:
            yield column


def _says(column: str, people: str, end: str) -> bool:
    """Say whether a column is called after people and what tells them apart: ``user_login``."""
    if not plain(column).endswith(plain(end)) or _ID.fullmatch(f"a_{plain(end)}"):
        return False
    whose = without_key(column, end)
    return whose in PEOPLE | OWNERS | STAFF or plain(people) in plurals(whose)


def _is_named(table: Table, column: Column, word: str) -> bool:
    """Say whether rows of *table* are called *word* and its key is of the column's kind."""
    name, several = plain(table.name), plurals(word)
    called = name in several or any(name.endswith(f"_{each}") for each in several)
    key = table.column(table.key[0]) if len(table.key) == 1 else None
    return called and key is not None and key.kind == column.kind


def _home(table: str) -> str:
    """Return the schema of a table."""
    return table.rpartition(".")[0]
