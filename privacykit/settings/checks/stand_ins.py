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

    def mend(self, errors: Iterable[ErrorDetails]) -> bool:
        """Replace what *errors* name; return whether anything could be."""
        mended = [self._mended(error) for error in errors]
        return any(mended)

    def put_for(self, problem: Problem) -> None:
        """Replace the value that a *problem* between keys names."""
        key = problem.key.split(".")
        self._take_out(tuple(int(part) if part.isdigit() else part for part in key))

    def told(self, problem: Problem) -> Problem:
        """Return *problem* under the names of keys that the file has."""
        for new, old in self._renamed.items():
            if _within(problem.key, new):
                return replace(problem, key=old + problem.key[len(new) :])
        return problem

    def follows(self, problem: Problem) -> bool:
        """Tell whether *problem* says no more than that something was replaced."""
        return any(
            _within(problem.key, place) or _within(place, problem.key)
            for place in map(_whole, self._replaced)
        )

    def _mended(self, error: ErrorDetails) -> bool:
        place, kind = error["loc"], error["type"]
        if kind == "extra_forbidden":
            return self._renamed_or_gone(place)
        if kind == "missing":
            return self._put(place, _NEEDED.get(str(place[-1])))
        if kind in _TABLES:
            return self._put(place, {})
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
        """Take out the key that *place* is or lies in; of a list of values, all of it."""
        while place:
            table = self._at(place[:-1])
            if isinstance(table, dict) and place[-1] in table:
                del table[place[-1]]
                self._replaced.append(_dotted(place))
                return True
            place = place[:-1]
            if isinstance(self._at(place), dict) and place[:1] == ("site",):
                return False  # a value that another table lent to the entry
        return False

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
