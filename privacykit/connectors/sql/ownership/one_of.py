"""Columns that hold one of some values: as text where the database enforces no key. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from privacykit.connectors.sql.ownership.exact import ExactText
from privacykit.connectors.sql.ownership.predicates import Predicate, enforced
from privacykit.connectors.sql.statement_cache import Binds, within
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.identity.equality import text_of


def one_of(
    binds: Binds,
    columns: Sequence[ColumnElement[Any]],
    named: Sequence[ColumnElement[Any]],
    word: str,
    source: Callable[[Context], list[Any]],
) -> Predicate:
    """
    Say that *columns* hold one of the values of *source*, which are those of *named*.

    The database finds them; where it enforces no key, they are compared as text besides.
    """
    plain = [enforced(one, other) for one, other in zip(columns, named, strict=True)]
    if all(plain):
        return within(columns, binds.many(word, source, len(columns)))

    def texts(context: Context) -> list[Any]:
        found = source(context)
        if len(columns) == 1:
            return [text_of(value) for value in found]
        cells = (zip(row, plain, strict=True) for row in found)
        return [tuple(v if p else text_of(v) for v, p in row) for row in cells]

    exact = [c if p else ExactText(c) for c, p in zip(columns, plain, strict=True)]
    return within(exact, binds.many(f"{word}_exact", texts, len(columns)))
