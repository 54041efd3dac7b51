"""Keys that a schema does not declare, guessed from the names of columns and tables. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from privacykit.govern.datamap.proposal.plain import plain
from privacykit.govern.datamap.proposal.whose_key import plurals
from privacykit.govern.datamap.schema import Column, ForeignKey, Table

GUESSED_KEY = "guessed by its name, for the store declares no key; check"

_ID = re.compile(r"(.+)_(id|no|nr|num|number|key|fk|ref)")


def with_guessed_keys(table: Table, tables: Sequence[Table]) -> Table:
    """Return *table* with a key for every column that is named after another table's row."""
    return replace(table, foreign_keys=(*table.foreign_keys, *_guessed(table, tables)))


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
            here = [t for t in found if _schema(t) == _schema(table)]
            found = here or found  # of two of one name the one beside it
            if len(found) == 1 and found[0].name != table.name:
                yield ForeignKey((column.name,), found[0].name, found[0].key, "map")
                break


def _is_named(table: Table, column: Column, word: str) -> bool:
    """Say whether rows of *table* are called *word* and its key is of the column's kind."""
    name, several = plain(table.name), plurals(word)
    called = name in several or any(name.endswith(f"_{each}") for each in several)
    key = table.column(table.key[0]) if len(table.key) == 1 else None
    return called and key is not None and key.kind == column.kind


def _schema(table: Table) -> str:
    return table.name.rpartition(".")[0]
