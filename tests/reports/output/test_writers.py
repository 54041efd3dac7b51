"""A report as text, CSV and Parquet: each figure once, what is hidden told as such."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq
import pytest
from msgspec import structs

from privacykit.errors import BackendError
from privacykit.reports.output import csv_text, page, parquet, terminal
from privacykit.reports.output.charts.scale import round_above
from privacykit.reports.output.numbers_text import duration, figure
from privacykit.reports.result import Hidden, ReportColumn
from tests.reports.output.samples import (
    CHANNELS,
    HOSTILE,
    NOVEMBER,
    OCTOBER,
    funnel,
    report,
    table,
    tables_report,
)

NAMED = table("top", [("=1+1", 5), (HOSTILE, None), ("日本", 12)], "page:text", "visits:count")


def test_the_terminal_gets_aligned_columns_and_no_code():
    """A wide sign is two columns wide; what would steer a terminal is a question mark."""
    lines = list(terminal.lines(tables_report(NAMED)))
    rows = lines[lines.index("What there was:") + 1 :][:4]
    assert rows[0].split() == ["Page", "Visits"]
    assert not {"\x1b", "\u202e"} & set("".join(lines))
    assert rows[2].endswith("hidden")
    assert rows[3].replace("日本", "abcd").rindex("12") + 2 == len(rows[0])


def test_the_terminal_says_what_is_hidden_and_whose_it_is():
    """Of each period and segment by itself."""
    one = report(funnel(hidden=3), funnel(segment="country==DE"), notes=("Note this.",))
    lines = list(terminal.lines(one))
    assert any(line.startswith("Not shown: groups of fewer than 10 people") for line in lines)
    assert "shop, 2026-11-01 to 2026-11-30 (Europe/Berlin), country==DE" in lines
    assert lines[-1] == "Note this."


@pytest.mark.parametrize(
    ("kind", "unit", "share", "conversions", "said"),
    [
        ("funnel", "visit", "0.05", "0.05", []),
        ("funnel", "visit", None, None, []),
        ("attribution", "conversion", "0.40", None, ["40 % of conversions are in groups too"]),
        (
            "funnel",
            "person",
            "0.06",
            "0.34",
            ["6 % of people are in", "34 % of conversions are in"],
        ),
        ("overview", "visit", "0.12", None, ["Up to 12 % of what a list counts is in groups"]),
    ],
)
def test_much_that_is_hidden_is_said_in_words(kind, unit, share, conversions, said):
    """That figures are low by so much; in the terminal and on the page."""
    one = structs.replace(funnel(hidden=3), hidden=Hidden(3, share, conversions))
    told = report(one, kind=kind, unit=unit)
    lines = [line for line in terminal.lines(told) if "too small to show" in line]
    assert [line.startswith(words) for line, words in zip(lines, said, strict=True)] == [
        True for _ in said
    ]
    assert all(line in page.text(told) for line in lines)


def test_csv_names_what_is_hidden_and_runs_in_no_spreadsheet():
    """A row for each row of each period; a formula becomes text."""
    text = csv_text.text(tables_report(NAMED, periods=(NOVEMBER, OCTOBER)))
    head, *rows = csv.reader(io.StringIO(text))
    assert head == ["period", "segment", "table", "page", "visits", "hidden"]
    assert [row[0] for row in rows[::3]] == ["2026-11-01/2026-11-30", "2026-10-02/2026-10-31"]
    assert [row[3:] for row in rows[:2]] == [["'=1+1", "5", ""], [HOSTILE, "", "visits"]]


@pytest.mark.parametrize("before", ["", " ", "\n", "\ufeff", "\u200b ", "\u00a0"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff20", "\t=", "\r="])
def test_a_formula_is_a_text_whatever_stands_before_it(before, sign):
    """Signs that nobody sees, and wide ones, do not bring it past."""
    name = f"{before}{sign}1+1"
    _, row = csv.reader(io.StringIO(csv_text.text(tables_report(
        table("top", [(name, 5)], "page:text", "visits:count")
    )), newline=""))  # fmt: skip
    assert row[3] == f"'{name}"


def test_parquet_has_a_row_for_each_figure(tmp_path):
    """Long, with the figure as JSON has it; hidden ones are null."""
    path = tmp_path / "report.parquet"
    parquet.write(tables_report(CHANNELS), str(path))
    rows = pq.read_table(path).to_pylist()
    assert len(rows) == 12
    assert {(row["row"], row["figure"]) for row in rows if row["hidden"]} == {
        ("(other)", "visits"),
        ("(other)", "share"),
        ("(other)", "revenue"),
    }
    with pytest.raises(BackendError, match="cannot write"):
        parquet.write(tables_report(CHANNELS), str(tmp_path))


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        (1234567, "count", "1,234,567"),
        (None, "count", "hidden"),
        (None, "share", "hidden"),
        ("", "share", "–"),
        (None, "money", "hidden"),
        ("", "count", ""),
        ("0.0316", "share", "3.2 %"),
        (123456, "money", "1,234.56"),
        ("12.5", "credit", "12.50"),
        (59, "seconds", "59 s"),
    ],
)
def test_figures_are_written_as_people_read_them(value, kind, told):
    """Grouped digits, one decimal of a per cent, two of money."""
    assert figure(value, ReportColumn("x", "X", kind)) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (60, "1 min"), (90, "1 min 30 s"), (7200, "2 h"), (90_000, "1 d 1 h")],
)
def test_a_duration_has_two_units_at_most(seconds, told):
    """What is finer is left out."""
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("number", "above"), [(1, 1), (3, 5), (12, 20), (400, 500), (99_000, 100_000), (0.03, 0.05)]
)
def test_an_axis_ends_at_a_round_number(number, above):
    """One, two or five, and noughts."""
    assert round_above(number) == pytest.approx(above)
