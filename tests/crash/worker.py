"""
A worker to be killed: produces under load and delivers, until somebody sends SIGKILL. A script.

Standard input: a line per worker to be born. Standard output, each line in one write: ``born PID``,
``in ID RECORD`` (accepted), ``ack ID`` (acknowledged), ``gone PID`` (dead and reaped).
"""

import asyncio
import itertools
import os
import random
import secrets
import sys
import time
from pathlib import Path

from privacykit.collect.counters import Counters
from privacykit.collect.ports import Outcome
from privacykit.sinks import courier
from privacykit.sinks.delivery import Deliverer
from privacykit.sinks.jsonl import JSONLinesSink
from privacykit.sinks.sql import SQLSink
from privacykit.stores.engine import open_engine
from privacykit.stores.events import EventStore
from privacykit.stores.outbox import Outbox
from privacykit.stores.outbox_sql import OutboxStore
from privacykit.stores.records import SqlConsentStore
from privacykit.testing.samples import LATER, row

SINKS = ("events", "files", "witness")
RECORDS = 40
PRODUCERS = 16


def say(line):
    """Tell the parent; what is written survives us."""
    os.write(1, f"{line}\n".encode())


class Asked:
    """A consent store that notes when it was last asked about an event: an attempt starts there."""

    def __init__(self, consents):
        self._consents = consents
        self.at = {}

    def stopped(self, envelopes):
        """Ask, and note the moment before."""
        now = time.monotonic_ns()
        self.at.update((one.id, now) for one in envelopes)
        return self._consents.stopped(envelopes)

    def forget_stops(self, now):
        """Forget them."""
        return self._consents.forget_stops(now)


class Witness:
    """A sink that writes down every event and the moment its attempt started, again and again."""

    name = "witness"

    def __init__(self, path, asked):
        self._path = path
        self._asked = asked

    async def send(self, batch):
        """Write the batch down."""
        ids = [one.envelope.id for one in batch]
        lines = "".join(f"{self._asked.at[id_]} {id_}\n" for id_ in ids)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, lines.encode())
        os.close(file)
        return Outcome()

    async def close(self):
        """Nothing to do."""


def finish(items, _random):
    """Make rows of items that have an id and a record already."""
    made = []
    for id_, record in items:
        sample = row(1, sinks=SINKS)
        envelope = type(sample.envelope)(id_, "shop", "analytics", LATER, SINKS, None, record)
        made.append(type(sample)(envelope, sample.body.replace(ids_of_sample, id_.encode())))
    return made


ids_of_sample = row(1).envelope.id.encode()


def engines(url, folder):
    """Open the databases."""
    records = open_engine(f"sqlite:///{folder}/records.db", kind="records")
    return open_engine(url, kind="events"), records


def stores(engine, records, folder):
    """Return the outbox, the sinks and the consents."""
    asked = Asked(SqlConsentStore(records))
    sinks = [
        SQLSink("events", EventStore(engine), clock=time.time),
        JSONLinesSink("files", Path(folder), stem="files"),
        Witness(f"{folder}/witness.log", asked),
    ]
    return OutboxStore(engine), sinks, asked


def deliverer(outbox, sinks, asked, clock=time.time):
    """Return what delivers."""
    return Deliverer(
        outbox,
        sinks,
        asked,
        clock=clock,
        chance=random.random,
        name=lambda: secrets.token_hex(8),
        counters=Counters(),
        poll=0.01,
    )


async def produce(outbox):
    """Emit as fast as acknowledgements come, and faster: every fourth is not waited for."""
    for number in itertools.count():
        id_, record = secrets.token_hex(16), f"record-{random.randrange(RECORDS)}"
        if number % 4 == 0:
            if outbox.put((id_, record)):
                say(f"in {id_} {record}")
            continue
        say(f"in {id_} {record}")
        await outbox.put_durably((id_, record))
        say(f"ack {id_}")


async def work(url, folder):
    """Produce and deliver."""
    courier.LEASE_SECONDS, courier.MARGIN_SECONDS = 1.0, 0.5
    store, sinks, asked = stores(*engines(url, folder), folder)
    outbox = Outbox(
        store,
        finish=finish,
        random=os.urandom,
        clock=time.time,
        counters=Counters(),
        window=0.01,
    )
    deliverer(store, sinks, asked).start()
    await asyncio.gather(*(produce(outbox) for _ in range(PRODUCERS)))


def main(url, folder):
    """Give birth to workers on demand: a fork is quicker than to import all of it again."""
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            say(f"born {os.getpid()}")
            asyncio.run(work(url, folder))
        os.waitpid(child, 0)
        say(f"gone {child}")


if __name__ == "__main__":
    main(*sys.argv[1:])
