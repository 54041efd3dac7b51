"""
Stand-ins for what is wrong in a configuration, so that the rest of it can be looked at too. Pure.

What follows from a stand-in is no problem of the file: :meth:`StandIns.follows` tells it apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from pydantic_core import ErrorDetails

from privacykit.errors import Problem
from privacykit.settings.model import Settings
from privacykit.toml_files.words import keys_known_at, nearest

Place = tuple[int | str, ...]

_TABLES = frozenset({"model_type", "dict_type", "model_attributes_type"})
_NEEDED: dict[str, Any] = {
    "id": "unnamed",
    "hosts": ["unnamed.invalid"],
    "uses": ["strictly_necessary"],
    "type": "memory",
    "purposes": ["unnamed"],
}
"""What stands for a key that has no default."""

_OF_NAMES = frozenset({"PK032"})
"""Problems of a key's own name, whatever stands beside it."""


class StandIns:
    """
    A copy of a document in which what was found wrong is replaced.

    Args:
        document: The whole file's, as it was read.

    Attributes:
        document: The copy.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document: dict[str, Any] = deepcopy(document)
        self._replaced: list[str] = []
        self._renamed: dict[str, str] = {}
        self._shortened: dict[str, list[int]] = {}

    def mend(self, errors: Iterable[ErrorDetails]) -> bool:
        """Replace what *errors* name; return whether anything could be."""
        found = list(errors)
        whole = [error for error in found if not isinstance(error["loc"][-1], int)]
        parts = [error for error in reversed(found) if isinstance(error["loc"][-1], int)]
        mended = [self._mended(error) for error in (*whole, *parts)]
        return any(mended)

    def put_for(self, problems: Iterable[Problem]) -> None:
        """Replace the values that *problems* between keys name."""
        for problem in reversed(list(problems)):
            key = problem.key.split(".")
            self._take_out(tuple(int(part) if part.isdigit() else part for part in key))

    def told(self, problem: Problem) -> Problem:
        """Return *problem* under the names of keys that the file has."""
        for new, old in self._renamed.items():
            if _within(problem.key, new):
                problem = replace(problem, key=old + problem.key[len(new) :])
                break
        list_, _, last = problem.key.rpartition(".")
        if list_ in self._shortened and last.isdigit():
            return replace(problem, key=f"{list_}.{self._first_place(list_, int(last))}")
        return problem

    def follows(self, problem: Problem) -> bool:
        """Tell whether *problem* says no more than that something was replaced."""
        key = problem.key
        if problem.id in _OF_NAMES and key in self._replaced:
            return False
        return any(_within(list_, key) for list_ in self._shortened) or any(
            _within(key, place) or _within(place, key) for place in map(_whole, self._replaced)
        )

    def _mended(self, error: ErrorDetails) -> bool:
        place, kind = error["loc"], error["type"]
        if kind == "extra_forbidden":
            return self._renamed_or_gone(place)
        if kind == "missing":
            return self._put(place, _NEEDED.get(str(place[-1])))
        if kind in _TABLES:
            return self._put(place, {})
        if place[0] == "cookies" and len(place) == len(("cookies", "name")):
            return self._put(place, "unnamed")
        return self._take_out(tuple(part for part in place if part != "[key]"))

    def _renamed_or_gone(self, place: Place) -> bool:
        *outer, name = place
        table = self._at(tuple(outer))
        if not isinstance(table, dict) or name not in table:
            return False
        value = table.pop(name)
        meant = nearest(str(name), keys_known_at(Settings, outer))
        if meant is None or meant in table:
            self._replaced.append(_dotted(place))
        else:
            table[meant] = value
            self._renamed[_dotted((*outer, meant))] = _dotted(place)
        return True

    def _put(self, place: Place, value: object) -> bool:
        table = self._at(place[:-1])
        if value is None or not isinstance(table, dict | list):
            return self._take_out(place[:-1])
        table[place[-1]] = deepcopy(value)  # type: ignore[index]
        self._replaced.append(_dotted(place))
        return True

    def _take_out(self, place: Place) -> bool:
        """Take out the key that *place* is or lies in; of a list of values, that one."""
        while place:
            table = self._at(place[:-1])
            if isinstance(table, list) and self._cut(table, place):
                return True
            if isinstance(table, dict) and place[-1] in table:
                del table[place[-1]]
                self._replaced.append(_dotted(place))
                return True
            place = place[:-1]
            if isinstance(self._at(place), dict) and place[:1] == ("site",):
                return False  # a value that another table lent to the entry
        return False

    def _cut(self, values: list[Any], place: Place) -> bool:
        *outer, index = place
        if not isinstance(index, int) or index >= len(values) or isinstance(values[index], dict):
            return False
        list_ = _dotted(outer)
        self._shortened.setdefault(list_, []).append(self._first_place(list_, index))
        del values[index]
        return True

    def _first_place(self, list_: str, index: int) -> int:
        """Return which place in the file the value has that is now at *index* of *list_*."""
        for gone in sorted(self._shortened.get(list_, ())):
            index += gone <= index
        return index

    def _at(self, place: Place) -> object:
        found: Any = self.document
        for part in place:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return None
        return found


def _dotted(place: Iterable[int | str]) -> str:
    return ".".join(map(str, place))


def _within(key: str, place: str) -> bool:
    return key == place or key.startswith(f"{place}.")


def _whole(place: str) -> str:
    """Return the sink whose type *place* is: its other keys mean nothing under another type."""
    first, _, last = place.rpartition(".")
    return first if last == "type" and first.startswith("sinks.") else place
