"""Compare the map with what is really there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privacykit.errors import Problem
from privacykit.govern.datamap.collection import Collection
from privacykit.govern.datamap.model import DataMap
from privacykit.govern.datamap.schema import ForeignKey, Table
from privacykit.govern.erasure.derived import looked_up, real_columns
from privacykit.govern.erasure.inspection.check_fields import check_fields
from privacykit.govern.erasure.inspection.check_people import ADVICE, HINTS, check_people
from privacykit.govern.erasure.ownership import Ownership, build_ownership
from privacykit.govern.erasure.ports.capability import Inspection
from privacykit.govern.erasure.treatment import undecided
from privacykit.pseudonym.texts.names import told_member, told_place

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
    "PK270": 'say erase, or erase = "keep", or delete the row',
    "PK277": "correct the relation's type, or create the table",
    "PK275": "make a dataset of one that holds people's data, with its own url or only",
    "PK276": "refresh it after an erasure; verification searches it",
    "PK271": "drop the history, or exclude the table and treat it by hand",
    "PK234": "let one of the keys be empty, or erase fields instead of rows",
}
_ADVICE = frozenset({"PK231", "PK233", "PK237", "PK275", "PK276"})
NAMED = 5
"""How many schemas are named before the rest is counted."""

NOTHING = Inspection()


@dataclass(frozen=True, slots=True)
class MapFinding:
    """
    Something the map and the store disagree about.

    Attributes:
        problem: What, where, what to do.
        advice: Whether it is only worth a look; else the map is wrong.
        collection: The collection it is found in; empty where it is none's.
    """

    problem: Problem
    advice: bool = False
    collection: str = ""


_Found = Iterator[tuple[str, str, str]]


def check_dataset(
    datamap: DataMap,
    dataset: str,
    tables: Sequence[Table],
    file: str = "datamap.toml",
    beyond: Inspection = NOTHING,
) -> tuple[MapFinding, ...]:
    """
    Say everything that is wrong between the map's *dataset* and its *tables*.

    Args:
        datamap: The data map.
        dataset: Which dataset.
        tables: What is really there.
        file: The map's name, for messages.
        beyond: What else the store shows.

    Returns:
        Errors and advice, in the order of the tables.
    """
    ownership = build_ownership(datamap, dataset, tables)
    found = [
        *_coverage(datamap, dataset, tables),
        *(item for name in ownership.collections for item in _collection(ownership, name)),
        *_loops(ownership),
        *check_people(datamap, ownership),
        *_beyond(beyond),
    ]
    hints, advice = _HINTS | HINTS, _ADVICE | ADVICE
    return tuple(
        MapFinding(
            Problem(i, file, f"{dataset}.{key}", words, hints.get(i, "")),
            i in advice,
            _place(ownership, key),
        )
        for i, key, words in found
    )


def _place(ownership: Ownership, key: str) -> str:
    """Return the collection of *key*; its own name may have dots, and so may a column's."""
    names = (name for name in ownership.collections if f"{key}.".startswith(f"{name}."))
    return max(names, key=len, default="")


def _beyond(beyond: Inspection) -> _Found:
    for name, fields, words in beyond.refused:
        yield "PK226", ".".join((name, *fields)), words
    for name in beyond.copies:
        yield "PK276", name, "copies rows of other tables: what is erased stays in it"
    if beyond.beside:
        first = ", ".join(beyond.beside[:NAMED])
        more = f" and {len(beyond.beside) - NAMED} more" if len(beyond.beside) > NAMED else ""
        yield "PK275", "only", f"schemas in reach that are not looked into: {first}{more}"


def _coverage(datamap: DataMap, dataset: str, tables: Sequence[Table]) -> _Found:
    mapped, excluded = datamap.of(dataset), datamap.datasets[dataset].excluded
    there = {table.name for table in tables}
    there |= {f"{name.rpartition('.')[0]}.*" for name in there if "." in name}
    for table in tables:
        whole = f"{table.name.rpartition('.')[0]}.*"
        if table.name not in mapped and not {table.name, whole} & excluded.keys():
            yield "PK220", told_place(table.name), "is in the store and not in the map"
            continue
        known = mapped[table.name].fields if table.name in mapped else None
        for column in table.columns:
            if known is not None and not column.of and column.name not in known:
                # Of data without a schema a name may be a value: rows keyed by e-mail addresses.
                told = told_member(column.name) if table.by_content else column.name
                yield "PK221", f"{table.name}.{told}", "is in the store and not in the map"
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
    yield from check_fields(ownership, name)
    for rule, words in looked_up(mapped, ownership.tables):
        yield "PK277", f"{name}.{'.'.join(rule.columns)}", words
    if table.keeps_history:
        yield "PK271", name, "keeps what its rows were: erasing leaves it"
    personal = any(item.personal for item in mapped.fields.values())
    if personal and not ownership.reachable(name):
        yield "PK229", name, "holds personal data that no relation ties to a person"
    for field in undecided(ownership, name):
        words = "may be kept by law, and the map says neither erase nor keep"
        yield "PK232", f"{name}.{field}", words
    yield from _indexes(ownership, name, mapped, table)
    yield from _ties(ownership, name, mapped, table)


def _indexes(ownership: Ownership, name: str, mapped: Collection, table: Table) -> _Found:
    if not table.indexes:
        return  # a store without indexes says so by its price
    for field in ownership.identity_fields(name):
        lowered = mapped.fields[field].match == "ignore-case" and field in table.lowered
        inside = table.column(field)
        lowered |= inside is not None and inside.of in table.computed
        if not lowered and not table.indexed((field,)):
            yield "PK230", f"{name}.{field}", "finds people and has no index"
    for key in table.foreign_keys:
        if not _followed(ownership, key):
            continue
        columns = real_columns(table, key.columns)
        # A key under a condition is found by an index that has the type before it, too.
        together = columns != key.columns and any(set(columns) <= set(i) for i in table.indexes)
        if not together and not table.indexed(columns):
            yield "PK230", f"{name}.{'.'.join(columns)}", "is a foreign key without an index"


def _followed(ownership: Ownership, key: ForeignKey) -> bool:
    """Say whether erasure looks for rows by *key*: whose they are, or who still points there."""
    return key.target in ownership.collections


def _ties(ownership: Ownership, name: str, mapped: Collection, table: Table) -> _Found:
    for tie in ownership.owners(name):
        columns = [table.column(column) for column in tie.columns]
        empty = any(column is not None and column.nullable for column in columns)
        derived = any(column is not None and column.of for column in columns)
        if tie.points and empty and not derived and len(ownership.owners(name)) == 1:
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
            if ownership.deferred(source, key):
                continue
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
