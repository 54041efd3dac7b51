"""Files and questions that would have a report read, tell or fetch what it should not."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privacykit.errors import InputError
from privacykit.reports.attribution.question import AttributionQuestion
from privacykit.reports.conditions import read_step
from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.expressions.events import counted, properties
from privacykit.reports.periods import (
    DAY,
    EARLIEST_DAY,
    LATEST_DAY,
    LONGEST_DAYS,
    bounds,
    looked_at,
    month_of,
    offsets,
    period,
)
from privacykit.reports.sources.column_map import read_column_map
from privacykit.reports.sources.event_files import load_files

MAP = 'time = "at"\nvisitor = "who"\nname = "what"\n'
HEAD = "at,who,what\n"
ROW = "2026-11-01T10:00:00Z,{who},page\n"
SECRET = "4711" * 8
"""What somebody's file holds, and nobody is to be told."""


def loaded(file, text=MAP):
    """Return the rows that are read of *file*."""
    with duck_db() as engine:
        table = load_files(engine, [str(file)], read_column_map(text, "map.toml"), frozenset())
        return engine.rows(table)


@pytest.mark.parametrize(
    ("name", "other"), [("e[1].csv", "e1.csv"), ("e*.csv", "ee.csv"), ("e?.csv", "ex.csv")]
)
def test_the_name_of_a_file_is_no_pattern(tmp_path, name, other):
    """The file that is named is read, and no other that its name would fit."""
    (tmp_path / name).write_text(HEAD + ROW.format(who="asked"))
    (tmp_path / other).write_text(HEAD + ROW.format(who="other"))
    assert [row["visitor"] for row in loaded(tmp_path / name)] == ["asked"]


def test_a_file_that_is_named_twice_is_refused(tmp_path):
    """By another name too: what it holds would be counted twice."""
    file, link = tmp_path / "events.csv", tmp_path / "again.csv"
    file.write_text(HEAD + ROW.format(who="a"))
    link.symlink_to(file)
    with duck_db() as engine, pytest.raises(InputError, match="named twice"):
        load_files(engine, [str(file), str(link)], read_column_map(MAP, "map.toml"), frozenset())


def test_the_name_of_a_folder_is_no_column(tmp_path):
    """A folder that is called like a column does not stand for its cells."""
    folder = tmp_path / "who=me"
    folder.mkdir()
    (folder / "events.csv").write_text(HEAD + ROW.format(who="a"))
    pq.write_table(pa.table({"at": [1_793_527_200], "who": ["b"], "what": ["page"]}),
                   folder / "events.parquet")  # fmt: skip
    found = [loaded(folder / name)[0]["visitor"] for name in ("events.csv", "events.parquet")]
    assert found == ["a", "b"]


def test_a_name_that_looks_like_an_address_is_a_file(tmp_path, monkeypatch):
    """Nothing is fetched, whatever folders are called."""
    folder = tmp_path / "http:" / "127.0.0.1:1"
    folder.mkdir(parents=True)
    (folder / "events.csv").write_text(HEAD + ROW.format(who="a"))
    monkeypatch.chdir(tmp_path)
    assert [row["visitor"] for row in loaded("http://127.0.0.1:1/events.csv")] == ["a"]


def test_an_engine_reads_the_files_that_it_was_given_and_no_others(tmp_path):
    """No statement that follows can open another file, fetch an address or load an extension."""
    given, other = tmp_path / "given.csv", tmp_path / "other.csv"
    for file in (given, other):
        file.write_text(HEAD + ROW.format(who="a"))
    with duck_db() as engine:
        load_files(engine, [str(given)], read_column_map(MAP, "map.toml"), frozenset())
        for statement in (
            f"select * from read_csv('{other}')",
            "select * from read_csv('http://127.0.0.1:1/events.csv')",
            "install httpfs",
            f"copy report_events to '{tmp_path / 'out.csv'}'",
            "set enable_external_access = true",
        ):
            with pytest.raises(Exception, match=r"disabled|not allowed|Cannot|locked"):
                engine.connection.con.execute(statement)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("form", ["jsonl", "parquet", "csv"])
def test_an_empty_visitor_is_nobody(tmp_path, form):
    """Events whose visitor is an empty text are without one, and are not those of one person."""
    rows = [{"at": 1_793_527_200, "who": who, "what": "page"} for who in ("", "a", "")]
    file = tmp_path / f"events.{form}"
    if form == "jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
    else:
        file.write_text(HEAD + "".join(f'{one["at"]},"{one["who"]}",page\n' for one in rows))
    with duck_db() as engine:
        table = load_files(engine, [str(file)], read_column_map(MAP, "map.toml"), frozenset())
        found = engine.rows(counted(table, 0, 2**62))
    assert [row["visitor"] for row in found] == ["a"]


@pytest.mark.parametrize(
    ("line", "more"),
    [
        (f"{SECRET},a,page\n", ""),
        (f"2026-11-01,a,{SECRET}\n", 'value = "what"\n'),
        (f"2026-11-01,a,{SECRET[:20]}\n", 'value = "what"\n'),
        (f"2026-11-01,a,{SECRET[:24]}\n", 'value = "what"\ndigits = 4\n'),
    ],
)
def test_a_number_out_of_all_reason_ends_the_report(tmp_path, line, more):
    """In our own words: its digits are in no message."""
    (tmp_path / "events.csv").write_text(HEAD + line)
    with pytest.raises(InputError, match="1 row has no readable") as told:
        loaded(tmp_path / "events.csv", MAP + more)
    assert "4711" not in str(told.value)


@pytest.mark.parametrize("digits", [19, 36, 39, 64])
def test_ties_of_any_length_are_in_order(tmp_path, digits):
    """Numbers as numbers, as far as an engine knows them; longer ones are texts of one length."""
    file, most = tmp_path / "events.csv", 10**digits - 1
    lines = [f"2026-11-01,{who},{most - who}\n" for who in range(3)]
    file.write_text(HEAD + "".join(lines))
    found = sorted(loaded(file, f'{MAP}order = "what"\n'), key=lambda row: row["tie"])
    assert [row["visitor"] for row in found] == ["2", "1", "0"]


@pytest.mark.parametrize(
    "name", ['a" varchar, b "', "a}', (select 1)) --", "a;", "a b", "é", "a\n", "", "a" * 65]
)
def test_the_name_of_a_property_is_a_word(name):
    """It stands in statements, whoever asks: letters, digits and _ only, or nothing is read."""
    with pytest.raises(InputError, match="letters, digits and _"):
        properties(frozenset({"plan", name}))
    with pytest.raises(InputError, match="letters, digits and _"):
        AttributionQuestion("x", read_step("x"), reported=f"prop.{name}")


@pytest.mark.parametrize("day", [date.min, date(4, 1, 1), date(1909, 12, 31), date.max])
def test_a_period_beyond_all_calendars_is_refused(day):
    """In words, and what is barely not refused can be looked at, compared and looked back from."""
    with pytest.raises(InputError, match="between 1910-01-01 and 8300-12-31"):
        period(day, day)


@pytest.mark.parametrize("day", [EARLIEST_DAY, LATEST_DAY])
def test_a_period_at_the_edge_can_be_reckoned_with(day):
    """Whatever looks back or ahead of it."""
    zone, of = ZoneInfo("Europe/Berlin"), period(day, day)
    for one in (of, of.before(), looked_at(of, LONGEST_DAYS), month_of(day)):
        start, end = bounds(one, zone)
        assert end - start == one.days * DAY
        assert len(offsets(one, zone)) >= 1
