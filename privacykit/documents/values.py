"""
Values of statements: texts as written, words of ours, times, lists; in no language yet. Pure.

A language comes in where a statement is written out, so that one model has many prints.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

MONTHS_A_YEAR = 12


class Word(msgspec.Struct, frozen=True, order=True):
    """A word of ours, by its *key* in the message files."""

    key: str


class Written(msgspec.Struct, frozen=True, order=True):
    """A text that an operator wrote, and the same in other languages, by tag."""

    text: str
    others: tuple[tuple[str, str], ...] = ()


class Lasting(msgspec.Struct, frozen=True, order=True):
    """A time by the calendar: *months* and *days* on top."""

    months: int = 0
    days: int = 0


class Listed(msgspec.Struct, frozen=True):
    """Several values, shown in their order; in another order they say the same."""

    values: tuple[Value, ...]


Value = str | Word | Written | Lasting | Listed
"""What stands in a place of a sentence; a bare text is the same in every language."""


def written(text: str, others: Mapping[str, str] | None = None) -> Written:
    """Return *text* with what *others* has of it, empty texts left out."""
    known = sorted((tag, other) for tag, other in (others or {}).items() if other)
    return Written(text, tuple(known))


def listed(values: tuple[Value, ...] | list[Value]) -> Listed:
    """Return *values* as one."""
    return Listed(tuple(values))


def plain(value: Value) -> object:
    """Return *value* as JSON may hold it: equal values give equal documents."""
    match value:
        case Word(key):
            return {"word": key}
        case Written(text, others):
            return {"text": text, **dict(others)} if others else text
        case Lasting(months, days):
            return {"months": months, "days": days}
        case Listed(values):
            return sorted((plain(one) for one in values), key=str)
        case _:
            return value


def iso_duration(span: Lasting) -> str:
    """Return *span* as ISO 8601 and XML Schema spell durations: ``P13M``, ``P1M10D``."""
    months = f"{span.months}M" if span.months else ""
    days = f"{span.days}D" if span.days or not span.months else ""
    return f"P{months}{days}"
