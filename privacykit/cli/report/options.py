"""Options that every report has: whose events, when, for whom, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from privacykit.settings.paths import DEFAULT_FILE

EngineName = Literal["duckdb", "postgresql", "clickhouse", "spark"]
Unit = Literal["visit", "visitor_day", "person"]


@dataclass(frozen=True, slots=True)
class EventOptions:
    """Whose events: an option set."""

    config: Annotated[
        str, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")
    ] = DEFAULT_FILE
    site: Annotated[
        str, typer.Option("--site", metavar="ID", help="The site; the only one if unsaid.")
    ] = ""
    events: Annotated[
        list[str] | None,
        typer.Option(
            "--events",
            metavar="FILE",
            help="Events of any origin instead of our own store: CSV, JSON lines, Parquet; .gz "
            "may follow. Several may be.",
        ),
    ] = None
    columns: Annotated[
        str,
        typer.Option(
            "--columns",
            metavar="FILE|TOOL",
            help="The column map of such files: a TOML file, or ga4, matomo, plausible or umami; "
            "without it they are read as our own events.",
        ),
    ] = ""
    timezone: Annotated[
        str,
        typer.Option("--timezone", metavar="ZONE", help="Whose days they are, for such files."),
    ] = "UTC"
    synthetic: Annotated[
        bool,
        typer.Option("--synthetic", help="Such files are of nobody: then --k may be below 10."),
    ] = False
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place",
            help="As --engine postgresql.",
        ),
    ] = False
    engine: Annotated[
        EngineName,
        typer.Option(
            "--engine",
            help="What counts: duckdb, in this process; postgresql, our own store in place; "
            "clickhouse or spark, which get the events that DuckDB has read.",
        ),
    ] = "duckdb"

    @property
    def stays(self) -> bool:
        """Whether the events stay where they are, and the database of our own store counts."""
        return self.in_place or self.engine == "postgresql"


@dataclass(frozen=True, slots=True)
class ScopeOptions:
    """When and for whom: an option set."""

    since: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="DATE",
            help="The first day; the site's days. Unsaid: of this month; of files, the earliest.",
        ),
    ] = ""
    until: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="DATE",
            help="The last day, which belongs to it. Unsaid: of this month; of files, the latest.",
        ),
    ] = ""
    compare: Annotated[bool, typer.Option("--compare", help="Beside as many days just before.")] = (
        False
    )
    segment: Annotated[
        list[str] | None,
        typer.Option(
            "--segment",
            metavar="CONDITIONS",
            help="Figures of a part, up to six: like 'country==DE;device==mobile', ; is and, , is "
            "or.",
        ),
    ] = None
    k: Annotated[
        int | None,
        typer.Option("--k", metavar="N", min=1, help="People whom every figure is at least of."),
    ] = None
    accept_overlap: Annotated[
        bool,
        typer.Option(
            "--accept-overlap",
            help="Show a period that overlaps one that was shown before: their difference may be "
            "a few people.",
        ),
    ] = False


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How it is written: an option set."""

    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON document.")] = False
    as_csv: Annotated[bool, typer.Option("--csv", help="Answer as CSV.")] = False
    parquet: Annotated[
        str, typer.Option("--parquet", metavar="FILE", help="Write the figures as Parquet.")
    ] = ""
    html: Annotated[
        str, typer.Option("--html", metavar="FILE", help="Write one page that needs nothing else.")
    ] = ""
