"""
Text compared character by character, whatever the column's collation takes for the same. Pure.

Beside a comparison that an index serves goes one of these: the index finds the candidates, this
one decides.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement


class ExactText(FunctionElement[str]):
    """A value as text that equals only what has the same characters, spaces at the end included."""

    name = "privacykit_exact"
    type = String()
    inherit_cache = True

    def __init__(self, value: ColumnElement[Any]) -> None:
        super().__init__(value)


def _inner(element: ExactText | Trimmed, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    return str(compiler.process(next(iter(element.clauses)), **settings))


@compiles(ExactText, "sqlite")
def _sqlite(element: ExactText, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    return f"(cast({_inner(element, compiler, **settings)} as text) collate binary)"


@compiles(ExactText, "postgresql")
def _postgresql(element: ExactText, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    return f'(cast({_inner(element, compiler, **settings)} as text) collate "C")'


@compiles(ExactText, "mysql")
@compiles(ExactText, "mariadb")
def _mariadb(element: ExactText, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    # Other collations of Unicode are padded with spaces: "anna" would be "anna ".
    return f"cast(convert({_inner(element, compiler, **settings)} using utf8mb4) as binary)"


class Trimmed(FunctionElement[str]):
    """A text without the space around it; line feeds, tabs and hard spaces are space."""

    name = "privacykit_trimmed"
    type = String()
    inherit_cache = True

    def __init__(self, value: ColumnElement[Any]) -> None:
        super().__init__(value)


@compiles(Trimmed, "sqlite")
def _trimmed_on_sqlite(element: Trimmed, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    return f"trim({_inner(element, compiler, **settings)}, char(9, 10, 11, 12, 13, 32, 160))"


@compiles(Trimmed, "postgresql")
def _trimmed_on_postgresql(element: Trimmed, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    value = _inner(element, compiler, **settings)
    return f"btrim(cast({value} as text), U&' \\0009\\000a\\000b\\000c\\000d\\00a0')"


@compiles(Trimmed, "mysql")
@compiles(Trimmed, "mariadb")
def _trimmed_on_mariadb(element: Trimmed, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    value, space = _inner(element, compiler, **settings), "[[:space:]\u00a0]+"
    return f"regexp_replace(convert({value} using utf8mb4), '^{space}|{space}$', '')"


class Held(FunctionElement[bool]):
    """
    A condition to which rows found by their keys are held: never a second list to look rows up by.

    SQLite would take key and condition for one index and try each key with each person; a sign
    before a condition keeps it from that.
    """

    name = "privacykit_held"
    _is_implicitly_boolean = True  # else "= 1" stands behind it where there are no booleans
    type = Boolean()
    inherit_cache = True

    def __init__(self, condition: ColumnElement[bool]) -> None:
        super().__init__(condition)


@compiles(Held)
def _held(element: Held, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    return f"({compiler.process(next(iter(element.clauses)), **settings)})"


@compiles(Held, "sqlite")
def _held_on_sqlite(element: Held, compiler: Any, **settings: Any) -> str:  # noqa: ANN401
    return f"+({compiler.process(next(iter(element.clauses)), **settings)})"
