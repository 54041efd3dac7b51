"""Engines answer alike: the same questions over the same events, and our own store in place."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import ibis
import psycopg
import pytest
import sqlglot
from sqlalchemy import make_url

from privacykit.errors import BackendError
from privacykit.reports.conditions import read_conditions, read_step
from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.engines.handed_over import COUNTS
from privacykit.reports.engines.postgresql import PostgreSql, postgresql
from privacykit.reports.expressions.conditions import holds
from privacykit.reports.expressions.funnel import cells, durations
from privacykit.reports.periods import ReportPeriod, bounds, offsets
from privacykit.reports.question import FunnelQuestion, Step, segment
from privacykit.reports.sources.event_store import load_store
from privacykit.reports.sources.postgresql_events import read_in_place
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.reader import EventReader
from privacykit.testing.samples import NOW, rich_row, row
from tests.reports import reference
from tests.reports.kinds.other_engines import differing

BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = ReportPeriod(date(2026, 10, 23), date(2026, 10, 28))
SEGMENTS = (
    segment("b", read_conditions("event==b,event==c;device!=mobile")),
    segment("fr", read_conditions("country=^F;event!@x")),
)


def nothing_stopped(_):
    """Let everything be used."""
    return frozenset()


@pytest.fixture(scope="module")
def events():
    """What 300 people did around a change of clocks."""
    return reference.table(reference.invented(11, 300, bounds(AUTUMN, BERLIN)[0]))


def answers(engine, table):
    """Yield what *engine* answers to a question in each mode, as sets of rows."""
    clock = offsets(AUTUMN, BERLIN)
    for mode, unit in (
        ("closed", "visit"), ("open", "visitor_day"), ("sequential", "person"), ("strict", "visit"),
        ("loose", "person"),
    ):  # fmt: skip
        steps = tuple(Step(one, read_step(one)) for one in "abcd")
        asked = FunnelQuestion("f", steps, unit, mode, 1200 * reference.SECOND)
        for expression in (cells(table, asked, SEGMENTS, clock), durations(table, asked, clock)):
            yield {tuple(sorted(one.items())) for one in engine.rows(expression)}


def test_postgresql_answers_as_duckdb_does(events, postgres_url):
    """Chains, segments and durations; and no division, which PostgreSQL rounds, is in its SQL."""
    with duck_db() as engine:
        wanted = list(answers(engine, engine.connection.create_table("told", events)))
    target = make_url(postgres_url).set(drivername="postgresql").render_as_string()
    with psycopg.connect(target) as writable:
        engine = PostgreSql(ibis.postgres.from_connection(writable))
        table = engine.connection.create_table("told", events, temp=True)
        found = list(answers(engine, table))
        steps = tuple(Step(one, read_step(one)) for one in "ab")
        text = engine.connection.compile(
            cells(table, FunnelQuestion("f", steps), SEGMENTS, offsets(AUTUMN, BERLIN))
        )
    assert found == wanted
    assert "/" not in text


def test_what_a_question_uses_twice_is_written_and_done_once(events):
    """Visits are cut once, however often a funnel with segments uses them."""
    clock = offsets(AUTUMN, BERLIN)
    asked = FunnelQuestion("f", tuple(Step(one, read_step(one)) for one in "abcd"))
    with duck_db() as engine:
        table = engine.connection.create_table("told", events)
        for segments in ((), SEGMENTS):
            text = engine.connection.compile(cells(table, asked, segments, clock))
            tables = sqlglot.parse_one(text, dialect="duckdb").find_all(sqlglot.expressions.Table)
            assert [one.name for one in tables].count("told") == 1


def test_our_own_events_are_read_in_place_as_they_are_read_out(postgres_url):
    """Every column of the report table, living events only, and their policies."""
    database = open_engine(postgres_url, kind="events")
    store = EventStore(database)
    store.ensure_periods(NOW, 6)
    rich = rich_row(3, props={"value": 990, "currency": "EUR", "plan": True})
    store.add([row(1), row(2, expires_at=int(NOW) + 60), rich], NOW)
    names, later = frozenset({"plan"}), NOW + 61
    reader = EventReader(lambda: database, lambda: None)
    between = (int(NOW) * reference.SECOND, int(NOW + 86_400) * reference.SECOND)

    with duck_db() as engine:
        read = load_store(engine, reader, between, later, names, nothing_stopped, site="shop")
        wanted = engine.rows(read.table.order_by("at"))
    with postgresql(postgres_url) as engine:
        place = read_in_place(engine, reader, between, later, names, nothing_stopped, "shop")
        found = engine.rows(place.table.order_by("at"))
        only = frozenset({row(1).envelope.id})
        place = read_in_place(engine, reader, between, later, names, lambda _: only, "shop")
        left = engine.rows(place.table)
    database.dispose()

    assert found == wanted
    assert [one["tie"] for one in left] == [rich.envelope.id]
    assert [one["tie"] for one in found] == [row(1).envelope.id, rich.envelope.id]
    assert (place.policies, read.policies[:1]) == (read.policies[1:], ("DE@0123456789ab",))


def test_every_kind_of_report_is_the_same_in_place(tmp_path, monkeypatch, capsys, postgres_url):
    """By the command, figures, notes and all."""
    kinds = COUNTS["postgresql"]
    found = differing(tmp_path, monkeypatch, capsys, "postgresql", kinds, postgres_url)
    assert found == []


SAID = (
    12, 12.0, 1.5, -3, True, "", "12", "-3", "1.5", " 7", "1e3", "0x10", "1_000", "gold",
    "4711" * 8, 10**30, 10**18, "12\n",
)  # fmt: skip
"""What applications may say of a property."""


def test_what_applications_say_is_compared_alike_in_place(postgres_url):
    """Numbers are whole and written in digits; anything else is none, and ends no report."""
    database = open_engine(postgres_url, kind="events")
    store = EventStore(database)
    store.ensure_periods(NOW, 6)
    told = [rich_row(n, props={"value": one, "plan": one}) for n, one in enumerate(SAID, 1)]
    store.add(told, NOW)
    reader = EventReader(lambda: database, lambda: None)
    between = (int(NOW) * reference.SECOND, int(NOW + 86_400) * reference.SECOND)
    asked = [
        read_conditions(f"{field}{op}{limit}")
        for field in ("prop.plan", "value", "page")
        for op, limit in (("<", 12), ("<=", 12), (">", -(10**17)), (">=", 10**30))
    ]

    def answered(engine, read):
        table = read(engine, reader, between, NOW, frozenset({"plan"}), nothing_stopped, "shop")
        every = {f"c{n}": ibis.ifelse(holds(table, one), 1, 0) for n, one in enumerate(asked)}
        return engine.rows(table.select("tie", "value", **every).order_by("tie"))

    def read_out(*given):
        return load_store(*given[:-1], site=given[-1]).table

    with duck_db() as engine:
        wanted = answered(engine, read_out)
    with postgresql(postgres_url) as engine:
        found = answered(engine, lambda *given: read_in_place(*given).table)
    database.dispose()

    assert found == wanted
    assert [one["value"] for one in found[:4]] == [12, None, None, -3]
    assert {one["value"] for one in found[4:]} == {None}
    assert [place for place, one in enumerate(found) if one["c1"]] == [0, 3, 6, 7]


def test_a_report_changes_nothing_in_the_database(postgres_url):
    """Its connection only reads."""
    with (
        postgresql(postgres_url) as engine,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        engine.connection.raw_sql("create table mine (x int)")


def test_what_a_database_says_of_a_row_is_not_told(postgres_url):
    """Its errors quote values; ours name the kind of error."""
    kinds = {"n": "int64"}
    with postgresql(postgres_url) as engine:
        broken = engine.connection.sql("select ('kept' || 1)::bigint as n", schema=kinds)
        with pytest.raises(BackendError, match="22P02") as told:
            engine.rows(broken)
        engine.connection.con.rollback()
        with pytest.raises(BackendError, match="22P02") as streamed:
            list(engine.batches(broken))
    assert "kept" not in f"{told.value}{streamed.value}"


def test_a_database_that_is_not_there_is_said():
    """Without its address, which may hold a password."""
    url = make_url("postgresql+psycopg://nobody:hush@127.0.0.1:1/none")
    with (
        pytest.raises(BackendError, match="cannot be reached") as told,
        postgresql(url.render_as_string(hide_password=False)),
    ):
        pass
    assert "hush" not in str(told.value)
