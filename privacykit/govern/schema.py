"""What a store really looks like, as its connector reads it. Pure."""

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
    """

    name: str
    kind: Kind = "text"
    nullable: bool = True
    length: int | None = None


class ForeignKey(msgspec.Struct, frozen=True):
    """
    A declared foreign key: the only way rows are joined.

    Attributes:
        columns: The columns that point.
        target: The collection pointed at, of the same dataset.
        target_columns: Its columns, in the same order.
        declared_by: ``store`` or, where a store cannot declare, ``map``.
    """

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    declared_by: Literal["store", "map"] = "store"


class Table(msgspec.Struct, frozen=True):
    """
    A table, file set or topic.

    Attributes:
        name: Its name.
        columns: In their order.
        key: Columns of the primary key; empty when there is none.
        foreign_keys: What it points at.
        indexes: Column lists of every index and unique constraint, the primary key included.
        uniques: Column lists that must be unique.
        by_content: Whether a row is found again by its content, and needs no key.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    by_content: bool = False

    def column(self, name: str) -> Column | None:
        """Return the column *name*, or ``None``."""
        return next((column for column in self.columns if column.name == name), None)

    def indexed(self, columns: tuple[str, ...]) -> bool:
        """Say whether an index begins with *columns*, in any order."""
        wanted = set(columns)
        return any(set(index[: len(columns)]) == wanted for index in self.indexes)
