"""The drain of one sink, because a person asks: no pause is kept. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from privacykit.cli.terminal.words import many
from privacykit.delivery.sink_counts import SinkCounts
from privacykit.settings.backends import Backends
from privacykit.stores.outbox.troubles import NotedTrouble


class Drained(msgspec.Struct):
    """
    How a drain ended.

    Attributes:
        sink: The sink's name.
        tally: What became of its events.
        waiting: Events that still wait for it.
        trouble: What keeps it from taking them.
        swept: Events of all sinks that were stopped, and that expired, while they waited.
    """

    sink: str
    tally: SinkCounts
    waiting: int = 0
    trouble: str = ""
    swept: dict[str, int] = {}


def drained(backends: Backends, name: str) -> Drained:
    """
    Deliver what waits for the sink called *name*, though it was to be left alone for a while.

    Raises:
        InputError: There is no such sink.
        StoreError: The outbox or the consent store failed.
    """
    deliverer = backends.deliverer(name)
    backends.outbox.hurry(name)
    tally = deliverer.run_once()[name]
    waiting = sum(one.pending for one in backends.outbox.depths() if one.sink == name)
    trouble = deliverer.troubles.get(name, "")
    if waiting and not trouble:
        trouble = "PK472 the sink put events off, or another worker has them: drain it again later"
    return Drained(name, tally, waiting, trouble, swept(backends))


def swept(backends: Backends) -> dict[str, int]:
    """Return how many events of all sinks were stopped, and expired, while they waited."""
    return {kind: backends.counters.of(f"outbox_{kind}") for kind in ("stopped", "expired")}


def became(tally: SinkCounts) -> str:
    """Say what became of events, of what there is always and of what there is."""
    rare = ("dropped", "given_up", "stopped", "expired")
    counts = msgspec.structs.asdict(tally)
    words = [f"{counts[name]} {name.replace('_', ' ')}" for name in rare if counts[name]]
    return ", ".join([f"{tally.delivered} delivered", f"{tally.rejected} rejected", *words])


def lost_lines(losses: Mapping[str, int]) -> Iterator[str]:
    """Yield how many events are nowhere, by reason."""
    for reason, n in sorted(losses.items()):
        yield f"  {many(n, 'event')} lost in 90 days: {reason}"


def left_alone(noted: NotedTrouble, now: float) -> str:
    """Return why a sink was not tried at *now*; empty where it is due."""
    if noted.again <= now:
        return ""
    return f"{noted.said} (left alone for {int(noted.again - now) + 1} s more: `sinks drain` asks)"
