"""Sources of mapped values that are a table of the site's own names: properties, purposes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from privacykit.sinks.mapping.shapes import AS_IS, ValueShape
from privacykit.sinks.mapping.sources import Get, Member, Settings, ValueSource

MANY = 10_000
"""More entries than any table of an event has."""


class Numbered:
    """
    What a table of the sink's gives a number or name to: *prefix* and that, and the value.

    Args:
        prefix: Put before each number.
        setting: The table: a name of *sources*, and its number.
        sources: What there is.
        rest: A member that is a table: names that are none of *sources* are looked for in it.
        shape: Of each value.
    """

    __slots__ = ("prefix", "rest", "setting", "shape", "sources")
    always = False
    room = MANY

    def __init__(
        self,
        prefix: str,
        setting: str,
        sources: Mapping[str, ValueSource],
        *,
        rest: str = "",
        shape: ValueShape = AS_IS,
    ) -> None:
        self.prefix = prefix
        self.setting = setting
        self.sources = dict(sources)
        self.rest = rest
        self.shape = shape

    def bind(self, settings: Settings) -> Get:
        """Return what reads those that have a number."""
        numbers: Mapping[str, object] = settings.get(self.setting) or {}
        apply, look = self.shape.apply, Member(self.rest).bind(settings)
        wanted = [
            (f"{self.prefix}{number}", self.sources[name].bind(settings))
            for name, number in numbers.items()
            if name in self.sources
        ]
        others = [
            (f"{self.prefix}{number}", name)
            for name, number in numbers.items()
            if name not in self.sources
        ]

        def get(event: Mapping[str, Any], now: float) -> dict[str, Any]:
            found = [(to, one(event, now)) for to, one in wanted]
            if others and (rest := look(event, now)):
                found += [(to, rest.get(name)) for to, name in others]
            return {to: apply(value) for to, value in found if value is not None}

        return get

    def members(self) -> Iterator[str]:
        """Yield those of all sources."""
        for source in self.sources.values():
            yield from source.members()
        if self.rest:
            yield self.rest

    def words(self) -> str:
        """Say which there are."""
        told = "; ".join(f"`{name}`: {source.words()}" for name, source in self.sources.items())
        rest = f"; any other: of `{self.rest}` the one of that name" if self.rest else ""
        what = "another name" if self.rest else "a number"
        return f"each to which `{self.setting}` gives {what}{self.shape.said}, of {told}{rest}"


@dataclass(frozen=True, slots=True)
class Each:
    """
    Every entry of a member that is a table, its key first: merged where it is mapped to.

    Attributes:
        path: The member.
        prefix: Put before each key.
        shape: Of each value.
        renamed: A setting that holds another key for some; where it holds any, keys that it does
            not name are left out.
        reserved: Keys that mean something to the backend, and are left out.
        signs: First characters of such keys.
        always: Whether there is a table even when it has no entry.
        room: How many entries the table that it is merged into may have; what is over is left out.
        named: The shape of each key.
    """

    path: str
    prefix: str = ""
    shape: ValueShape = AS_IS
    renamed: str = ""
    reserved: frozenset[str] = frozenset()
    signs: str = ""
    always: bool = False
    room: int = MANY
    named: ValueShape = AS_IS

    def bind(self, settings: Settings) -> Get:
        """Return what reads them."""
        look, apply = Member(self.path).bind(settings), self.shape.apply
        renamed = bool(self.renamed)
        names: Mapping[str, str] = settings.get(self.renamed) or {}
        prefix, reserved, signs = self.prefix, self.reserved, tuple(self.signs)
        spell = self.named.apply
        plain = self.shape is AS_IS and self.named is AS_IS and not names

        def get(event: Mapping[str, Any], now: float) -> dict[str, Any] | None:
            found = look(event, now)
            if not found:
                return None
            if plain:
                return {
                    prefix + key: value
                    for key, value in found.items()
                    if key not in reserved and not key.startswith(signs)
                }
            made: dict[str, Any] = {}
            for key, value in found.items():
                if key in reserved or key.startswith(signs):
                    continue
                if names and key not in names:
                    continue
                to, said = spell(prefix + (names[key] if names else key)), apply(value)
                # Of purposes that are one category there, the one that was not allowed decides.
                made[to] = made[to] and said if renamed and to in made else said
            return made

        return get

    def members(self) -> Iterator[str]:
        """Yield the member."""
        yield self.path

    def words(self) -> str:
        """Say which, and what is left out."""
        said = f"each of `{self.path}`{self.shape.said}"
        if self.prefix:
            said += f", `{self.prefix}` before its name"
        if self.renamed:
            said += f", called as `{self.renamed}` says"
        if self.named is not AS_IS:
            said += f", its name{self.named.said.removeprefix(',')}"
        if self.room != MANY:
            said += f", as long as there are no more than {self.room} in all"
        left = [f"`{name}`" for name in sorted(self.reserved)]
        left += [f"what begins with `{sign}`" for sign in self.signs]
        return f"{said}, without {', '.join(left)}" if left else said


@dataclass(frozen=True, slots=True)
class NamesIn:
    """
    The keys of a table whose value is, or is not, one of some: a list of texts.

    Attributes:
        path: The member.
        values: The values.
        others: Whether the keys of all other values are meant.
        renamed: A setting that holds another word for some; where it holds any, keys that it does
            not name are left out.
    """

    path: str
    values: tuple[str, ...]
    others: bool = False
    renamed: str = ""

    def bind(self, settings: Settings) -> Get:
        """Return what picks them."""
        look, values, others = Member(self.path).bind(settings), self.values, self.others
        names: Mapping[str, str] = settings.get(self.renamed) or {}

        def get(event: Mapping[str, Any], now: float) -> list[str]:
            return [
                names[key] if names else key
                for key, value in (look(event, now) or {}).items()
                if (value in values) is not others and (not names or key in names)
            ]

        return get

    def members(self) -> Iterator[str]:
        """Yield the member."""
        yield self.path

    def words(self) -> str:
        """Say which."""
        which = " or ".join(f"`{value}`" for value in self.values)
        said = f"the names in `{self.path}` whose value is {'not ' if self.others else ''}{which}"
        return said + (f", called as `{self.renamed}` says" if self.renamed else "")
