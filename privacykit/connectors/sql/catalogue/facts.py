"""Facts that a catalogue has of one table besides its columns and their types. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from privacykit.govern.datamap.schema import Check

Place = tuple[str, str]
"""A schema and a table."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """
    A foreign key as the catalogue has it.

    Attributes:
        columns: The columns that point.
        target: Where to.
        target_columns: Its columns; empty stands for its primary key.
        deferrable: Whether it can be looked at when a transaction ends.
    """

    columns: tuple[str, ...]
    target: Place
    target_columns: tuple[str, ...]
    deferrable: bool = False


@dataclass(slots=True)
class TableFacts:
    """
    What a database enforces of one table.

    Attributes:
        generated: Columns that nobody can write.
        indexes: Column lists of indexes over all rows; an expression ends a list.
        uniques: Column lists that must be unique; an expression counts as what it reads.
        identifying: Column lists that are unique over all rows as they are.
        lowered: Columns whose lower case has an index.
        computed: Columns that the first expression of an index is computed of.
        checks: Conditions that every row meets.
        keys: Foreign keys.
        transactional: Whether what is rolled back in it is as if it had not been.
        triggers: Whether a change sets off statements of the database's own.
        history: Whether it keeps what rows were before.
        unread: Why it is not searched; empty when it is.
        copy: Whether it is filled from other tables and only searched.
    """

    generated: set[str] = field(default_factory=set)
    indexes: list[tuple[str, ...]] = field(default_factory=list)
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    identifying: list[tuple[str, ...]] = field(default_factory=list)
    lowered: list[str] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    keys: list[Pointer] = field(default_factory=list)
    transactional: bool = True
    triggers: bool = False
    history: bool = False
    unread: str = ""
    copy: bool = False


Catalogue = dict[Place, TableFacts]
"""The tables that hold rows of their own, parts of them left out."""


def distinct(found: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return the lists that are not empty, each once, in order."""
    return tuple(sorted({item for item in found if item}))
