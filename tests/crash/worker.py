"""
A worker to be killed: produces under load and delivers, until somebody sends SIGKILL. A script.

Arguments: the URL of the events, a folder, and perhaps a broker: a sink's table as JSON.
Standard input: a line per worker to be born. Standard output, each line in one write: ``born PID``,
``in ID RECORD`` (accepted), ``ack ID`` (acknowledged), ``gone PID`` (dead and reaped).
"""

import asyncio
import itertools
import json
import os
import random
import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path

from privacykit.collect.counters import Counters
from privacykit.collect.ports import SendOutcome
from privacykit.delivery import courier
from privacykit.delivery.deliverer import Deliverer
from privacykit.delivery.writer import Outbox
from privacykit.errors import StoreError
from privacykit.sinks import SinkConfig, build
from privacykit.sinks.jsonl import JSONLinesSink
from privacykit.sinks.sql import SQLSink
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.outbox.store import OutboxStore
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.testing.samples import LATER, row

SINKS = ["events", "files", "witness"]
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
        """Ask, and note the moment before; not of what may not leave: another sink may have it."""
        asked, now = list(envelopes), time.monotonic_ns()
        stopped = self._consents.stopped(asked)
        self.at.update((one.id, now) for one in asked if one.id not in stopped)
        return stopped

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
        return SendOutcome()

    async def close(self):
        """Nothing to do."""


class Witnessed(Witness):
    """A sink before which every event and the moment its attempt started is written down."""

    def __init__(self, sink, path, asked):
        super().__init__(path, asked)
        self.name = sink.name
        self._sink = sink

    async def send(self, batch):
        """Write the batch down, and send it."""
        await super().send(batch)
        return await self._sink.send(batch)

    async def close(self):
        """Close the sink."""
        await self._sink.close()


def broker(told, folder, asked, **options):
    """Return the sink whose table *told* is, witnessed."""
    table = json.loads(told)
    options = {**table["options"], **options}
    token = table.get("token")
    config = SinkConfig(
        "broker",
        table["type"],
        time.time,
        url=table["url"],
        token=None if token is None else lambda: token,
        options=options,
    )
    return Witnessed(build(config), f"{folder}/broker.log", asked)


def finish(items, _random):
    """Make rows of items that have an id and a record already."""
    made = []
    for id_, record in items:
        sample = row(1, sinks=SINKS)
        envelope = type(sample.envelope)(
            id_, "shop", "analytics", LATER, tuple(SINKS), None, record
        )
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
        with suppress(StoreError):  # a database that is gone acknowledges nothing
            await outbox.put_durably((id_, record))
            say(f"ack {id_}")


async def work(url, folder, *told):
    """Produce and deliver."""
    courier.LEASE_SECONDS, courier.MARGIN_SECONDS = 1.0, 0.5
    store, sinks, asked = stores(*engines(url, folder), folder)
    if told:
        # A broker that is down for a moment is asked again while this worker lives.
        courier.FIRST_PAUSE_SECONDS = courier.LONGEST_PAUSE_SECONDS = 0.05
        SINKS.append("broker")
        sinks.append(broker(*told, folder, asked))
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


def main(*told):
    """Give birth to workers on demand: a fork is quicker than to import all of it again."""
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            say(f"born {os.getpid()}")
            asyncio.run(work(*told))
        os.waitpid(child, 0)
        say(f"gone {child}")


if __name__ == "__main__":
    main(*sys.argv[1:])
