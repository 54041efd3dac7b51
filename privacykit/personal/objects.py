"""Objects with marked fields on their way into an event or a log: personal ones stay out. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, ValuesView
from collections.abc import Set as AbstractSet
from itertools import islice

from privacykit.personal.marks import fields_of, withheld_fields

DEEPEST = 8
MOST_VALUES = 1000
PLAIN = frozenset({str, int, float, bool, type(None), bytes})


def unmarked(value: object) -> dict[str, object] | None:
    """
    Return those fields of *value* that speak of nobody, ``None`` where it is no object of a model.

    Args:
        value: As for :func:`.fields_of`.

    Raises:
        ConfigurationError: PK213, as :func:`.marks_of`.
    """
    found = fields_of(value)
    if found is None:
        return None
    left_out = withheld_fields(type(value))
    return {name: told for name, told in found.items() if name not in left_out}


def holds_marked(value: object) -> bool:
    """
    Tell whether an object with personal fields is *value*, or stands anywhere in it.

    What is too deep or too large to be looked through counts as if it were one (P2).

    Raises:
        ConfigurationError: PK213, as :func:`.marks_of`.
    """
    return _holds(value, DEEPEST, iter(range(MOST_VALUES)))


def _holds(value: object, depth: int, left: Iterator[int]) -> bool:
    kind = type(value)
    if kind in PLAIN:
        return False
    if withheld_fields(kind):
        return True
    items = _items(value)
    if items is None:
        return False
    if depth == 0:
        return True
    return any(next(left, None) is None or _holds(each, depth - 1, left) for each in items)


def _items(value: object) -> Iterator[object] | None:
    """Return what is in *value*, ``None`` where it holds nothing that can be looked at."""
    if isinstance(value, Mapping):
        return (part for pair in islice(value.items(), MOST_VALUES + 1) for part in pair)
    if isinstance(value, list | tuple | AbstractSet | deque | ValuesView):
        return iter(value)
    if isinstance(value, BaseException):
        return iter(value.args)
    found = fields_of(value)
    return None if found is None else iter(found.values())


def personal_texts(value: object) -> list[str]:
    """Return what the personal fields of *value* and of all in it hold, as text, longest first."""
    found: list[str] = []
    _gather(value, DEEPEST, found, iter(range(MOST_VALUES)))
    return sorted(filter(None, found), key=len, reverse=True)


def _gather(value: object, depth: int, found: list[str], left: Iterator[int]) -> None:
    if type(value) in PLAIN or depth == 0 or next(left, None) is None:
        return
    withheld = withheld_fields(type(value))
    fields = (fields_of(value) or {}) if withheld else {}
    found += [str(told) for name, told in fields.items() if name in withheld]
    for each in _items(value) or ():
        _gather(each, depth - 1, found, left)
