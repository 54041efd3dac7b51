"""Rows inside rows of their own collection: how the columns of such a walk are called. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Table, and_, literal, select

from privacykit.connectors.sql.ownership.predicates import Predicate, alike, place
from privacykit.govern.erasure.ownership import OwnershipLink

DEEPEST = 64
"""How many rows may lie inside one another."""

NAME, POINTER = "privacykit_n", "privacykit_p"


def label(name: str) -> str:
    """Return the name of a set of rows; a table of another schema has a dot in its own."""
    return f"privacykit_{name.replace('.', '_of_')}"


def labelled(
    rows: FromClause, named: Sequence[str], pointer: Sequence[str]
) -> list[ColumnElement[Any]]:
    """Return the columns that name rows and that point, under names of the walk's own."""
    return [
        place(rows, column).label(f"{label}{n}")
        for label, columns in ((NAME, named), (POINTER, pointer))
        for n, column in enumerate(columns)
    ]


def named_of(tree: CTE) -> list[ColumnElement[Any]]:
    """Return the columns of a walk that name its rows."""
    return [column for column in tree.c if str(column.name).startswith(NAME)]


def ends(tie: OwnershipLink) -> tuple[Sequence[str], Sequence[str]]:
    """Return the naming and the pointing columns of a tie of a collection to itself."""
    found = (tie.other_columns, tie.columns)
    return found if tie.points else found[::-1]


def walk(
    table: Table,
    tie: OwnershipLink,
    begins: Callable[[FromClause], Predicate],
    name: str,
    *,
    inline: bool,
) -> CTE:
    """
    Return the rows where *begins* holds and all that they own, with how deep they lie.

    Args:
        table: The table.
        tie: Its tie to itself.
        begins: Says of a row that the walk begins there.
        name: What the walk is called in a statement.
        inline: Whether the database takes it inside a subquery only.
    """
    base, below = table.alias(), table.alias()
    named, pointer = ends(tie)
    start = literal(0).label("privacykit_depth")
    seed = select(*labelled(base, named, pointer), start).where(begins(base))
    tree = seed.cte(name, recursive=True, nesting=inline)
    step = (tree.c.privacykit_depth + 1).label("privacykit_depth")
    # Down from the owner: to the rows that point at it, or to the row that it points at.
    lower, upper = (pointer, NAME) if tie.points else (named, POINTER)
    pairs = [alike(place(below, c), place(tree, f"{upper}{n}")) for n, c in enumerate(lower)]
    grown = select(*labelled(below, named, pointer), step).join_from(below, tree, and_(*pairs))
    # Rows that contain each other must not be walked for ever.
    return tree.union(grown.where(tree.c.privacykit_depth < DEEPEST))
