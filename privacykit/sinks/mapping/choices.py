"""Sources of mapped values that depend on the event, or on a setting. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privacykit.sinks.mapping.shapes import AS_IS, ValueShape
from privacykit.sinks.mapping.sources import Const, Get, Member, Settings, ValueSource


class Chosen:
    """A constant for each text that a member may have, and *otherwise* for any other."""

    __slots__ = ("otherwise", "path", "table")

    def __init__(self, path: str, table: Mapping[str, Any], otherwise: ValueSource) -> None:
        self.path = path
        self.table = dict(table)
        self.otherwise = otherwise

    def bind(self, settings: Settings) -> Get:
        """Return what looks the text up."""
        look = Member(self.path).bind(settings)
        table, otherwise = self.table, self.otherwise.bind(settings)

        def get(event: Mapping[str, Any], now: float) -> Any:  # noqa: ANN401 - any JSON
            found = table.get(look(event, now))
            return otherwise(event, now) if found is None else found

        return get

    def members(self) -> Iterator[str]:
        """Yield the member and those of the other source."""
        yield self.path
        yield from self.otherwise.members()

    def words(self) -> str:
        """Say each case."""
        cases = [f"`{value}` if `{self.path}` is `{text}`" for text, value in self.table.items()]
        return ", ".join([*cases, f"else {self.otherwise.words()}"])


class Only:
    """*source* where the member *path* is *value*; nothing elsewhere."""

    __slots__ = ("path", "source", "value")

    def __init__(self, path: str, value: str, source: ValueSource) -> None:
        self.path = path
        self.value = value
        self.source = source

    def bind(self, settings: Settings) -> Get:
        """Return what looks first."""
        look, get = Member(self.path).bind(settings), self.source.bind(settings)
        wanted = self.value
        return lambda event, now: get(event, now) if look(event, now) == wanted else None

    def members(self) -> Iterator[str]:
        """Yield the member and those of the source."""
        yield self.path
        yield from self.source.members()

    def words(self) -> str:
        """Say when."""
        return f"{self.source.words()}, where `{self.path}` is `{self.value}`"


class BySite:
    """
    The setting *name*: the same for every site, or a table with an entry for each site's id.

    Of a site that is not in the table there is no value.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def bind(self, settings: Settings) -> Get:
        """Return what looks the site up."""
        value = settings.get(self.name)
        if not isinstance(value, Mapping):
            return lambda _event, _now: value
        look = Member("data.site").bind(settings)
        return lambda event, now: value.get(look(event, now))

    def members(self) -> Iterator[str]:
        """Yield nothing: the site is only looked up."""
        return iter(())

    def words(self) -> str:
        """Name the key."""
        return f"the key `{self.name}` of the sink, for the event's site"


class Allowed:
    """*yes* where the purpose that the setting *name* names was allowed, else *no*."""

    __slots__ = ("name", "no", "yes")

    def __init__(self, name: str, yes: Const, no: Const) -> None:
        self.name = name
        self.yes = yes
        self.no = no

    def bind(self, settings: Settings) -> Get:
        """Return what looks the decision up; without the setting it is *no*."""
        purpose, yes, no = settings.get(self.name), self.yes.value, self.no.value
        look = Member("data.consent.purposes").bind(settings)

        def get(event: Mapping[str, Any], now: float) -> Any:  # noqa: ANN401 - any JSON
            return yes if (look(event, now) or {}).get(purpose) == "allow" else no

        return get

    def members(self) -> Iterator[str]:
        """Yield the decisions."""
        yield "data.consent.purposes"

    def words(self) -> str:
        """Say when."""
        return (
            f"`{self.yes.value}` where the purpose that the key `{self.name}` of the sink names is "
            f"`allow`, else `{self.no.value}`"
        )


class EntryOf:
    """
    The entry of the table *path* that the setting *setting* names, in *shape*.

    Args:
        path: A member that is a table of the site's own names.
        setting: A key of the sink's table, whose value is one of them.
        shape: Of the value.
    """

    __slots__ = ("path", "setting", "shape")

    def __init__(self, path: str, setting: str, shape: ValueShape = AS_IS) -> None:
        self.path = path
        self.setting = setting
        self.shape = shape

    def bind(self, settings: Settings) -> Get:
        """Return what looks it up."""
        look, apply = Member(self.path).bind(settings), self.shape.apply
        name = settings.get(self.setting)

        def get(event: Mapping[str, Any], now: float) -> Any:  # noqa: ANN401 - any JSON
            value = (look(event, now) or {}).get(name)
            return None if value is None else apply(value)

        return get

    def members(self) -> Iterator[str]:
        """Yield the table."""
        yield self.path

    def words(self) -> str:
        """Say which."""
        return f"of `{self.path}` the one that the key `{self.setting}` names{self.shape.said}"


class IfSet:
    """*source* where the setting *name* is on; nothing elsewhere."""

    __slots__ = ("name", "source")

    def __init__(self, name: str, source: ValueSource) -> None:
        self.name = name
        self.source = source

    def bind(self, settings: Settings) -> Get:
        """Return the source's, or nothing."""
        return self.source.bind(settings) if settings.get(self.name) else lambda _event, _now: None

    def members(self) -> Iterator[str]:
        """Yield those of the source."""
        return self.source.members()

    def words(self) -> str:
        """Say when."""
        return f"{self.source.words()}, where `{self.name}` is set"
