"""Engines answer alike: the same questions of visits, over the same village."""

from __future__ import annotations

import ibis
import psycopg
from sqlalchemy import make_url

from privacykit.reports.conditions import VISIT_FIELDS, read_conditions, read_step
from privacykit.reports.expressions.conditions import VISIT
from privacykit.reports.expressions.events import counted
from privacykit.reports.expressions.kinds.breakdown import (
    BY,
    cut_visits,
    events_of,
    visits_of,
    with_visits,
)
from privacykit.reports.expressions.kinds.journey import reached, transitions
from privacykit.reports.expressions.kinds.retention import cohorts
from privacykit.reports.expressions.visit_fields import ABANDONED_VALUE, with_visit_fields
from privacykit.reports.kinds.questions import BREAKDOWNS
from privacykit.reports.periods import DAY, offsets
from tests.reports.kinds import reference

SEGMENTS = [read_conditions(one) for one in ("country==D;page!=/a", "cart==abandoned,visits>=2")]
DIMENSIONS = (*BREAKDOWNS, ABANDONED_VALUE, "day", "basis")


def expressions(table):
    """Return a question of each kind, over a report table."""
    inside = counted(table, reference.START, reference.END)
    before = counted(table, 0, reference.START)
    clock = offsets(reference.PERIOD, reference.ZONE)
    fields = (*VISIT_FIELDS, ABANDONED_VALUE)
    told = with_visit_fields(inside, before, fields, clock, ids="mixed", under=VISIT)
    told = with_visit_fields(told, before, fields, clock, ids="mixed", under=BY)
    keyed = with_visits(told, clock, visits_told=False)
    visits = visits_of(
        keyed, DIMENSIONS, SEGMENTS, clock, goal=read_step("order"), events=["page", "order"]
    )
    texts = {
        "events": (keyed.event.notnull(), keyed.event),
        "page_views": (keyed.page.notnull(), keyed.event.substr(0, 0)),
    }
    months = [reference.START // DAY * DAY, reference.START // DAY * DAY + 3 * DAY]
    yield cut_visits(visits, DIMENSIONS, segmented=True)
    yield events_of(keyed, visits, texts, segmented=True)
    yield transitions(keyed, "page", ["/", "/a"], SEGMENTS)
    yield reached(keyed, [read_step("/a"), read_step("order")], SEGMENTS)
    yield cohorts(inside, before, months, [read_conditions("country==D")], clock)


def answers(connection, table):
    """Yield what *connection* answers to each, in some order."""
    for expression in expressions(table):
        rows = connection.to_pyarrow(expression).to_pylist()
        yield sorted(tuple(sorted(row.items())) for row in rows)


def test_postgresql_answers_as_duckdb_does(engine, village, postgres_url):
    """Breakdowns, events, steps, stages and cohorts; and nothing is divided in its SQL."""
    events = reference.table(village)
    duck = engine.connection
    wanted = list(answers(duck, duck.create_table("told_to_all", events, temp=True)))
    target = make_url(postgres_url).set(drivername="postgresql")
    with psycopg.connect(target.render_as_string(hide_password=False)) as writable:
        connection = ibis.postgres.from_connection(writable)
        table = connection.create_table("told", events, temp=True)
        found = list(answers(connection, table))
        texts = [connection.compile(one) for one in expressions(table)]

    assert found == wanted
    assert all(len(rows) > 5 for rows in wanted)
    assert not any("/" in text.replace("'/", "") for text in texts)
