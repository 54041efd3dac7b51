"""Engines that count: what reads the events, and what the figures are asked of. Opens them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import structs

from privacykit.cli.report.options import EventOptions
from privacykit.errors import InputError
from privacykit.settings.paths import Paths

if TYPE_CHECKING:
    from privacykit.reports.asking import ReportEngine, ReportSource
    from privacykit.reports.engines.duckdb import DuckDb
    from privacykit.reports.engines.postgresql import PostgreSql

    AnyEngine = DuckDb | PostgreSql


@contextmanager
def opened_engine(events: EventOptions) -> Iterator[AnyEngine]:
    """
    Open what answers: the database of our own store, if it is asked to, else DuckDB.

    Raises:
        InputError: That database is not PostgreSQL.
    """
    from privacykit.reports.engines.duckdb import duck_db

    if not events.stays:
        with duck_db() as embedded:
            yield embedded
        return
    from privacykit.reports.engines.postgresql import postgresql
    from privacykit.settings.load import load

    url = "" if events.events else load(events.config).events.url or ""
    where = Paths.beside(events.config).url(url, "events.url") if url else ""
    if not where.startswith("postgresql"):
        raise InputError("--engine postgresql is for our own store in PostgreSQL: see [events] url")
    with postgresql(where) as server:
        yield server


@contextmanager
def counting(
    engine: AnyEngine, events: EventOptions, source: ReportSource, kind: str
) -> Iterator[tuple[ReportEngine, ReportSource]]:
    """
    Lend what counts, with its events: what has read them, or the engine that is asked for.

    Raises:
        InputError: No test shows that this engine answers a report of this *kind* alike.
        MissingExtraError: It is not installed.
        BackendError: It cannot be started.
    """
    from privacykit.reports.engines.duckdb import DuckDb
    from privacykit.reports.engines.handed_over import COUNTS, handed_over

    name = events.engine
    if name != "duckdb" and kind not in COUNTS[name]:
        raise InputError(f"--engine {name} is for: {', '.join(COUNTS[name])}")
    if name == "duckdb" or name == "postgresql" or not isinstance(engine, DuckDb):  # noqa: PLR1714 - narrows
        yield engine, source
        return
    with handed_over(name, engine, source.events) as (other, table):
        yield other, structs.replace(source, events=table)
