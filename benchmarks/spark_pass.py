"""
Many people in one pass through Spark of this machine: ``python -m benchmarks.spark_pass``.

Needs the extra `spark` and Java 17. CPU seconds of this process and of Java's together, since the
one waits for the other; the first pass, which compiles, is not counted.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import lake
from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Identity
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths

TICK = os.sysconf("SC_CLK_TCK")
OPTIONS = '[datasets.lake.options]\nmaster = "local[2]"\n'


def _spent() -> float:
    """Return the CPU seconds of this process and of every Java process that it started."""
    spent = time.process_time()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition(") ")
        except OSError:
            continue
        parts = rest.split()
        if name.endswith("(java") and int(parts[2]) == os.getpgrp():
            spent += (int(parts[11]) + int(parts[12])) / TICK
    return spent


def passed(many: int) -> tuple[float, float, float]:
    """Return CPU and wall seconds in which the rows of so many people go, and how many went."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lake._fill(folder)  # noqa: SLF001 - the same table
        text = lake.MAP.replace('"parquet"', '"spark"') + OPTIONS
        at = open_lake(parse_datamap(text), "lake", Paths(folder), "datamap.toml")
        if not isinstance(at, LakeConnector):
            raise SystemExit("no lake")
        people = [
            Context(
                Subject((Identity("email", f"person{n * 97 % lake.PEOPLE}@lake.example"),)), 0.0
            )
            for n in range(many)
        ]
        cpu, wall = _spent(), time.perf_counter()
        gathered = at.gathered(people)
        step = at.step("visits", Action.DELETE, None)
        found = [[t.key for t in gathered.find("visits", one)] for one in people]
        work = [([Work(step, keys)], one) for keys, one in zip(found, people, strict=True)]
        done = at.apply_together(work)
        spent = _spent() - cpu, time.perf_counter() - wall
        gone = sum(applied.changed for each in done for applied in each)
        if at.size("visits") != lake.ROWS - gone or gone < many:
            raise SystemExit("the rows are not gone")
        return *spent, gone


def main() -> None:
    """Measure."""
    passed(1)
    for many in (1, lake.MANY):
        cpu, wall, gone = passed(many)
        sys.stdout.write(
            f"{many:,} people, {gone:,} of {lake.ROWS:,} rows in {lake.FILES} files:"
            f" {cpu:.1f} CPU seconds, {wall:.1f} s\n"
        )


if __name__ == "__main__":
    main()
