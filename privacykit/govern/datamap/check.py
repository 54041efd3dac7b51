"""Compare the map with what is really there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privacykit.errors import Problem
from privacykit.govern.datamap.collection import Collection
from privacykit.govern.datamap.field import Field
from privacykit.govern.datamap.model import DataMap
from privacykit.govern.ownership import Ownership, build_ownership
from privacykit.govern.schema import Column, ForeignKey, Table
from privacykit.govern.strategies import SHORTEST_TOKEN, TOKENS
from privacykit.govern.treatment import undecided
from privacykit.govern.words import ErasureStrategy

_HINTS = {
    "PK220": "map it under [collections], or say why not under [datasets.NAME.excluded]",
    "PK221": 'add a line: NAME = "category", or NAME = { exclude = "why" }',
    "PK222": "the table was dropped or renamed: so must its place in the map",
    "PK223": "the column was dropped or renamed: so must its line",
    "PK224": "declare the foreign key in the database, or write references in the map",
    "PK225": "give the table a primary key, or the collection a key",
    "PK226": "choose another strategy, or another column type",
    "PK228": "break the loop: one of the relations is not ownership",
    "PK229": "give a field an identity or a relation, or exclude the table with a reason",
    "PK230": "without it every request reads the whole table",
    "PK232": "say erase or keep for it",
    "PK239": "only one of them can say whose a row is",
    "PK234": "let one of the keys be empty, or erase fields instead of rows",
}
_ADVICE = frozenset({"PK231", "PK233", "PK237"})


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Something the map and the store disagree about.

    Attributes:
        problem: What, where, what to do.
        advice: Whether it is only worth a look; else the map is wrong.
    """

    problem: Problem
    advice: bool = False


_Found = Iterator[tuple[str, str, str]]


def check_dataset(
    datamap: DataMap, dataset: str, tables: Sequence[Table], file: str = "datamap.toml"
) -> tuple[Finding, ...]:
    """
    Say everything that is wrong between the map's *dataset* and its *tables*.

    Args:
        datamap: The data map.

        dataset: Which dataset.

        tables: What is really there.

        file: The map's name, for messages.

    Returns:
        Errors and advice, in the order of the tables.
    """
    ownership = build_ownership(datamap, dataset, tables)
    found = [
        *_coverage(datamap, dataset, tables),
        *(item for name in ownership.collections for item in _collection(ownership, name)),
        *_loops(ownership),
    ]
    return tuple(
        Finding(Problem(i, file, f"{dataset}.{key}", words, _HINTS.get(i, "")), i in _ADVICE)
        for i, key, words in found
    )


def _coverage(datamap: DataMap, dataset: str, tables: Sequence[Table]) -> _Found:
    mapped, excluded = datamap.of(dataset), datamap.datasets[dataset].excluded
    there = {table.name for table in tables}
    for table in tables:
        if table.name not in mapped and table.name not in excluded:
            yield "PK220", table.name, "is in the store and not in the map"
            continue
        known = mapped[table.name].fields if table.name in mapped else None
        for column in table.columns:
            if known is not None and column.name not in known:
                yield "PK221", f"{table.name}.{column.name}", "is in the store and not in the map"
    for name in mapped.keys() | excluded.keys():
        if name not in there:
            yield "PK222", name, "is in the map and not in the store"


def _collection(ownership: Ownership, name: str) -> _Found:
    table, mapped = ownership.tables.get(name), ownership.collections[name]
    if table is None:
        return
    for place, columns in ownership.missing:
        if place == name:
            words = "has a relation but no declared foreign key to a mapped table"
            yield "PK224", f"{name}.{'.'.join(columns)}", words
    if not ownership.key(name) and not table.by_content:
        yield "PK225", name, "has no primary key, so that a row cannot be found again"
    yield from _columns(name, table, mapped)
    personal = any(item.personal for item in mapped.fields.values())
    if personal and not ownership.reachable(name):
        yield "PK229", name, "holds personal data that no relation ties to a person"
    for field in undecided(ownership, name):
        words = "may be kept by law, and the map says neither erase nor keep"
        yield "PK232", f"{name}.{field}", words
    yield from _indexes(ownership, name, table)
    yield from _ties(ownership, name, mapped, table)


def _columns(name: str, table: Table, mapped: Collection) -> _Found:
    for field, item in mapped.fields.items():
        column = table.column(field)
        if column is None:
            yield "PK223", f"{name}.{field}", "is in the map and not in the store"
        elif wrong := _unfit(table, column, item):
            yield "PK226", f"{name}.{field}", wrong


def _unfit(table: Table, column: Column, field: Field) -> str | None:
    strategy = field.erase
    if strategy is ErasureStrategy.NULL and not column.nullable:
        return "cannot be empty, so it cannot be erased to nothing"
    if strategy is ErasureStrategy.MASK and any(u == (column.name,) for u in table.uniques):
        return "must be unique, so two erased rows cannot have the same mask; use random"
    if strategy is ErasureStrategy.TRUNCATE and column.kind != "text":
        return "is no text, so it cannot be cut"
    if strategy is ErasureStrategy.GENERALISE:
        kinds = {"int", "float"} if isinstance(field.to, int) else {"time", "date", "text"}
        return None if column.kind in kinds else "is of no type that can be made coarser so"
    return _token_fits(column, field) if strategy in TOKENS else None


def _token_fits(column: Column, field: Field) -> str | None:
    if column.kind not in {"text", "other"}:
        return "is no text, so it cannot hold a token"
    suffix = 0 if field.to is None else len(str(field.to))
    short = column.length is not None and column.length < SHORTEST_TOKEN + len("pk-") + suffix
    return "is too short for a token" if short else None


def _indexes(ownership: Ownership, name: str, table: Table) -> _Found:
    if not table.indexes:
        return  # a store without indexes says so by its price
    for field in ownership.identity_fields(name):
        if not table.indexed((field,)):
            yield "PK230", f"{name}.{field}", "finds people and has no index"
    for key in table.foreign_keys:
        if not table.indexed(key.columns) and _followed(ownership, key):
            yield "PK230", f"{name}.{'.'.join(key.columns)}", "is a foreign key without an index"


def _followed(ownership: Ownership, key: ForeignKey) -> bool:
    """Say whether erasure looks for rows by *key*: whose they are, or who still points there."""
    return key.target in ownership.collections


def _ties(ownership: Ownership, name: str, mapped: Collection, table: Table) -> _Found:
    for tie in ownership.owners(name):
        columns = [table.column(column) for column in tie.columns]
        empty = any(column is not None and column.nullable for column in columns)
        if tie.points and empty and len(ownership.owners(name)) == 1:
            words = "may be empty: such rows are nobody's and no request finds them"
            if not ownership.identified(name):
                yield "PK231", f"{name}.{'.'.join(tie.columns)}", words
    tied = {tie.columns for tie in ownership.ties[name] if tie.points}
    for key in table.foreign_keys:
        target = ownership.collections.get(key.target)
        said = any(mapped.fields[c].erase for c in key.columns if c in mapped.fields)
        if target is not None and target.subject and key.columns not in tied and not said:
            words = f"points at people ({key.target}) and has no relation"
            yield "PK237", f"{name}.{'.'.join(key.columns)}", words
    for source, _ in ownership.incoming(name):
        if source not in ownership.collections:
            words = f"rows of {source}, which is not mapped, keep rows here from being deleted"
            yield "PK233", name, words


def _loops(ownership: Ownership) -> _Found:
    for name in ownership.collections:
        if sum(tie.other == name for tie in ownership.owners(name)) > 1:
            yield "PK239", name, "has more than one owning relation to itself"
        if name in ownership.tables and _owns_itself(ownership, name):
            yield "PK228", name, "is owned, over other collections, by itself"
        for source, key in ownership.incoming(name):
            hard = source in ownership.collections and not ownership.nullable(source, key)
            deleted = hard and ownership.collections[source].erase == "delete"
            if deleted and source != name and ownership.in_loop(source, key, hard=True):
                yield (
                    "PK234",
                    f"{source}.{'.'.join(key.columns)}",
                    "is part of a loop of keys that cannot be empty",
                )


def _owns_itself(ownership: Ownership, name: str) -> bool:
    seen, waiting = set[str](), [tie.other for tie in ownership.owners(name) if tie.other != name]
    while waiting:
        other = waiting.pop()
        if other == name:
            return True
        if other not in seen:
            seen.add(other)
            waiting += [tie.other for tie in ownership.owners(other) if tie.other != other]
    return False
