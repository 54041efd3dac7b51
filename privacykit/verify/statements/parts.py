"""Parts of parsed statements: their queries, tables and targets, and what was found. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope


@dataclass
class Reads:
    """
    What a statement reads.

    Attributes:
        fields: Table and column, both as the map names them.
        unknown: Why it cannot be told, in words of ours; maybe several reasons.
    """

    fields: set[tuple[str, str]] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)


def selects(scope: Scope) -> list[exp.Expr]:
    """Return what a query gives; nothing where it is none."""
    return scope.expression.selects if isinstance(scope.expression, exp.Select) else []


def named(table: exp.Table) -> str:
    """Return the name of a table, with its schema where that is said."""
    return f"{table.db}.{table.name}" if table.db else table.name


def is_target(column: exp.Column) -> bool:
    """Tell whether *column* is written and not read: the left side of an update's SET."""
    parent = column.parent
    return (
        isinstance(parent, exp.EQ)
        and parent.this is column
        and isinstance(parent.parent, exp.Update)
        and any(parent is one for one in parent.parent.expressions)
    )


def outermost(parsed: exp.Expr) -> Iterator[exp.Query]:
    """Yield the queries in *parsed* that are in no other."""
    if isinstance(parsed, exp.Query):
        yield parsed
        return
    for query in parsed.find_all(exp.Select, exp.SetOperation):
        above = query.parent
        while above is not None and not isinstance(above, exp.Select | exp.SetOperation):
            above = above.parent
        if above is None:
            yield query
