"""Lines 46 and 47: reports over ten million events beside SQL by hand, and the memory they take."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from pyarrow.compute import sum as sum_of

from benchmarks.measure import Row
from benchmarks.reports_sql import FUNNEL, PATHS
from privacykit.reports.attribution.question import AttributionQuestion
from privacykit.reports.conditions import read_step
from privacykit.reports.engines.duckdb import BATCH, DuckDb, duck_db
from privacykit.reports.expressions.events import COLUMNS, counted
from privacykit.reports.expressions.funnel import cells
from privacykit.reports.expressions.touches import touches
from privacykit.reports.question import FunnelQuestion, Step

EVENTS = int(os.environ.get("EVENTS", "10000000"))
STEPS = ("land", "product", "cart", "buy")
ALL_TIMES = (0, 2**60)
GIGABYTE = 1024 * 1024  # in the kibibytes that the kernel counts in


def run(rounds: int = 25) -> list[Row]:
    """Return the rows; each question is asked three times, in turn with its reference."""
    with duck_db() as engine:
        fill(engine, EVENTS)
        funnel = _beside(engine, _ours, _hand, rounds)
        paths = _beside(engine, _our_paths, _paths_by_hand, rounds)
    peak = int(
        subprocess.run(
            [sys.executable, "-m", "benchmarks.reports"], check=True, capture_output=True, text=True
        ).stdout
    )
    note = f"{EVENTS:,} events"
    return [
        Row.of(
            "reports.funnel",
            "a funnel of four steps by visits ÷ SQL by hand in DuckDB",
            funnel.ours / funnel.hand,
            f"{note}; {funnel.ours:.1f} s of CPU",
        ),
        Row.of(
            "reports.paths",
            "the paths of attribution, seven days back ÷ SQL by hand in DuckDB",
            paths.ours / paths.hand,
            f"{note}; {paths.ours:.1f} s of CPU",
        ),
        Row.of(
            "reports.memory", "gigabytes at most of a process that asks it", peak / GIGABYTE, note
        ),
    ]


class Spent(NamedTuple):
    """Seconds of CPU, the least of some rounds."""

    ours: float
    hand: float


def _beside(
    engine: DuckDb,
    ours: Callable[[DuckDb], object],
    hand: Callable[[DuckDb], object],
    rounds: int,
) -> Spent:
    """Ask three times, in turn with the reference."""
    spent: dict[str, list[float]] = {"ours": [], "hand": []}
    answers = {}
    for _ in range(min(rounds, 3)):
        for name, ask in (("ours", ours), ("hand", hand)):
            begun = time.process_time()
            answers[name] = ask(engine)
            spent[name].append(time.process_time() - begun)
    assert answers["ours"] == answers["hand"], "the two answer differently"
    return Spent(min(spent["ours"]), min(spent["hand"]))


def fill(engine: DuckDb, events: int) -> None:
    """Make a table ``told`` of *events* of an eighth as many visitors, in 30 days."""
    made = {
        "visitor": f"'v' || (hash(i * 7) % {events // 8})",
        "at": f"1790000000000000 + (hash(i) % {86_400 * 30})::bigint * 1000000",
        "tie": "lpad(i::varchar, 12, '0')",
        "event": "case hash(i * 3) % 12 when 0 then 'land' when 1 then 'product' when 2 then 'cart' "
        "when 3 then 'buy' else 'page' end",
        "channel": "case hash(i * 5) % 3 when 0 then 'search' when 1 then 'email' else 'direct' end",
    }
    columns = ", ".join(
        f'{made.get(name, "null")}::{"bigint" if kind == "int64" else "varchar"} as "{name}"'
        for name, kind in COLUMNS.items()
    )
    engine.connection.con.execute(
        f"create table told as select {columns} from range({events}) as t(i)"
    )


def _ours(engine: DuckDb) -> set[tuple[int, int, int]]:
    question = FunnelQuestion("f", tuple(Step(one, read_step(one)) for one in STEPS))
    table = counted(engine.connection.table("told"), *ALL_TIMES)
    rows = engine.rows(cells(table, question, [], [(0, 0)]))
    return {(row["code"], row["units"], row["persons"]) for row in rows}


def _hand(engine: DuckDb) -> set[tuple[int, int, int]]:
    return set(engine.connection.con.execute(FUNNEL).fetchall())


def _our_paths(engine: DuckDb) -> tuple[int, int]:
    question = AttributionQuestion("a", read_step("buy"), 7)
    told = touches(
        counted(engine.connection.table("told"), *ALL_TIMES), question, 0, [], [(0, 0)]
    ).select("person", "value", "touch_at", "channel")
    return _read(engine, engine.connection.compile(told))


def _paths_by_hand(engine: DuckDb) -> tuple[int, int]:
    return _read(engine, PATHS)


def _read(engine: DuckDb, statement: str) -> tuple[int, int]:
    """Read all rows as they stream; return how many there are, and a sum over them."""
    rows = total = 0
    for batch in engine.connection.con.sql(statement).to_arrow_reader(BATCH):
        rows += batch.num_rows
        total += sum_of(batch.column("person")).as_py() * 31
        total += sum_of(batch.column("touch_at")).as_py() or 0
    return rows, total


if __name__ == "__main__":
    with duck_db() as alone:
        fill(alone, EVENTS)
        _ours(alone)
    sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
