"""The schema of a store and what it enforces, as its connector reads it. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["text", "int", "float", "bool", "time", "date", "bytes", "json", "other"]


class Column(msgspec.Struct, frozen=True):
    """
    A column.

    Attributes:
        name: Its name.
        kind: What it holds.
        nullable: Whether it may be empty.
        length: Longest text it takes; ``None`` is unbounded or unknown.
        generated: Whether the store computes it, so that nobody can write it.
        values: The only values it takes, where its type lists them.
        of: For a column that the map makes: the one that it is made of.
        path: The steps to its place inside that one, where it is a document.
    """

    name: str
    kind: Kind = "text"
    nullable: bool = True
    length: int | None = None
    generated: bool = False
    values: tuple[str, ...] = ()
    of: str = ""
    path: tuple[str | int, ...] = ()


class ForeignKey(msgspec.Struct, frozen=True):
    """
    A declared foreign key: the only way rows are joined.

    Attributes:
        columns: The columns that point.
        target: The collection pointed at, of the same dataset.
        target_columns: Its columns, in the same order.
        declared_by: ``store`` or, where a store cannot declare, ``map``.
        deferrable: Whether the store can look at it at the end of a transaction only.
    """

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    declared_by: Literal["store", "map"] = "store"
    deferrable: bool = False


class Check(msgspec.Struct, frozen=True):
    """
    A condition that the store lets no row break.

    Attributes:
        columns: The columns it reads.
        expression: The condition, in the store's own language.
        name: What the store calls it; empty when nobody named it.
    """

    columns: tuple[str, ...]
    expression: str
    name: str = ""


class Table(msgspec.Struct, frozen=True):
    """
    A table, file set or topic.

    Attributes:
        name: Its name; with its schema before a dot where that is not the dataset's own.
        columns: In their order.
        key: Columns of the primary key; empty when there is none.
        foreign_keys: What it points at.
        indexes: Column lists of every index and unique constraint, the primary key included.
        uniques: Column lists that must be unique; an expression counts as the columns it reads.
        by_content: Whether a row is found again by its content, and needs no key.
        lowered: Columns whose lower case has an index.
        computed: Columns that the first expression of an index is computed of.
        checks: Conditions that every row meets.
        keeps_history: Whether the store keeps what rows were before they were changed.
        identifying: Column lists that are unique over all rows, the primary key included.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    by_content: bool = False
    lowered: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    keeps_history: bool = False
    identifying: tuple[tuple[str, ...], ...] = ()

    def names_one(self, columns: tuple[str, ...]) -> bool:
        """Say whether the store minds that *columns* name one row at most, and every row."""
        held = (self.column(name) for name in columns if name not in self.key)
        filled = all(column is not None and not column.nullable for column in held)
        return filled and any(set(names) <= set(columns) for names in self.identifying)

    def column(self, name: str) -> Column | None:
        """Return the column *name*, or ``None``."""
        return next((column for column in self.columns if column.name == name), None)

    def cuttable(self, columns: tuple[str, ...]) -> tuple[Column, ...]:
        """
        Return those of *columns*, a key to another row, that may be emptied to cut that link alone.

        A column of another key too (the tenant of an author and of an agent) would cut both.
        """
        others = {
            name
            for key in self.foreign_keys
            if set(key.columns) != set(columns)
            for name in key.columns
        }
        found = (self.column(name) for name in columns if name not in {*others, *self.key})
        return tuple(column for column in found if column is not None and column.nullable)

    def indexed(self, columns: tuple[str, ...]) -> bool:
        """Say whether an index begins with *columns*, in any order."""
        wanted = set(columns)
        return any(set(index[: len(columns)]) == wanted for index in self.indexes)

    def collides(self, column: str, alike: frozenset[str], apart: frozenset[str]) -> bool:
        """
        Say whether rows that must differ in *column*, among others, no longer would.

        Args:
            column: The column.
            alike: Columns, this one included, that may come to hold the same value in two rows.
            apart: Columns that are written and still differ from row to row, or are empty.
        """
        untouched = [set(unique) for unique in self.uniques if not (alike | apart) & set(unique)]
        for unique in map(set, self.uniques):
            if column not in unique or unique & apart:
                continue
            # What else must be unique and is left as it is keeps such rows apart.
            if not any(rest <= unique for rest in untouched):
                return True
        return False
