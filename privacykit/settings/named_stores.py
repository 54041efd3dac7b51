"""Stores and sinks that a configuration names or leaves unsaid; none is opened here. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from privacykit.settings.model import Settings
from privacykit.settings.types import SinkTable
from privacykit.settings.values import Url

if TYPE_CHECKING:
    from privacykit.collect.site import SinkRule

DEFAULT_EVENTS = "sqlite:///privacykit-events.db"

EVENT_STORE = "events"
"""Name of the sink that is our own event store."""


def outbox_url(settings: Settings) -> Url:
    """Return where the outbox is: with the events, unless it has a database of its own."""
    return settings.outbox.url or settings.events.url or DEFAULT_EVENTS


def named_sinks(settings: Settings) -> Iterator[tuple[int, str, SinkTable]]:
    """Yield each ``[[sinks]]`` with its number and the name it goes by."""
    for i, table in enumerate(settings.sinks):
        yield i, table.name or f"{table.type}-{i}", table


def sink_rules(settings: Settings) -> list[SinkRule]:
    """Return which events each sink may take; the event store takes those of all purposes."""
    from privacykit.collect.site import SinkRule  # a server's: commands look at names only

    rules = [
        SinkRule(
            name,
            frozenset(table.purposes),
            table.role,
            None if table.sites is None else frozenset(table.sites),
        )
        for _, name, table in named_sinks(settings)
    ]
    if settings.events.url is not None:
        every = frozenset(settings.purposes)
        rules.insert(0, SinkRule(EVENT_STORE, every, "processor"))
    return rules
