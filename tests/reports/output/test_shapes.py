"""Tables of any shape, different in each period: every writer takes them, no chart asks for more."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from privacykit.reports.answers.funnel import STEP_COLUMNS
from privacykit.reports.output import csv_text, page, parquet, terminal
from privacykit.reports.result import DataSet, Hidden, ReportColumn, ReportTable
from tests.reports.output.samples import NOVEMBER, OCTOBER, report, table

CELLS = {
    "text": some.sampled_from(["", "search", "2026-11", "2026-12", "2026-11-01", "(other)"]),
    "count": some.one_of(some.none(), some.just(""), some.integers(0, 900)),
    "share": some.sampled_from([None, "", "0.0000", "0.5000", "1.0000"]),
    "money": some.one_of(some.none(), some.integers(-900, 900)),
    "credit": some.sampled_from([None, "0.00", "12.50"]),
    "seconds": some.one_of(some.none(), some.just(""), some.integers(0, 90_000)),
}
KEYS = some.sampled_from(["visits", "after_1", "after_2", "after_3", "after_4", "rate", "value"])


@some.composite
def tables(draw):
    """Draw a table: names, figures of any kinds, any number of rows; now and then a funnel's."""
    if draw(some.integers(0, 5)) == 0:
        columns = STEP_COLUMNS[: draw(some.sampled_from([7, 8]))]
    else:
        names = draw(some.lists(some.sampled_from("abcd"), max_size=2, unique=True))
        keys = draw(some.lists(KEYS, max_size=6, unique=True))
        kinds = some.sampled_from(sorted(CELLS))
        same = draw(kinds) if draw(some.booleans()) else None
        columns = (
            *(ReportColumn(name, name, "text") for name in names),
            *(ReportColumn(key, key, same or draw(kinds)) for key in keys),
        )
    row = some.tuples(*(CELLS[column.kind] for column in columns))
    number = draw(some.sampled_from([0, 1, 2, 3, 25])) if columns else 0
    rows = tuple(draw(some.lists(row, min_size=number, max_size=number)))
    return ReportTable("some", "What there was", columns, rows)


def compared(*sets):
    """Return a report of two periods; each of *sets* is the tables of one."""
    made = [DataSet(at, None, {}, told, Hidden(0, "0.00")) for at, told in enumerate(sets)]
    return report(*made, kind="overview", periods=(NOVEMBER, OCTOBER))


@settings(deadline=None, max_examples=400)
@given(one=tables(), other=tables())
def test_tables_that_differ_in_rows_and_columns_are_written(one, other):
    """By every writer; whatever a table has is in the CSV, and each chart has ids of its own."""
    told = compared((one,), (other,))
    text = page.text(told)
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert list(terminal.lines(told))
    head, *rows = csv.reader(io.StringIO(csv_text.text(told)))
    assert {column.key for each in (one, other) for column in each.columns} <= set(head)
    assert len(rows) == len(one.rows) + len(other.rows)
    cells = sum(len(each.rows) * len(each.columns) for each in (one, other))
    assert parquet.to_arrow(told).num_rows == cells


LONG = table(
    "cohorts",
    [("2026-10", 90, 40), ("2026-11", 50, "")],
    "month:text", "persons:count", "after_1:count",
)  # fmt: skip
SHORT = table("cohorts", [("2026-09", 70), ("2026-08", 60)], "month:text", "persons:count")
BARE = table("cohorts", [("2026-09",)], "month:text")


@pytest.mark.parametrize(
    ("sets", "charts"),
    [
        ((LONG, SHORT), 2),
        ((SHORT, LONG), 2),
        ((BARE, LONG), 1),
        ((LONG, BARE), 1),
        ((SHORT, SHORT), 1),
    ],
    ids=["shorter-before", "longer-before", "first-bare", "second-bare", "alike"],
)
def test_periods_with_other_columns_have_charts_of_their_own(sets, charts):
    """As of cohorts over one month and over two; each says of which period it is."""
    text = page.text(compared(*((one,) for one in sets)))
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) == charts
    assert all("2026-1" in drawing for drawing in drawings)


def test_a_table_that_one_period_alone_has_is_written():
    """Wherever it stands."""
    told = compared((), (LONG,))
    assert "<svg" in page.text(told)
    assert "after_1" in csv_text.text(told).splitlines()[0]


def test_only_what_is_hidden_is_called_so():
    """A share of nothing is a dash for people, and null but not hidden in files."""
    one = table("steps", [("a", 0, ""), ("b", 9, None)], "step:text", "visits:count", "rate:share")
    told = compared((one,), ())
    rows = list(csv.reader(io.StringIO(csv_text.text(told))))
    assert [row[-2:] for row in rows[1:]] == [["", ""], ["", "rate"]]
    figures = [it for it in parquet.to_arrow(told).to_pylist() if it["figure"] == "rate"]
    assert [(it["text"], it["hidden"]) for it in figures] == [(None, False), (None, True)]
    shown = [line.split() for line in terminal.lines(told) if line.startswith(("a ", "b "))]
    assert shown == [["a", "0", "–"], ["b", "9", "hidden"]]
