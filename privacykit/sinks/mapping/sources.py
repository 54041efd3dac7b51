"""
The sources of mapped values: members of the event, constants, settings, our clock. Pure.

There is no source but these, and a shape only says a value in another way or says less: so nothing
finer than the event can be mapped. Who made the event has been asked what may be in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from privacykit.sinks.mapping.revealed import revealed
from privacykit.sinks.mapping.shapes import AS_IS, ISO, ValueShape

Get = Callable[[Mapping[str, Any], float], Any]
"""An event as JSON has it and Unix seconds of the attempt -> a value; ``None`` is none at all."""

_NOTHING: Mapping[str, Any] = {}

Settings = Mapping[str, Any]
"""The sink's settings by name; a credential is a callable that reads it anew each time."""


class ValueSource(Protocol):
    """Where a mapped value comes from."""

    def bind(self, settings: Settings) -> Get:
        """Return what reads the value."""
        ...

    def members(self) -> Iterator[str]:
        """Yield the members of the event that it reads."""
        ...

    def words(self) -> str:
        """Say it for the documentation."""
        ...


@dataclass(frozen=True, slots=True)
class Const:
    """The same *value*, whatever the event."""

    value: Any

    def bind(self, _settings: Settings) -> Get:
        """Return what returns it."""
        value = self.value
        return lambda _event, _now: value

    def members(self) -> Iterator[str]:
        """Yield nothing."""
        return iter(())

    def words(self) -> str:
        """Return it as JSON has it."""
        said = str(self.value).lower() if isinstance(self.value, bool) else self.value
        return f"always `{said}`"


@dataclass(frozen=True, slots=True)
class Member:
    """The member *path* of the event, like ``data.page``, in *shape*."""

    path: str
    shape: ValueShape = AS_IS

    def bind(self, _settings: Settings) -> Get:
        """Return what looks it up."""
        outer, _, inner = self.path.partition(".")
        parts, apply = inner.split(".") if inner else [], self.shape.apply
        if len(parts) == 1 and self.shape is AS_IS:
            (last,) = parts
            return lambda event, _now: (event.get(outer) or _NOTHING).get(last)

        def get(event: Mapping[str, Any], _now: float) -> Any:  # noqa: ANN401 - any JSON
            value = event.get(outer)
            for part in parts:
                if value is None:
                    return None
                value = value.get(part)
            return value if value is None else apply(value)

        return get

    def members(self) -> Iterator[str]:
        """Yield the path."""
        yield self.path

    def words(self) -> str:
        """Return the path and the shape."""
        return f"`{self.path}`{self.shape.said}"


@dataclass(frozen=True, slots=True)
class Option:
    """The setting *name* of the sink: a key of its table."""

    name: str

    def bind(self, settings: Settings) -> Get:
        """Return what reads it: a credential at every attempt, as it may have been rotated."""
        value = settings.get(self.name)
        if callable(value):
            return lambda _event, _now: revealed(value)
        return lambda _event, _now: value

    def members(self) -> Iterator[str]:
        """Yield nothing."""
        return iter(())

    def words(self) -> str:
        """Name the key."""
        return f"the key `{self.name}` of the sink"


@dataclass(frozen=True, slots=True)
class Now:
    """Our clock at the attempt, in *shape* of seconds."""

    shape: ValueShape = ISO

    def bind(self, _settings: Settings) -> Get:
        """Return what tells the time."""
        apply = self.shape.apply
        return lambda _event, now: apply(now)

    def members(self) -> Iterator[str]:
        """Yield nothing."""
        return iter(())

    def words(self) -> str:
        """Say that it is our clock's."""
        return f"the time of the attempt{self.shape.said}"


class Either:
    """The first of *sources* that has a value."""

    __slots__ = ("sources",)

    def __init__(self, *sources: ValueSource) -> None:
        self.sources = sources

    def bind(self, settings: Settings) -> Get:
        """Return what asks each in turn."""
        getters = [source.bind(settings) for source in self.sources]

        def get(event: Mapping[str, Any], now: float) -> Any:  # noqa: ANN401 - any JSON
            for one in getters:
                if (value := one(event, now)) is not None:
                    return value
            return None

        return get

    def members(self) -> Iterator[str]:
        """Yield those of all."""
        for source in self.sources:
            yield from source.members()

    def words(self) -> str:
        """Say them in their order."""
        return ", else ".join(source.words() for source in self.sources)


class Joined:
    """A text made of the texts of *sources*; none if one of them has no value."""

    __slots__ = ("sources",)

    def __init__(self, *sources: ValueSource) -> None:
        self.sources = sources

    def bind(self, settings: Settings) -> Get:
        """Return what joins them."""
        getters = [source.bind(settings) for source in self.sources]

        def get(event: Mapping[str, Any], now: float) -> str | None:
            found = [one(event, now) for one in getters]
            return None if None in found else "".join(map(str, found))

        return get

    def members(self) -> Iterator[str]:
        """Yield those of all."""
        for source in self.sources:
            yield from source.members()

    def words(self) -> str:
        """Say them in their order."""
        return " + ".join(source.words() for source in self.sources)
