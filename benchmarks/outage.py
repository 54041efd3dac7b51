"""
An outage: one sink dead, then slow, while events go on; what the others, memory and writers feel.

Prints how long an acknowledgement took before and during it, how far the other sink was behind,
how much memory grew, and how long the recovery took. Ten minutes by default; `--minutes 1` is
shorter.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

from privacykit.collect.counters import Counters
from privacykit.collect.ports import SendOutcome
from privacykit.delivery.deliverer import Deliverer
from privacykit.delivery.writer import Outbox
from privacykit.errors import SinkError
from privacykit.stores.database.engine import open_engine
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import LATER, row

RATE = 100
"""Events a second."""

SINKS = ("well", "ill")


class _Sink:
    """Takes events; dead, slow or well as it is told."""

    def __init__(self, name: str) -> None:
        self.name, self.state, self.got = name, "well", set()

    async def send(self, batch) -> SendOutcome:
        """Take them, late or not at all."""
        if self.state == "dead":
            raise SinkError("PK166 no answer (it is dead)")
        await asyncio.sleep(5.0 if self.state == "slow" else 0)
        self.got |= {one.envelope.id for one in batch}
        return SendOutcome()

    async def close(self) -> None:
        """Nothing is held."""


class _Orders:
    """Nothing is withdrawn."""

    def stopped(self, _envelopes) -> set[str]:
        """Stop nothing."""
        return set()

    def forget_stops(self, _now: float) -> int:
        """Nothing is kept."""
        return 0


def _finish(ids, _random):
    made = []
    for id_ in ids:
        sample = row(1, sinks=SINKS)
        envelope = type(sample.envelope)(id_, "shop", "analytics", LATER, SINKS)
        made.append(type(sample)(envelope, sample.body))
    return made


async def _emit(outbox: Outbox, seconds: float) -> tuple[list[str], list[float]]:
    ids, spent = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        id_, began = secrets.token_hex(16), time.perf_counter()
        await outbox.put_durably(id_)
        spent.append(time.perf_counter() - began)
        ids.append(id_)
        await asyncio.sleep(1 / RATE)
    return ids, spent


async def _work(folder: str, seconds: float) -> bool:
    store = OutboxStore(open_engine(f"sqlite:///{folder}/events.db", kind="events"))
    store.prepare()
    counters = Counters()
    outbox = Outbox(
        store, finish=_finish, random=os.urandom, clock=time.time, counters=counters, window=0.005
    )
    well, ill = map(_Sink, SINKS)
    deliverer = Deliverer(
        store,
        [well, ill],
        _Orders(),
        clock=time.time,
        chance=lambda: 0.5,
        name=lambda: secrets.token_hex(8),
        counters=counters,
        poll=0.05,
    )
    deliverer.start()
    emitted, before = await _emit(outbox, min(10.0, seconds))
    noted = _noted(emitted, before, well.got, ill.got)
    memory, during = _memory(), []
    for state in ("dead", "slow"):
        ill.state = state
        ids, spent = await _emit(outbox, seconds / 2)
        emitted += ids
        during += spent
        await asyncio.sleep(1.0)
        behind = len(set(emitted) - well.got)
        print(f"{state}: {len(set(emitted) - ill.got):,} wait, the other sink lacks {behind}")
    grown = _memory() - memory
    noted = _noted(emitted, before, during, well.got, ill.got) - noted
    ill.state, began = "well", time.monotonic()
    while set(emitted) - ill.got and time.monotonic() - began < seconds + 120:  # noqa: ASYNC110 - sinks say nothing
        await asyncio.sleep(0.1)
    print(f"recovered in {time.monotonic() - began:.1f} s; {len(emitted):,} events")
    for name, spent in (("before", before), ("during", during)):
        p99 = statistics.quantiles(spent, n=100)[98]
        middle = statistics.median(spent) * 1e3
        print(f"an acknowledgement {name}: {middle:.1f} ms, p99 {p99 * 1e3:.1f} ms")
    print(f"memory grew by {grown:.1f} MB, {noted:.1f} of it what is noted here of events")
    lost = set(emitted) - (well.got & ill.got)
    await asyncio.to_thread(deliverer.stop, 5.0)
    return not lost


def _noted(*noted) -> float:
    """Return the megabytes of lists and sets of ids and times, as the interpreter tells them."""
    return sum(sys.getsizeof(each) + sum(map(sys.getsizeof, each)) for each in noted) / 1e6


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Run it; ends with 1 where an event is lost."""
    parser = argparse.ArgumentParser(description="One sink dead, then slow, for some minutes.")
    parser.add_argument("--minutes", type=float, default=10.0)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        whole = asyncio.run(_work(folder, wanted.minutes * 60))
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
