"""The standing of sinks: what waits, how old it is, what they refused. Reads the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from privacykit.cli.sinks.draining import lost_lines
from privacykit.collect.ports import Reachable, Sink
from privacykit.delivery.at_once import at_once
from privacykit.errors import SinkError
from privacykit.settings.backends import Backends
from privacykit.stores.outbox.troubles import NotedTrouble

DAY_SECONDS = 86_400

STUCK_SECONDS = 7200
"""How long events may wait where no failure is known; a sink may gather them for an hour."""

STUCK = "PK474 events wait for"


class SinkStanding(msgspec.Struct):
    """
    How one sink stands.

    Attributes:
        name: Its name.
        type: Its kind; empty where the file knows no sink of this name.
        waiting: Events that wait for it.
        oldest: Unix seconds since which the oldest of them waits.
        kept_aside: Events that it refused for good, by reason.
        lost: Events that left in the last 90 days and are nowhere, by reason.
        lost_lately: How many of them today or yesterday, in UTC.
        trouble: What is wrong with it: what it answers now where it was asked, else what kept it
            from taking events when that was last tried.
        noted: How that last delivery ended, where it failed.
    """

    name: str
    type: str = ""
    waiting: int = 0
    oldest: float | None = None
    kept_aside: dict[str, int] = {}
    lost: dict[str, int] = {}
    lost_lately: int = 0
    trouble: str = ""
    noted: NotedTrouble | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing of it asks for somebody: what was lost long ago cannot be mended."""
        return not (self.trouble or self.kept_aside or self.lost_lately)


def standings(backends: Backends, now: float, *, connect: bool) -> list[SinkStanding]:
    """
    Return how every sink stands that is configured, or that events still wait for.

    Args:
        backends: The stores and sinks.
        now: Unix seconds.
        connect: Whether each is asked if it would take events.
    """
    depths = {depth.sink: depth for depth in backends.outbox.depths()}
    types = backends.sink_types()
    noted = backends.outbox.troubles.read()
    losses, lately = (backends.outbox.losses.read(since) for since in (0.0, now - DAY_SECONDS))
    found = []
    for name in [*types, *sorted({*depths, *losses} - set(types))]:
        depth = depths.get(name)
        refused = backends.outbox.rejected(name) if depth and depth.rejected else ()
        standing = SinkStanding(
            name,
            types.get(name, ""),
            depth.pending if depth else 0,
            depth.oldest if depth else None,
            dict(Counter(one.reason for one in refused)),
            losses.get(name, {}),
            sum(lately.get(name, {}).values()),
        )
        if name not in types and depth is None:
            pass  # it was taken out of the file, and nothing waits for it
        elif name not in types:
            standing.trouble = "PK175 no sink of this name is configured"
        else:
            standing.noted = noted.get(name)
            if connect:
                standing.trouble = _asked(backends.sink(name))
            elif standing.noted:
                standing.trouble = standing.noted.said
            if depth and depth.oldest and not standing.noted and not standing.trouble:
                standing.trouble = _stuck(now - depth.oldest)
        found.append(standing)
    return found


def _asked(sink: Sink) -> str:
    try:
        if isinstance(sink, Reachable):
            at_once(sink, sink.answers())
    except SinkError as error:
        return str(error)
    return ""


def _stuck(waited: float) -> str:
    if waited < STUCK_SECONDS:
        return ""
    return f"{STUCK} {_lasted(waited)}, and no failure is known: look whether a worker runs"


def lines_of(found: Sequence[SinkStanding], now: float, *, asked: bool) -> Iterator[str]:
    """
    Yield what is to be said of *found*.

    Args:
        found: The standings.
        now: Unix seconds.
        asked: Whether the sinks were asked.
    """
    for one in found:
        since = f", the oldest for {_lasted(now - one.oldest)}" if one.oldest is not None else ""
        yield f"{one.name:<20} {one.type or '-':<10} {one.waiting} waiting{since}"
        for reason, n in sorted(one.kept_aside.items()):
            yield f"  {n} kept aside: {reason}"
        yield from lost_lines(one.lost)
        if one.lost_lately:
            yield f"  {one.lost_lately} of them since yesterday, in UTC"
        if one.trouble and (asked or one.noted is None):
            yield f"  {one.trouble}"
        if one.noted:
            yield f"  {_told(one.noted, now)}"
    if found and not asked:
        yield "as the last deliveries ended; nobody was asked: --connect asks each sink now"


def _told(noted: NotedTrouble, now: float) -> str:
    tries = f"{noted.attempts} attempts" if noted.attempts > 1 else "1 attempt"
    again = (
        f"left alone for {_lasted(noted.again - now)} more" if noted.again > now else "due again"
    )
    failed = f"failed {_lasted(now - noted.at)} ago, {tries} in {_lasted(noted.at - noted.since)}"
    return f"the last delivery {failed}, {again}: {noted.said}"


def _lasted(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(0, int(seconds))} s"
