"""The shop twice on one database server, once for us and once for SQL by hand, and its clocks."""

from __future__ import annotations

import secrets
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, create_engine, text

from benchmarks.rights_sql import ByHand
from examples.shop.database import Rows
from examples.shop.database.people import shop_means
from privacykit.govern.erasure.context import GovernContext
from privacykit.stores.database.engine import open_engine
from privacykit.stores.records.plans import SqlPlans

POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/"


def kinds() -> Iterator[str]:
    """Yield the kinds of database that are here."""
    yield "sqlite"
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", 5432)) == 0:
            yield "postgresql"


@contextmanager
def fresh(kind: str) -> Iterator[str]:
    """Lend a fresh database of *kind*."""
    if kind == "sqlite":
        with TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/store.db"
        return
    name = f"pk_bench_{secrets.token_hex(4)}"
    admin = create_engine(POSTGRES + "postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    try:
        yield POSTGRES + name
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        admin.dispose()


def by_hand(url: str) -> Any:
    """Connect to *url* as somebody without us would."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("pragma foreign_keys=on")
        connection.execute("pragma secure_delete=on")
        return connection
    import psycopg

    return psycopg.connect(url.replace("+psycopg", ""))


def processes(url: str) -> list[int]:
    """Return the server processes that work for the database at *url*."""
    if url.startswith("sqlite"):
        return []
    with closing(by_hand(url)) as connection:
        found = connection.execute(
            "select pid from pg_stat_activity where datname = current_database() "
            "and pid <> pg_backend_pid()"
        ).fetchall()
    return [row[0] for row in found]


def cpu_clock(pids: Sequence[int]) -> Callable[[], float]:
    """Return a clock of the CPU time of this process and of *pids* (Linux)."""
    files = [Path(f"/proc/{pid}/schedstat") for pid in pids]

    def clock() -> float:
        spent = time.process_time()
        for file in files:
            with suppress(OSError):
                spent += int(file.read_text().split()[0]) / 1e9
        return spent

    return clock


@dataclass(frozen=True)
class Pair:
    """
    The same shop twice.

    Attributes:
        means: Ours, its plans in a file as in production.
        hand: The other.
        clock: CPU seconds of us and of the server's processes for both.
        ledger: The database of the plans.
        urls: Where they are.
    """

    means: GovernContext
    hand: ByHand
    clock: Callable[[], float]
    ledger: Engine
    urls: tuple[str, str]


@contextmanager
def shops(kind: str, rows: Rows) -> Iterator[Pair]:
    """Lend a pair of shops filled with *rows*."""
    with ExitStack() as stack:
        ours, theirs = stack.enter_context(fresh(kind)), stack.enter_context(fresh(kind))
        records = stack.enter_context(fresh("sqlite"))
        with shop_means(theirs, rows):
            pass
        means = stack.enter_context(shop_means(ours, rows))
        ledger = open_engine(records, kind="records")
        stack.callback(ledger.dispose)
        hand = ByHand(stack.enter_context(closing(by_hand(theirs))), kind)
        if kind == "postgresql":
            for url in (ours, theirs):
                with closing(by_hand(url)) as connection:
                    connection.autocommit = True
                    connection.execute("vacuum analyse")
        means.connectors["shop"].size("customers")
        clock = cpu_clock([pid for url in (ours, theirs) for pid in processes(url)])
        made = replace(means, plans=SqlPlans(ledger), random=secrets.token_bytes)
        yield Pair(made, hand, clock, ledger, (ours, theirs))


def alternate(
    cases: dict[str, Callable[[int], object]],
    people: Sequence[int],
    clock: Callable[[], float],
    *,
    step: int = 1,
) -> dict[str, float]:
    """
    Run every case for each of *people*; return each one's median seconds.

    Args:
        cases: What to measure.

        people: Customers.

        clock: Seconds.

        step: By how many places the order turns from one person to the next.
    """
    took: dict[str, list[float]] = {name: [] for name in cases}
    names = list(cases)
    for place, who in enumerate(people):
        turn = place * step % len(names)
        for name in names[turn:] + names[:turn]:
            began = clock()
            cases[name](who)
            took[name].append(clock() - began)
    return {name: median(found[len(found) // 10 :]) for name, found in took.items()}
