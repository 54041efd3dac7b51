"""
Places inside documents as SQL: made, written, and kept to the kind of value they have. Pure.

A number that is corrected stays a number, true stays a truth value. What would be another kind of
value is not written, and is missed by whoever looks whether it stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    true,
)
from sqlalchemy import Table as SqlTable

from privacykit.govern.datamap.path import write_path
from privacykit.govern.datamap.schema import Column

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
"""A number as JSON writes it: what has zeros before it is a text."""

_NUMBERS = ("integer", "real", "number", "INTEGER", "DOUBLE")
_TRUTHS = ("true", "false", "boolean", "BOOLEAN")
_TEXTS = ("text", "string", "null", "STRING", "NULL")
"""Kinds of JSON as the three databases call them; what is nothing yet takes a text."""


def kind_of(
    whole: ColumnElement[Any], path: Sequence[str | int], dialect: str
) -> ColumnElement[str]:
    """Return what kind of value stands at *path* of the document *whole*; empty for none."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import JSONB

        names = [cast(literal(str(step)), Text()) for step in path]
        return func.jsonb_typeof(func.jsonb_extract_path(cast(whole, JSONB()), *names))
    if dialect == "sqlite":
        return func.json_type(whole, literal(write_path(tuple(path))))
    return func.json_type(func.json_extract(whole, literal(write_path(tuple(path)))))


def expected(
    whole: ColumnElement[Any], column: Column, value: str, dialect: str
) -> ColumnElement[str]:
    """Return how *value* reads in the place of *column*, of the kind that stands there."""
    kind = kind_of(whole, column.path, dialect)
    ways = []
    if (number := _number(value)) is not None:
        ways.append((kind.in_(_NUMBERS), literal(number, Text())))
    if _truth(value):
        ways.append((kind.in_(_TRUTHS), literal(value.lower(), Text())))
    plain = literal(value, Text())
    return case(*ways, else_=plain) if ways else plain


def retyped(
    table: SqlTable,
    whole: ColumnElement[Any],
    column: Column,
    value: ColumnElement[Any],
    dialect: str,
) -> ColumnElement[Any]:
    """Return *whole* with *value*, a literal text, where one of its kind may stand, or as it is."""
    made = _made(whole, column, dialect)
    text = value.value if isinstance(value, BindParameter) else None
    kind = kind_of(made, column.path, dialect)
    ways: list[tuple[ColumnElement[bool], ColumnElement[Any]]]
    if text is None:
        ways = [(kind.is_not(None), replaced(table, made, column, null(), dialect))]
    else:
        found = _ways(kind, str(text), value, dialect)
        ways = [(when, replaced(table, made, column, new, dialect)) for when, new in found]
    # MariaDB takes what is no list for a list of that alone.
    lists = [column.path[:n] for n, step in enumerate(column.path) if isinstance(step, int)]
    are_lists = [kind_of(whole, way, dialect).in_(("array", "ARRAY")) for way in lists]
    return case(*((and_(true(), *are_lists, when), new) for when, new in ways), else_=whole)


def _ways(
    kind: ColumnElement[str], text: str, value: ColumnElement[Any], dialect: str
) -> Iterator[tuple[ColumnElement[bool], ColumnElement[Any]]]:
    yield kind.in_(_TEXTS), value
    if (number := _number(text)) is not None:
        yield kind.in_(_NUMBERS), _json(number, dialect)
    if _truth(text):
        yield kind.in_(_TRUTHS), _json(text.lower(), dialect)


def _number(text: str) -> str | None:
    """Return *text* as the databases write that number; ``None`` where none is just that."""
    if not _NUMBER.fullmatch(text):
        return None
    if text.lstrip("-").isdecimal():
        return text
    number = float(text)
    return repr(number) if isfinite(number) and Decimal(text) == Decimal(repr(number)) else None


def _truth(text: str) -> bool:
    return text.lower() in {"true", "false"}


def _json(text: str, dialect: str) -> ColumnElement[Any]:
    """Return a number or a truth value as the database's JSON."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import JSONB

        return cast(literal(text, Text()), JSONB())
    return (
        func.json(literal(text)) if dialect == "sqlite" else func.json_extract(literal(text), "$")
    )


def _made(whole: ColumnElement[Any], column: Column, dialect: str) -> ColumnElement[Any]:
    """
    Return *whole* with the place of *column*, empty where it was not.

    Nothing in a list is made: lists are neither begun nor do they get longer.
    """
    numbered = (n for n, it in enumerate(column.path) if isinstance(it, int))
    names = max(0, next(numbered, len(column.path) + 1) - 1)
    ways = [column.path[: n + 1] for n in range(names)]
    if dialect != "postgresql":
        made: ColumnElement[Any] = func.coalesce(whole, "{}")
        for way in ways:
            empty = null() if way == column.path else func.json_object()
            made = func.json_insert(made, literal(write_path(way)), empty)
        return made
    from sqlalchemy.dialects.postgresql import JSONB

    made = cast(func.coalesce(cast(whole, Text()), "{}"), JSONB())
    for way in ways:
        steps = [cast(literal(str(step)), Text()) for step in way]
        kept = func.jsonb_extract_path(made, *steps)
        filling = cast(literal("null" if way == column.path else "{}", Text()), JSONB())
        made = func.jsonb_set(made, _steps(way), func.coalesce(kept, filling))
    return made


def replaced(
    table: SqlTable,
    whole: ColumnElement[Any],
    column: Column,
    value: ColumnElement[Any],
    dialect: str,
) -> ColumnElement[Any]:
    """Return *whole* with *value*, a text or JSON of the database, in the place of *column*."""
    if dialect != "postgresql":
        return func.json_replace(whole, literal(write_path(column.path)), value)
    from sqlalchemy.dialects.postgresql import JSONB

    nothing = cast(literal("null", Text()), JSONB())
    json = value if isinstance(value.type, JSONB) else func.to_jsonb(cast(value, Text()))
    new = func.coalesce(json, nothing)
    changed = func.jsonb_set(cast(whole, JSONB()), _steps(column.path), new, literal(value=False))
    return cast(changed, table.c[column.of].type)


def _steps(path: Sequence[str | int]) -> ColumnElement[Any]:
    from sqlalchemy.dialects.postgresql import ARRAY

    return cast(literal([str(step) for step in path], ARRAY(Text())), ARRAY(Text()))
