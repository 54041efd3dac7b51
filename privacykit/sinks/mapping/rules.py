"""
The mapping of events: which member goes where, what is lost, what would be filled in. Pure.

The documentation of a kind is printed from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, get_args

import msgspec

from privacykit.collect.events.format import Event
from privacykit.sinks.mapping.shapes import AS_IS
from privacykit.sinks.mapping.sources import Const, Get, Member, Settings, ValueSource
from privacykit.sinks.mapping.tables import Each, Numbered

Mapped = Callable[[Mapping[str, Any], float], dict[str, Any]]
"""An event as JSON has it and Unix seconds of the attempt -> what the backend takes."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """
    One field of what is sent.

    Attributes:
        to: Its name; of one inside others the names joined by ``/``.
        source: Where its value comes from. Without a value it is left out.
        note: What a reader of the documentation should know.
        needed: Whether an event without it cannot be sent, and is rejected.
    """

    to: str
    source: ValueSource
    note: str = ""
    needed: bool = False


@dataclass(frozen=True, slots=True)
class FilledIn:
    """
    Something that a backend fills in by itself when it is left out.

    Attributes:
        what: What it would know then, and from where.
        stopped: How that is suppressed, in words.
        by: The field or header that suppresses it; empty where leaving out is enough, or where
            nothing can.
    """

    what: str
    stopped: str
    by: str = ""


class EventMapping:
    """
    What becomes of an event.

    Args:
        fields: The fields, in the order of the documentation. Tables that are spread by
            :class:`~privacykit.sinks.mapping.sources.Each` never overwrite another field.
        filled: What the backend would fill in.
        headers: Headers of the message, for backends that take one event in one message.
        listed: Fields that the backend wants as a list of one.
        form: Says what was made in a form that tables cannot have; it adds no value.
        form_names: The names that it brings.

    Attributes:
        fields: The same.
        filled: The same.
        headers: The same.
        form_names: The same.
    """

    def __init__(
        self,
        *fields: FieldRule,
        filled: Sequence[FilledIn] = (),
        headers: Sequence[FieldRule] = (),
        listed: Sequence[str] = (),
        form: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        form_names: Sequence[str] = (),
    ) -> None:
        self.fields = fields
        self.filled = tuple(filled)
        self.headers = tuple(headers)
        self.form_names = tuple(form_names)
        self._listed = tuple(listed)
        self._form = form
        self._needed = [field.to.split("/") for field in fields if field.needed]

    def bind(self, settings: Settings) -> Mapped:
        """Return what maps events for a sink with *settings*."""
        make, listed, form = mapped(self.fields, settings), self._listed, self._form
        if form is not None:
            return lambda event, now: form(make(event, now))
        if not listed:
            return make

        def wrap(event: Mapping[str, Any], now: float) -> dict[str, Any]:
            made = make(event, now)
            return made | {name: [made[name]] for name in listed}

        return wrap

    def lacking(self, made: Mapping[str, Any]) -> str:
        """Return the name of a needed field that is not in *made*; nothing if all are."""
        for path in self._needed:
            inside: Any = made
            for name in path:
                inside = inside[0] if isinstance(inside, list) else inside
                inside = inside.get(name) if inside else None
            if inside is None:
                return path[-1]
        return ""

    def lost(self) -> list[str]:
        """Return the members of an event that go nowhere."""
        rules = (*self.fields, *self.headers)
        used = {member for field in rules for member in field.source.members()}
        inside = tuple(f"{member}." for member in used)
        return [
            path for path in event_members() if path not in used and not path.startswith(inside)
        ]


def mapped(fields: Sequence[FieldRule], settings: Settings) -> Mapped:
    """Return what makes a table of *fields*, event by event."""
    spread: list[tuple[list[str], Get, Each | Numbered]] = []
    tree: list[_Leaf] = []
    tables = _Tables()
    for field in fields:
        path = field.to.split("/")
        if isinstance(field.source, Each | Numbered):
            get = field.source.bind(settings)
            spread.append(([part for part in path if part != "*"], get, field.source))
        else:
            _put(tree, path, _leaf(path[-1], field.source, settings, tables))

    def make(event: Mapping[str, Any], now: float) -> dict[str, Any]:
        made = _made(tree, tables.of(event), event, now)
        for path, get, source in spread:
            if (more := get(event, now)) or source.always:
                into = made
                for part in path:
                    into = into.setdefault(part, {})
                for key, value in (more or {}).items():
                    if len(into) < source.room:
                        into.setdefault(key, value)
        return made

    return make


class _Leaf(NamedTuple):
    """A field, bound: looked up in a table of the event, always the same, asked for, or a table."""

    name: str
    table: int
    key: Any
    get: Callable[..., Any] | None


_SAME, _ASKED, _WITHIN = -1, -2, -3
_NOTHING: Mapping[str, Any] = {}


class _Tables:
    """The tables of an event in which members are looked up: each is found once for all of them."""

    def __init__(self) -> None:
        self._numbers = {"": 0}
        self._steps: list[tuple[int, str]] = []

    def number(self, path: str) -> int:
        """Return the number of the table at *path*; the event itself is the first."""
        if path not in self._numbers:
            outer, _, last = path.rpartition(".")
            self._steps.append((self.number(outer), last))
            self._numbers[path] = len(self._steps)
        return self._numbers[path]

    def of(self, event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the tables of *event*; one that it lacks is empty."""
        found = [event]
        for outer, last in self._steps:
            inner = found[outer].get(last)
            found.append(_NOTHING if inner is None else inner)
        return found


def _leaf(name: str, source: ValueSource, settings: Settings, tables: _Tables) -> _Leaf:
    if isinstance(source, Member):
        outer, _, last = source.path.rpartition(".")
        shape = None if source.shape is AS_IS else source.shape.apply
        return _Leaf(name, tables.number(outer), last, shape)
    if isinstance(source, Const):
        return _Leaf(name, _SAME, source.value, None)
    return _Leaf(name, _ASKED, None, source.bind(settings))


def _put(tree: list[_Leaf], path: list[str], leaf: _Leaf) -> None:
    for name in path[:-1]:
        known = [found.key for found in tree if found.name == name and found.table == _WITHIN]
        if not known:
            known = [[]]
            tree.append(_Leaf(name, _WITHIN, known[0], None))
        tree = known[0]
    tree.append(leaf)


def _made(
    tree: list[_Leaf],
    tables: Sequence[Mapping[str, Any]],
    event: Mapping[str, Any],
    now: float,
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, table, key, get in tree:
        if table >= 0:
            value = tables[table].get(key)
            if value is not None and get is not None:
                value = get(value)
        elif get is not None:
            value = get(event, now)
        elif table == _SAME:
            value = key
        else:
            value = _made(key, tables, event, now) or None
        if value is not None:
            made[name] = value
    return made


@cache
def event_members() -> tuple[str, ...]:
    """Return the paths of all members of an event; a table of the site's own names is one."""
    return tuple(_paths(Event, ""))


def _paths(struct: type[msgspec.Struct], before: str) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        kinds = [field.type, *get_args(field.type)]
        inner = [k for k in kinds if isinstance(k, type) and issubclass(k, msgspec.Struct)]
        if inner:
            yield from _paths(inner[0], f"{before}{field.name}.")
        else:
            yield f"{before}{field.name}"
