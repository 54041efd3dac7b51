"""Retention beside one DELETE, periods beside DELETE, and the memory of a million exported rows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from statistics import median
from typing import Any

from benchmarks.measure import Row
from benchmarks.shops import by_hand, cpu_clock, fresh, kinds, processes
from privacykit.connectors.sql import SqlConnector
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.retention.ledger import Progress
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionResult, RetentionRun
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.periods import Period
from privacykit.testing.samples import LATER, NOW, row

VISITS, OVER = 1_000_000, 200_000
EVENTS, DROPS = 200_000, 3
FEW, MANY = 10_000, 1_000_000

_START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_NOW = _START + OVER * 60 + 30 * 86_400
MAP = """
version = 1
[datasets.shop]
url = "x"
[collections.shop.visits]
retention = { duration = "30 days", from = "at" }
[collections.shop.visits.fields]
id = { exclude = "a number" }
who = { category = "user.unique_id", identity = "email" }
at = { exclude = "a time" }
page = "user.behavior.browsing_history"
place = "user.location"
device = "user.device"
"""
_TABLE = (
    "create table visits (id integer primary key, who varchar(40), at timestamp, "
    "page varchar(80), place varchar(20), device varchar(40))"
)
_ROW = "n, 'p' || (n % 20000 * 7919 % 20000), {at}, '/article/' || n % 977, 'DE-BY', 'desktop Firefox 130'"
_FILL = {
    "sqlite": "with recursive s(n) as (select 0 union all select n + 1 from s where n < {last}) "
    "insert into visits select {row} from s",
    "postgresql": "insert into visits select {row} from generate_series(0, {last}) s(n)",
}
_AT = {
    "sqlite": "datetime('2026-01-01', '+' || n || ' minutes')",
    "postgresql": "timestamp '2026-01-01' + n * interval '1 minute'",
}


def make_visits(url: str, kind: str, rows: int, *, of: str = "") -> None:
    """Create and fill the table; all rows are of one person if *of* names one."""
    values = _ROW.format(at=_AT[kind])
    if of:
        values = values.replace("'p' || (n % 20000 * 7919 % 20000)", f"'{of}'")
    with closing(by_hand(url)) as connection:
        connection.execute(_TABLE)
        connection.execute(_FILL[kind].format(last=rows - 1, row=values))
        connection.execute("create index visits_at on visits (at)")
        connection.execute("create index visits_who on visits (who)")
        if kind == "postgresql":
            connection.execute("analyse")
        connection.commit()


class _Clock:
    def now(self) -> float:
        return _NOW

    def elapsed(self) -> float:
        return time.monotonic()

    def sleep(self, _: float) -> None:
        """Nobody else is to get a turn."""


class _Ledger:
    """Every rule is confirmed."""

    def load(self, fingerprint: str) -> Progress:
        return Progress(fingerprint, "op-1")

    def save(self, _: Progress) -> None:
        """Forget it."""

    def claim(self, *_: Any, **__: Any) -> bool:
        return True

    def release(self, *_: Any, **__: Any) -> None:
        """Nothing was taken."""


def _ours(url: str, kind: str) -> tuple[float, RetentionResult]:
    make_visits(url, kind, VISITS)
    datamap = parse_datamap(MAP)
    with closing(SqlConnector.open(datamap, "shop", url)) as connector:
        run = RetentionRun(_Ledger(), lambda: (), _Clock(), Limits(pause=0), "bench")
        (rule,) = rules(datamap, _NOW, {})
        purger = connector.purger()
        connector.size("visits")
        clock = cpu_clock(processes(url))
        began = clock()
        ran = run.rule(rule, purger)
        spent = clock() - began
    if (ran.rows, ran.left) != (OVER, 0):
        raise AssertionError(ran)
    return spent, ran


def _by_hand(url: str, kind: str) -> float:
    make_visits(url, kind, VISITS)
    with closing(by_hand(url)) as connection:
        pids = [] if kind == "sqlite" else [connection.info.backend_pid]
        clock = cpu_clock(pids)
        cut = datetime.fromtimestamp(_NOW - 30 * 86_400, UTC).strftime("%Y-%m-%d %H:%M:%S")
        began = clock()
        connection.execute(f"delete from visits where at < '{cut}'")
        connection.commit()
        return clock() - began


def _retention(kind: str, rounds: int = 1) -> Iterator[Row]:
    ours, hand, longest = [], [], []
    for _ in range(rounds):
        with fresh(kind) as url:
            spent, ran = _ours(url, kind)
            ours.append(spent)
            longest.append(ran.longest)
        with fresh(kind) as url:
            hand.append(_by_hand(url, kind))
    what = f"{kind}: retention of {OVER} of {VISITS} rows ÷ one DELETE"
    yield Row.of(f"rights.{kind}.retention", what, median(ours) / median(hand))
    what = f"{kind}: seconds of its longest transaction, on the wall"
    yield Row.of(f"rights.{kind}.longest", what, median(longest))


def _drop(kind: str) -> Row:
    """Drop a month beside a DELETE of its events, on a server beside a bare DROP TABLE."""
    ours, hand = [], []
    for _ in range(DROPS):
        with _month(kind) as (store, url):
            clock = cpu_clock(processes(url))
            began = clock()
            dropped = store.drop_expired(Period.of(LATER).end + 1)
            ours.append(clock() - began)
            if len(dropped.periods) != 1:
                raise AssertionError(dropped)
        with _month(kind) as (_, url), closing(by_hand(_file(url))) as raw:
            raw.execute("select 1")
            clock = cpu_clock(processes(url))
            began = clock()
            raw.execute(_BARE[kind].format(Period.of(LATER).name))
            raw.commit()
            hand.append(clock() - began)
    if kind == "sqlite":
        what = f"sqlite: DELETE of {EVENTS} events ÷ dropping their period"
        note = "of a month on the disk; of one in the disk's cache it is 8 to 12"
        return Row.of("rights.sqlite.drop", what, median(hand) / median(ours), note)
    what = f"{kind}: dropping a period of {EVENTS} events ÷ a bare DROP TABLE"
    return Row.of(f"rights.{kind}.drop", what, median(ours) / median(hand))


_BARE = {"sqlite": "delete from event_periods", "postgresql": "drop table events_{}"}


@contextmanager
def _month(kind: str) -> Iterator[tuple[EventStore, str]]:
    """Lend a store with a month of events, and the URL of its database."""
    with fresh(kind) as url:
        engine = open_engine(url, kind="events")
        store = EventStore(engine)
        store.ensure_periods(LATER, 0)
        for begin in range(0, EVENTS, 1000):
            store.add([row(number) for number in range(begin, begin + 1000)], NOW)
        if kind == "sqlite":
            _grow_old(_file(url))
        yield store, url
        engine.dispose()


def _grow_old(url: str) -> None:
    """Bring a month's file to where it is when it ends: on the disk, and not in its cache."""
    with closing(by_hand(url)) as raw:
        raw.execute("pragma wal_checkpoint(truncate)")
    file = os.open(url.removeprefix("sqlite:///"), os.O_RDONLY)
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)


def _file(url: str) -> str:
    """Return the URL of the database in which the month is."""
    return url.replace("/store.db", f"/store_{Period.of(LATER).name}.db")


_CHILD = """
import resource, sys
from pathlib import Path
from privacykit.export import Order, write_package
from privacykit.connectors.sql import SqlConnector
from privacykit.govern.erasure.ports.connector import Subject
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.records import Identity
from privacykit.testing.plans import MemoryPlans
from benchmarks.rights_scale import MAP
datamap = parse_datamap(MAP)
connector = SqlConnector.open(datamap, "shop", sys.argv[1])
means = GovernContext(datamap, {"shop": connector}, MemoryPlans(), clock=lambda: 0.0, random=bytes)
known = (Identity("email", "p1"),)
package = write_package(means, Order(PlanScope(Subject(known), known, "access"), "r"), Path(sys.argv[2]))
connector.close()
print(package.manifest.parts[0].rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _peak(kind: str, rows: int) -> float:
    with fresh(kind) as url, fresh("sqlite") as place:
        make_visits(url, kind, rows, of="p1")
        target = place.removeprefix("sqlite:///") + ".zip"
        made = subprocess.run(
            [sys.executable, "-c", _CHILD, url, target], check=True, capture_output=True, text=True
        )
    counted, peak = made.stdout.split()
    if int(counted) != rows:
        raise AssertionError(counted)
    return float(peak)


def _memory(kind: str) -> Row:
    what = f"{kind}: peak memory of {MANY} exported rows ÷ of {FEW}"
    return Row.of(f"rights.{kind}.memory", what, _peak(kind, MANY) / _peak(kind, FEW))


def run() -> list[Row]:
    """Measure and return the rows."""
    rows: list[Row] = []
    for kind in kinds():
        rows += _retention(kind)
        rows.append(_drop(kind))
        rows.append(_memory(kind))
    return rows
