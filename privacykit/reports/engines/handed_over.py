"""
Events handed over: read by DuckDB as ever, counted by another engine. Writes a private folder.

What may be read, what is left out and what is refused is decided before: another engine gets the
report table as it is, in a file that is gone with the report.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from privacykit.reports.asking import ReportEngine
from privacykit.reports.engines.clickhouse import click_house
from privacykit.reports.engines.duckdb import BATCH, DuckDb
from privacykit.reports.engines.spark import spark

OtherEngine = Literal["clickhouse", "spark"]
_ALIKE: Final = (
    "funnel", "overview", "segments", "journey", "cart", "retention", "attribution"
)  # fmt: skip
COUNTS: Final[dict[OtherEngine | Literal["postgresql"], tuple[str, ...]]] = {
    "postgresql": _ALIKE,
    "clickhouse": _ALIKE,
    "spark": (*_ALIKE, "loop"),
}
"""The kinds of reports of which tests show that an engine answers as DuckDB does."""
_OPENED: Final[
    dict[OtherEngine, Callable[[Path], AbstractContextManager[tuple[ReportEngine, Any]]]]
] = {"clickhouse": click_house, "spark": spark}


@contextmanager
def handed_over(
    name: OtherEngine, engine: DuckDb, events: Any
) -> Iterator[tuple[ReportEngine, Any]]:
    """
    Lend another engine, with *events* as a table of it.

    Args:
        name: Which.
        engine: What has read them.
        events: Of the report table's columns.

    Raises:
        MissingExtraError: It is not installed.
        BackendError: It cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="privacykit-report-") as folder:
        file = Path(folder) / "events.parquet"
        write(engine, events, file)
        with _OPENED[name](file) as opened:
            yield opened


def write(engine: DuckDb, events: Any, file: Path) -> None:
    """Write *events* of *engine* to a file of Parquet, a batch at a time."""
    from pyarrow import parquet

    found = engine.connection.con.sql(engine.connection.compile(events)).to_arrow_reader(BATCH)
    with parquet.ParquetWriter(file, found.schema) as target:
        for batch in found:
            target.write_batch(batch)
