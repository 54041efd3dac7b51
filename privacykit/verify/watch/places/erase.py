"""The erasure of what made-up people left: their events, wherever they can be reached. Does I/O."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import NamedTuple

import anyio

from privacykit.collect.ports import Envelope
from privacykit.errors import BackendError, ConfigurationError
from privacykit.settings.backends import sink_config
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import EVENT_STORE, named_sinks
from privacykit.settings.paths import Paths
from privacykit.settings.types import SinkTable
from privacykit.sinks import SinkConfig, build, kind_of
from privacykit.sinks.deletes import Deletes, Deletion
from privacykit.sinks.jsonl import JSONLinesSink
from privacykit.stores.events.event_tables import HeldBy
from privacykit.stores.outbox.store import OutboxStore
from privacykit.verify.watch.places.placed import OUTBOX, EventPlaces

OWN = (EVENT_STORE, OUTBOX)
"""What is ours, and must be empty of made-up people after each run."""


class Erased(NamedTuple):
    """
    What was erased.

    Attributes:
        rows: How many events, each counted at each place.
        left: Places that keep them, and why.
    """

    rows: int
    left: dict[str, str]


def erase_events(
    settings: Settings,
    paths: Paths,
    places: EventPlaces,
    ids: Mapping[str, Collection[str]],
    holds: Collection[HeldBy],
    clock: Callable[[], float],
) -> Erased:
    """
    Erase events by their ids.

    Args:
        settings: The configuration.
        paths: Finds what it names.
        places: Where they are.
        ids: Their ids, by place.
        holds: What may not be destroyed.
        clock: Unix seconds.

    Returns:
        What became of them. Nothing is raised for a place that fails: it is named.
    """
    every = {id_ for some in ids.values() for id_ in some}
    if not every:
        return Erased(0, {})
    rows, left = 0, dict[str, str]()
    tables = {name: (f"sinks.{i}", table) for i, name, table in named_sinks(settings)}
    work: dict[str, Callable[[], int | None]] = {
        OUTBOX: partial(_from_outbox, places, every),
        EVENT_STORE: partial(_from_store, places, every, tuple(holds)),
    }
    for name, (where, table) in tables.items():
        config = sink_config(table, name, where, paths, clock)
        # A sink that was not read may have taken any of them.
        theirs = every if name in places.unread else set(ids.get(name, ()))
        if theirs:
            work[name] = partial(_from_sink, places, table, config, theirs)
    for name, erase in work.items():
        try:
            done = erase()
        except (BackendError, ConfigurationError, OSError) as error:
            left[name] = f"erasing failed ({type(error).__name__})"
            continue
        if done is None:
            left[name] = "this kind of sink erases no single events"
        else:
            rows += done
    return Erased(rows, left)


def _from_outbox(places: EventPlaces, ids: set[str]) -> int:
    engine = places.engine_of_outbox()
    if engine is None:
        return 0
    outbox = OutboxStore(engine)
    outbox.prepare()

    def among(envelopes: list[Envelope]) -> set[str]:
        return {one.id for one in envelopes} & ids

    return outbox.sweep(among)


def _from_store(places: EventPlaces, ids: set[str], holds: tuple[HeldBy, ...]) -> int:
    engine = places.engine_of_events()
    return 0 if engine is None else places.store(engine).forget_ids(sorted(ids), holds)


def _from_sink(
    places: EventPlaces, table: SinkTable, config: SinkConfig, ids: set[str]
) -> int | None:
    """Return how many went, ``None`` where the other end cannot be asked for single events."""
    if table.type == "sql" and table.url is not None:
        engine = places.engine_of_sink(config.name, table.url)
        return 0 if engine is None else places.store(engine).forget_ids(sorted(ids))
    if table.type == "jsonl":
        sink = build(config)
        assert isinstance(sink, JSONLinesSink)
        return anyio.run(_erase_lines, sink, ids)
    kind = kind_of(table.type)
    deleter = kind.deleter(config) if kind is not None and kind.deleter is not None else None
    if deleter is None or deleter.found_by != "event":
        return None
    return anyio.run(_delete, deleter, tuple(sorted(ids)))


async def _delete(deleter: Deletes, ids: tuple[str, ...]) -> int | None:
    """Return how many were asked for; ``None`` where the other end is not done with them."""
    try:
        done = await deleter.delete(Deletion(ids))
    finally:
        await deleter.close()
    return len(ids) if done.left is None and not done.failed else None


async def _erase_lines(sink: JSONLinesSink, ids: set[str]) -> int:
    try:
        return await sink.erase(ids)
    finally:
        await sink.close()
