"""Lines 18 and 19: sinks against hand-written loops, group commit against bare logs."""

from __future__ import annotations

import asyncio
import os
import queue
import secrets
import sqlite3
import statistics
import tempfile
import threading
import time
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg

from benchmarks.measure import Row
from privacykit.collect.counters import Counters
from privacykit.delivery.writer import Outbox
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.event_tables import flatten_event
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.periods import Period
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import LATER, NOW, row

PRODUCERS = 64
EACH = 200
BATCHES, BATCH = 10, 1000
COMMITS, COMMIT = 10, 512
SERVER = "127.0.0.1:5432"


def run(rounds: int) -> list[Row]:
    """Measure."""
    rounds = max(3, rounds // 5)
    return [*_group_commit(rounds), *_cpu_of_commits(rounds), *_sqlite(rounds), *_postgres(rounds)]


class _Log:
    """The floor: an append-only log and fdatasync, without tables, ids or leases."""

    def __init__(self, folder: str) -> None:
        self._file = os.open(f"{folder}/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def prepare(self) -> None:
        pass

    def add(self, rows, _now) -> list[str]:
        os.write(self._file, b"\n".join(one.body for one in rows) + b"\n")
        os.fdatasync(self._file)
        return []


def _outbox(folder: str, name: str) -> OutboxStore:
    store = OutboxStore(open_engine(f"sqlite:///{folder}/{name}.db", kind="events"))
    store.prepare()
    return store


def _group_commit(rounds: int) -> list[Row]:
    samples = [row(number) for number in range(PRODUCERS * EACH + 1)]
    spent: dict[str, list[tuple[float, float]]] = {"one": [], "grouped": [], "log": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            spent["one"].append(_one_by_one(_outbox(folder, "one"), samples))
            spent["grouped"].append(_grouped(_outbox(folder, "grouped"), samples))
            spent["log"].append(_grouped(_Log(folder), samples))
    each = {name: statistics.median(one for one, _ in found) for name, found in spent.items()}
    p99 = {name: statistics.median(late for _, late in found) for name, found in spent.items()}
    return [
        Row.of(
            "outbox.each",
            f"awaited events a second, {PRODUCERS} tasks ÷ a commit for each (wall)",
            each["one"] / each["grouped"],
            note=f"one commit takes {each['one'] * 1e6:.0f} us here; a slower disk gives more",
        ),
        Row.of(
            "outbox.p99",
            "their p99 ÷ that of a commit for each (wall)",
            p99["grouped"] / p99["one"],
        ),
        Row.of(
            "outbox.log",
            "awaited events a second ÷ the same over a bare log with fdatasync (wall)",
            each["log"] / each["grouped"],
        ),
    ]


def _cpu_of_commits(rounds: int) -> list[Row]:
    """Return what a commit of 512 events costs in CPU, each for an event, beside the bare log."""
    batches = [
        [row(one * COMMIT + two) for two in range(COMMIT)] for one in range(COMMITS * rounds)
    ]
    spent: dict[str, list[float]] = {"ours": [], "log": []}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        ours, log = _outbox(folder, "ours"), _Log(folder)
        for batch in batches:
            spent["ours"].append(_cpu(lambda batch=batch: ours.add(batch, NOW)) / COMMIT)
            spent["log"].append(_cpu(lambda batch=batch: log.add(batch, NOW)) / COMMIT)
    each = {name: statistics.median(found) for name, found in spent.items()}
    return [
        Row.of(
            "outbox.cpu",
            f"microseconds of CPU to commit an event, at {COMMIT} a commit",
            each["ours"] * 1e6,
            note=f"the bare log takes {each['log'] * 1e6:.2f}",
        ),
    ]


async def _produce(put, each: int) -> tuple[float, float]:
    late: list[float] = []

    async def producer() -> None:
        for _ in range(each):
            began = time.perf_counter()
            await put()
            late.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(producer() for _ in range(PRODUCERS)))
    spent = time.perf_counter() - began
    return spent / len(late), sorted(late)[int(len(late) * 0.99)]


def _grouped(store, samples) -> tuple[float, float]:
    take = iter(samples)
    box = Outbox(
        store,
        finish=lambda items, _: [next(take) for _ in items],
        random=os.urandom,
        clock=time.time,
        counters=Counters(),
    )
    try:
        asyncio.run(box.put_durably(None))
        return asyncio.run(_produce(lambda: box.put_durably(None), EACH))
    finally:
        box.stop()


def _one_by_one(store, samples) -> tuple[float, float]:
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    numbers = count()

    def commit() -> None:
        while (told := waiting.get()) is not None:
            loop, future = told
            store.add([samples[next(numbers) % len(samples)]], NOW)
            loop.call_soon_threadsafe(future.set_result, None)

    async def put() -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        waiting.put((loop, future))
        await future

    writer = threading.Thread(target=commit)
    writer.start()
    try:
        return asyncio.run(_produce(put, 10))
    finally:
        waiting.put(None)
        writer.join()


def _batches():
    return [[row(one * BATCH + two) for two in range(BATCH)] for one in range(BATCHES)]


def _sqlite(rounds: int) -> list[Row]:
    batches = _batches()
    spent: dict[str, list[float]] = {"ours": [], "hand": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            store = _store(f"sqlite:///{folder}/ours.db")
            spent["ours"].append(_cpu(lambda store=store: [store.add(it, NOW) for it in batches]))
            _store(f"sqlite:///{folder}/hand.db")
            month = f"{folder}/hand_{Period.of(LATER).name}.db"
            with closing(sqlite3.connect(month, isolation_level=None)) as raw:
                for pragma in ("journal_mode=wal", "synchronous=full", "secure_delete=on"):
                    raw.execute(f"pragma {pragma}")
                spent["hand"].append(_cpu(lambda raw=raw: _by_hand(raw, batches)))
    ratio = min(spent["hand"]) / min(spent["ours"])
    what = "SQLite sink, events a second ÷ a hand-written executemany"
    return [Row.of("outbox.sqlite", what, ratio)]


def _store(url: str) -> EventStore:
    store = EventStore(open_engine(url, kind="events"))
    store.ensure_periods(NOW, 5)
    return store


def _by_hand(raw, batches) -> None:
    marks = ", ".join("?" * 10)
    for batch in batches:
        rows = [flatten_event(one, record=False) for one in batch]
        raw.execute("begin immediate")
        raw.executemany(f"insert or ignore into event_periods values ({marks})", rows)
        raw.execute("commit")


def _cpu(work) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _postgres(rounds: int) -> list[Row]:
    batches = _batches()
    spent: dict[str, list[float]] = {"ours": [], "copy": [], "insert": []}
    for _ in range(rounds):
        for kind, found in spent.items():
            found.append(_on_postgres(kind, batches))
    ours = min(spent["ours"])
    what = "PostgreSQL sink, events a second"
    note = "client and server CPU"
    return [
        Row.of("outbox.copy", f"{what} ÷ bare COPY", min(spent["copy"]) / ours, note),
        Row.of("outbox.insert", f"{what} ÷ executemany", min(spent["insert"]) / ours),
    ]


def _on_postgres(kind: str, batches) -> float:
    name = f"pk_bench_{secrets.token_hex(4)}"
    with psycopg.connect(f"postgresql://postgres@{SERVER}/postgres", autocommit=True) as admin:
        admin.execute(f"create database {name}")
        try:
            store = _store(f"postgresql+psycopg://postgres@{SERVER}/{name}")
            store.add([row(10**6)], NOW)
            with psycopg.connect(f"postgresql://postgres@{SERVER}/{name}") as raw:
                pids = admin.execute(
                    "select pid from pg_stat_activity where datname = %s", (name,)
                ).fetchall()
                before = sum(_cpu_of(pid) for (pid,) in pids)
                work = {
                    "ours": lambda: [store.add(batch, NOW) for batch in batches],
                    "copy": lambda: _copy(raw, batches),
                    "insert": lambda: _insert(raw, batches),
                }
                client = _cpu(work[kind])
                return client + sum(_cpu_of(pid) for (pid,) in pids) - before
        finally:
            admin.execute(f"drop database {name} with (force)")


def _cpu_of(pid: int) -> float:
    """Return the seconds that the server's process *pid* ran, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _copy(raw, batches) -> None:
    for batch in batches:
        with raw.cursor() as cursor, cursor.copy("copy event_periods from stdin") as copy:
            for one in batch:
                copy.write_row(flatten_event(one, record=False))
        raw.commit()


def _insert(raw, batches) -> None:
    marks = ", ".join(["%s"] * 10)
    for batch in batches:
        rows = [flatten_event(one, record=False) for one in batch]
        with raw.cursor() as cursor:
            cursor.executemany(
                f"insert into event_periods values ({marks}) on conflict do nothing", rows
            )
        raw.commit()
