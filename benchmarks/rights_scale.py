"""Retention beside one DELETE, periods beside DELETE, and the memory of a million exported rows."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from statistics import median
from typing import Any

from sqlalchemy import text

from benchmarks.measure import Row
from benchmarks.shops import by_hand, cpu_clock, fresh, kinds, processes
from privacykit.connectors.sql import SqlConnector
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.purge import Limits, Progress, Ran, Run
from privacykit.govern.retention import rules
from privacykit.stores.engine import open_engine
from privacykit.stores.events import EventStore
from privacykit.stores.periods import Period
from privacykit.testing.samples import LATER, NOW, row

VISITS, OVER = 1_000_000, 200_000
EVENTS = 200_000
FEW, MANY = 10_000, 1_000_000
LONGEST = {"sqlite": 0.25, "postgresql": 0.05}

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


def _ours(url: str, kind: str) -> tuple[float, Ran]:
    make_visits(url, kind, VISITS)
    datamap = parse_datamap(MAP)
    with closing(SqlConnector.open(datamap, "shop", url)) as connector:
        run = Run(_Ledger(), lambda: (), _Clock(), Limits(pause=0), "bench")
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
    yield Row("20", what, median(ours) / median(hand), 2.5)
    what = f"{kind}: seconds of its longest transaction, on the wall"
    yield Row("20", what, median(longest), LONGEST[kind])


def _drop(kind: str) -> Row:
    after = Period.of(LATER).end + 1
    spent = {}
    for way in ("drop", "delete"):
        with fresh(kind) as url:
            engine = open_engine(url, kind="events")
            store = EventStore(engine)
            store.ensure_periods(LATER, 0)
            for begin in range(0, EVENTS, 1000):
                store.add([row(number) for number in range(begin, begin + 1000)], NOW)
            clock = cpu_clock(processes(url))
            began = clock()
            if way == "drop":
                store.drop_expired(after)
            else:
                table = f"events_{Period.of(LATER).name}" if kind == "sqlite" else "events"
                with engine.begin() as connection:
                    gone = text(f"delete from {table} where expires_at <= :now")
                    if connection.execute(gone, {"now": after}).rowcount != EVENTS:
                        raise AssertionError(table)
            spent[way] = clock() - began
            engine.dispose()
    what = f"{kind}: DELETE of {EVENTS} events ÷ dropping their period"
    return Row("20", what, spent["delete"] / spent["drop"], 10, at_most=False)


_CHILD = """
import resource, sys
from pathlib import Path
from privacykit.connectors.package import Order, write_package
from privacykit.connectors.sql import SqlConnector
from privacykit.govern.connector import Subject
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.means import Means
from privacykit.govern.planning import Bundle
from privacykit.govern.records import Identity
from privacykit.testing.plans import MemoryPlans
from benchmarks.rights_scale import MAP
datamap = parse_datamap(MAP)
connector = SqlConnector.open(datamap, "shop", sys.argv[1])
means = Means(datamap, {"shop": connector}, MemoryPlans(), clock=lambda: 0.0, random=bytes)
known = (Identity("email", "p1"),)
package = write_package(means, Order(Bundle(Subject(known), known, "access"), "r"), Path(sys.argv[2]))
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
    return Row("20", what, _peak(kind, MANY) / _peak(kind, FEW), 1.1)


def run() -> list[Row]:
    """Measure and return the rows."""
    rows: list[Row] = []
    for kind in kinds():
        rows += _retention(kind)
        rows.append(_drop(kind))
        rows.append(_memory(kind))
    return rows
