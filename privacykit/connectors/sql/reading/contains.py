r"""
A value anywhere in a column, regardless of case, whatever the column's type. Pure.

Every type is read as the text a person would see. In documents a character may be spelt as an
escape (``\\u0040``); in bytes the value is looked for in the database's own escape form. On SQLite
any column may hold anything, text after a NUL and bytes included.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, case, cast, func, literal, or_
from sqlalchemy import Column as SqlColumn
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import Function, FunctionElement

from privacykit.connectors.sql.catalogue.reflect import KIND
from privacykit.govern.erasure.whole_values import digits_of, escapes

HOLDS = "privacykit_holds"
LONGEST_CELL = 16_384
"""Characters up to which a cell is looked into by us; a value in a longer one counts as found."""
_NUMBERS = frozenset({"int", "float"})
_NO_TEXT = frozenset({"bool", "time", "date"})
_ASCII = 0x80


class Legible(FunctionElement[str]):
    """A column as text in lower case, compared byte by byte."""

    name = "privacykit_legible"
    type = Text()
    inherit_cache = True


@compiles(Legible)
def _cast(element: Legible, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    return f"lower(cast({compiler.process(element.clauses, **settings)} as text))"


@compiles(Legible, "postgresql")
def _plain(element: Legible, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    # A column's own collation may hold rené for rene, or allow no search at all.
    column = compiler.process(element.clauses, **settings)
    return f'lower(cast({column} as text)) collate "C"'


@compiles(Legible, "mysql")
@compiles(Legible, "mariadb")
def _converted(element: Legible, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    column = compiler.process(element.clauses, **settings)
    return f"lower(convert({column} using utf8mb4)) collate utf8mb4_bin"


def contains(
    column: SqlColumn[Any], value: str, dialect: str, *, document: bool
) -> ColumnElement[bool] | None:
    """
    Say that *value* stands in *column*; ``None`` where a column of its type can hold no such value.

    Args:
        column: The reflected column.
        value: What is looked for.
        dialect: ``sqlite``, ``postgresql`` or ``mysql``.
        document: Whether the column holds JSON, in which characters may be spelt as escapes.
    """
    kind = column.info.get(KIND, "other")
    if dialect == "sqlite":
        return _in_sqlite(column, value)
    if kind in _NO_TEXT:
        return None
    if kind in _NUMBERS:
        digits = digits_of(value)
        return Legible(column).contains(digits) if digits else None
    if kind == "bytes" and dialect == "postgresql":
        return func.lower(func.encode(column, "escape")).contains(_escaped(value), autoescape=True)
    ways = [Legible(column).contains(text, autoescape=True) for text in spellings(value)]
    if kind == "other":
        # Bytes inside an array or a row are shown in hexadecimal.
        shown = {value.encode().hex(), value.lower().encode().hex()}
        ways += [Legible(column).contains(text) for text in sorted(shown)]
    if document:
        ways.append(Legible(column).regexp_match(escapes(value)))
    return or_(*ways)


def shown(column: SqlColumn[Any], dialect: str) -> ColumnElement[Any]:
    """
    Return what stands in *column* as text in lower case, on SQLite as its bytes.

    Nothing of a cell of more than :data:`LONGEST_CELL`, for many may come at once.
    """
    cell = _Bytes(column) if dialect == "sqlite" else Legible(column)
    return case((func.length(cell) <= LONGEST_CELL, cell))


def spellings(value: str) -> Iterator[str]:
    """Yield how *value* may be written: in lower case, as given, as JSON writes it in ASCII."""
    found = (value.lower(), value, json.dumps(value)[1:-1].lower(), json.dumps(value.lower())[1:-1])
    yield from dict.fromkeys(found if not value.isascii() else found[:1] + found[2:])


def _escaped(value: str) -> str:
    """Return *value* in PostgreSQL's escape form of bytes, in lower case."""
    shown = []
    for byte in value.lower().encode():
        plain = chr(byte) if byte != ord("\\") else "\\\\"
        shown.append(plain if 0 < byte < _ASCII else f"\\{byte:03o}")
    return "".join(shown)


def _in_sqlite(column: SqlColumn[Any], value: str) -> ColumnElement[bool]:
    """Ask each cell by what it really is; only what has bytes in it is looked into by Python."""
    holds: ColumnElement[bool] = Function(HOLDS, _Bytes(column), literal(value), type_=Boolean())
    text = holds
    if value.isascii() and json.dumps(value)[1:-1] == value:
        # A case, for in a conjunction SQLite works out both sides.
        text = case(
            (func.instr(column, func.char(0)) > 0, holds),
            else_=func.lower(column).contains(value.lower(), autoescape=True),
        )
    kinds: dict[Any, ColumnElement[bool]] = {"text": text, "blob": holds}
    if digits := digits_of(value):
        number = cast(column, Text).contains(digits)
        kinds |= {"integer": number, "real": number}
    return case(kinds, value=func.typeof(column), else_=0) == 1


class _Bytes(FunctionElement[bytes]):
    """A column's bytes, whatever it holds."""

    name = "privacykit_bytes"
    inherit_cache = True


@compiles(_Bytes)
def _blob(element: _Bytes, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    return f"cast({compiler.process(element.clauses, **settings)} as blob)"


def add_search(connection: sqlite3.Connection) -> None:
    """Teach a SQLite connection to look into bytes."""
    connection.create_function(HOLDS, 2, _holds, deterministic=True)


def _holds(data: bytes, value: str) -> bool:
    """Say whether *value* stands in *data*: as UTF-8, with NULs between, or spelt with escapes."""
    text = data.decode("utf-8", "replace").lower()
    forms = [text]
    if b"\0" in data:
        forms += [text.replace("\0", ""), data.decode("utf-16-le", "replace").lower()]
    wanted, pattern = _wanted(value)
    if any(spelling in form for form in forms for spelling in wanted):
        return True
    return "\\u" in text and pattern.search(text) is not None


@lru_cache(maxsize=16)
def _wanted(value: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    return tuple(spelling.lower() for spelling in spellings(value)), re.compile(escapes(value))
