"""``privacykit worker``: deliver the outbox, make periods and end retention, on a timer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.terminal.ending import Ending
from privacykit.settings.paths import DEFAULT_FILE, Paths

if TYPE_CHECKING:
    from privacykit.delivery.deliverer import Deliverer
    from privacykit.delivery.sink_counts import SinkCounts
    from privacykit.operate.schedule import ScheduledJobs
    from privacykit.stores.outbox.store import OutboxStore

LOOK_SECONDS = 5.0
"""How often a worker looks for troubles to report."""

CHORES = "requests and retention"
"""What chores are called when they fail."""

DEADLINE_SECONDS = 10.0
"""How long attempts that run may take to end when the worker is told to."""


class SinkStatus(msgspec.Struct):
    """
    What a worker has to say of one sink.

    Attributes:
        name: The sink's name.
        delivered: Events it took since the worker started.
        retried: How often events were put back to be sent again.
        rejected: Events it refused for good.
        dropped: Events it threw away, as it says itself.
        perhaps: Attempts without a clear answer.
        given_up: Events not sent again after one, as `unclear = "leave"` wants.
        stopped: Events that must not leave any more, dropped right before they would have.
        expired: Events that expired before they were sent.
        waiting: Rows in the outbox for it now.
        oldest: Unix seconds at which the oldest of them was added.
        kept_aside: Rows it refused for good that are still kept.
        trouble: What keeps it from working.
    """

    name: str
    delivered: int = 0
    retried: int = 0
    rejected: int = 0
    dropped: int = 0
    perhaps: int = 0
    given_up: int = 0
    stopped: int = 0
    expired: int = 0
    waiting: int = 0
    oldest: float | None = None
    kept_aside: int = 0
    trouble: str = ""


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    add(app, "worker", worker, "privacykit worker --once", summary="Deliver events, keep periods.")


def worker(
    config: CONFIG = DEFAULT_FILE,
    json: JSON = False,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end.")] = False,
) -> None:
    """
    Deliver the outbox, make periods ahead and drop what has expired, until told to end.

    Recipients of requests are told, and the retention rules that were confirmed are run, too.

    Any number of workers may run at once, and beside servers that deliver by themselves.
    """
    from privacykit.cli.report.kept import keeper_of
    from privacykit.cli.sinks.draining import swept as swept_by
    from privacykit.collect.counters import Counters
    from privacykit.operate.schedule import ScheduledJobs
    from privacykit.settings.backends import Backends
    from privacykit.settings.load import load

    counters = Counters()
    backends = Backends(load(config), Paths.beside(config), counters=counters, clock=time.time)
    deliverer = backends.deliverer()
    backends.outbox.prepare()
    chores = ScheduledJobs(config, time.time, keeper_of(config, load(config)))
    if once:
        deliverer.run_once()
        _report({}, {CHORES: trouble} if (trouble := chores.do(lambda: False)) else {})
    else:
        _deliver_until_told(deliverer, chores)
    sinks = _sinks(deliverer.tallies, deliverer.troubles, backends.outbox)
    swept = swept_by(backends)
    if json:
        say_json({"sinks": sinks, "swept": swept})
    else:
        _say(sinks)
        say("swept while they waited: {stopped} stopped, {expired} expired".format(**swept))
    if any(tally.rejected or tally.lost for tally in deliverer.tallies.values()):
        stop(Exit.FOUND)
    if any(sink.trouble for sink in sinks):
        stop(Exit.PARTLY)


def _deliver_until_told(deliverer: Deliverer, chores: ScheduledJobs) -> None:
    ending = Ending()
    deliverer.start()
    known: dict[str, str] = {}
    trouble = ""
    try:
        while not ending.wait(LOOK_SECONDS):
            troubles = dict(deliverer.troubles)
            if chores.due(time.time()):
                trouble = chores.do(lambda: ending.told)
            if trouble:
                troubles[CHORES] = trouble
            _report(known, troubles)
            known = troubles
    finally:
        deliverer.stop(DEADLINE_SECONDS)


def _report(known: Mapping[str, str], troubles: Mapping[str, str]) -> None:
    for name in sorted({*known, *troubles}):
        if known.get(name) != troubles.get(name):
            warn(f"{name}: {troubles.get(name, 'works again')}")


def _sinks(
    tallies: Mapping[str, SinkCounts], troubles: Mapping[str, str], outbox: OutboxStore
) -> list[SinkStatus]:
    from privacykit.cli.sinks.draining import left_alone

    noted, now = outbox.troubles.read(), time.time()
    found = {
        name: SinkStatus(name, **msgspec.structs.asdict(tally), trouble=troubles.get(name, ""))
        for name, tally in tallies.items()
    }
    for depth in outbox.depths():
        if depth.sink not in found:
            found[depth.sink] = SinkStatus(
                depth.sink, trouble="PK175 no sink of this name is configured"
            )
        sink = found[depth.sink]
        sink.waiting, sink.oldest, sink.kept_aside = depth.pending, depth.oldest, depth.rejected
        if depth.pending and not sink.trouble and depth.sink in noted:
            sink.trouble = left_alone(noted[depth.sink], now)
    return list(found.values())


def _say(sinks: list[SinkStatus]) -> None:
    for sink in sinks:
        lost = f", {sink.dropped} dropped, {sink.given_up} given up"
        done = f"{sink.delivered} delivered, {sink.stopped} stopped, {sink.expired} expired"
        done += lost if sink.dropped or sink.given_up else ""
        left = f"{sink.waiting} waiting, {sink.kept_aside} kept aside"
        say(f"{sink.name:<20} {done}; {left}")
        if sink.trouble:
            warn(f"{sink.name}: {sink.trouble}")
