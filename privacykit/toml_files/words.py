"""
Words for a wrong value or key, as whoever wrote the file reads them. Pure.

pydantic's own words speak of Python and show regular expressions; those of this file speak of the
file, and never show a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Strict
from pydantic_core import ErrorDetails

Truth = Annotated[bool, Strict()]
"""``true`` or ``false``, and no word or number for it."""

Whole = Annotated[int, Strict()]
"""A whole number, and no text of digits."""

_TRUTH = "expected true or false, without quotes"
_WHOLE = "expected a whole number, without quotes"
_NUMBER = "expected a number, without quotes"
_TEXT = "expected text in quotes"
_LIST = 'expected a list, as in ["one", "two"]'
_TABLE = "expected a table, as in [name] or { key = … }"
_DAY = "expected a date, as in 2026-12-01, without quotes"

_WORDS = {
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "string_type": _TEXT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _TABLE,
    "mapping_type": _TABLE,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
}

MOST_NAMED = 9
"""Keys of a table that are named where none of them is like the one that is wrong."""

PATTERNS: dict[str, str] = {}
"""What each pattern of our shapes asks for, in words; see :func:`pattern`."""


def pattern(expression: str, words: str) -> str:
    """
    Name a pattern that a shape asks for.

    Args:
        expression: The regular expression.
        words: What is said where a value does not match, after "expected".

    Returns:
        The expression.
    """
    PATTERNS[expression] = words
    return expression


def words_of(error: ErrorDetails) -> str:
    """Say what is wrong with a value: one sentence, without the value."""
    kind, context = error["type"], error.get("ctx", {})
    if _WORDS.get(kind) == _LIST and isinstance(error.get("input"), Mapping):
        name = ".".join(part for part in error["loc"] if isinstance(part, str))
        return f"expected a list of tables, each begun by [[{name}]]"
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "string_pattern_mismatch":
        return f"expected {PATTERNS.get(str(context['pattern']), 'another form')}"
    return _bound(kind, context) or _own(error["msg"])


def _bound(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "greater_than_equal":
            return f"expected {context['ge']} or more"
        case "greater_than":
            return f"expected more than {context['gt']}"
        case "less_than_equal":
            return f"expected {context['le']} at most"
        case "literal_error" | "enum":
            return f"expected {context['expected']}"
        case "too_short" | "string_too_short":
            return "expected something: it is empty"
        case _:
            return ""


def _own(message: str) -> str:
    words = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return words if words[:2] == "PK" else words[:1].lower() + words[1:]


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a hint that names what is spelt most alike among *known*, or *otherwise*."""
    near = nearest(name, known)
    return otherwise if near is None else f"did you mean '{near}'?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return what is spelt most like *name* among *known*, whatever the case; else ``None``."""
    spelt = {each.lower(): each for each in known}
    close = get_close_matches(name.lower(), spelt, 1)
    return spelt[close[0]] if close else None


def meant_key(shape: type[BaseModel], location: Iterable[int | str]) -> str:
    """
    Return a hint for a key that *shape* does not know.

    Args:
        shape: The whole file's.
        location: Where the key stands, its own name last.
    """
    *tables, name = location
    known = keys_known_at(shape, tables)
    there = f"; known here: {', '.join(known)}" if 0 < len(known) <= MOST_NAMED else ""
    return did_you_mean(str(name), known, f"remove it{there}")


def keys_known_at(shape: type[BaseModel], location: Iterable[int | str]) -> list[str]:
    """Return the keys that *shape*, the whole file's, knows in the table at *location*."""
    shapes: list[object] = [shape]
    for part in location:
        shapes = [inner for each in shapes for inner in _inside(each, part)] or shapes
    return [key for each in shapes for key in _keys(each)]


def _keys(shape: object) -> Iterator[str]:
    for each in _alternatives(shape):
        if isinstance(each, type) and issubclass(each, BaseModel):
            yield from (field.alias or name for name, field in each.model_fields.items())


def _inside(shape: object, part: int | str) -> Iterator[object]:
    for each in _alternatives(shape):
        if isinstance(each, type) and issubclass(each, BaseModel):
            for name, field in each.model_fields.items():
                if part == (field.alias or name):
                    yield field.annotation
        elif get_origin(each) is dict:
            yield get_args(each)[1]
        elif isinstance(part, int) and get_args(each):
            yield get_args(each)[0]


def _alternatives(shape: object) -> Iterator[object]:
    origin = get_origin(shape)
    if origin is Annotated:
        yield from _alternatives(get_args(shape)[0])
    elif origin in {Union, UnionType}:
        for each in get_args(shape):
            yield from _alternatives(each)
    else:
        yield shape
