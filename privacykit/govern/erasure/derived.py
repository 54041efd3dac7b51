"""
Columns that a map makes of columns: places inside JSON, keys that hold under a condition. Pure.

``profile -> $.email`` is a field like any other, and a key that means a post only where
``commentable_type`` says so is empty in every other row. All that finds, exports and erases then
works on them as on columns that are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from privacykit.govern.datamap.collection import Collection, RelationRule
from privacykit.govern.datamap.path import split_field
from privacykit.govern.datamap.schema import Column, ForeignKey, Table


def conditional_rules(collection: Collection) -> Iterator[tuple[RelationRule, tuple[str, ...]]]:
    """Yield each relation that holds under a condition, and the names of its derived columns."""
    seen: dict[str, int] = {}
    for rule in collection.relations:
        if rule.conditional:
            target = rule.references[0]
            seen[target] = seen.get(target, 0) + 1
            number = "" if seen[target] == 1 else f"#{seen[target]}"
            yield rule, tuple(f"{column}@{target}{number}" for column in rule.columns)


def with_derived(collection: Collection, table: Table, tables: Mapping[str, Table]) -> Table:
    """
    Return *table* with the columns and keys that *collection* makes of it.

    Doing it twice is doing it once. What rests on a column that is not there is left out,
    and a store that knows no columns, but the fields of its rows, makes none.
    """
    known = {column.name: column for column in table.columns}
    columns: dict[str, Column] = {}
    keys: list[ForeignKey] = []
    for field in collection.fields:
        base, steps = split_field(field)
        if steps and base in known:
            columns[field] = Column(field, "text", of=base, path=steps)
    broken = [rule for rule, _ in looked_up(collection, tables)]
    for rule, names in conditional_rules(collection):
        target, *ends = rule.references
        read = (*rule.columns, *(item.column for item in rule.where))
        read += rule.type.columns if rule.type else ()
        there = target in tables and all(tables[target].column(end) for end in ends)
        if there and rule not in broken and all(column in known for column in read):
            for name, column in zip(names, rule.columns, strict=True):
                columns[name] = replace(known[column], name=name, of=column)
            keys.append(ForeignKey(names, target, tuple(ends), "map"))
    new = tuple(column for name, column in columns.items() if name not in known)
    if not new or table.by_content:
        return table
    return replace(table, columns=table.columns + new, foreign_keys=(*table.foreign_keys, *keys))


def real_columns(table: Table, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of the store that *names* are made of, in order."""
    columns = (table.column(name) for name in names)
    pairs = zip(names, columns, strict=True)
    return tuple(name if column is None else column.of or name for name, column in pairs)


def looked_up(
    collection: Collection, tables: Mapping[str, Table]
) -> Iterator[tuple[RelationRule, str]]:
    """Yield the relations whose type cannot be looked up, and why."""
    for rule, _ in conditional_rules(collection):
        if rule.type is None:
            continue
        name, *columns = rule.type.references
        wanted = {*columns, *(item.column for item in rule.type.where)}
        table = tables.get(name)
        if table is None:
            yield rule, "its type is looked up in a table that is not in the store"
        elif missing := sorted(wanted - {column.name for column in table.columns}):
            yield rule, f"its type is looked up by {missing[0]}, which is not in the store"
