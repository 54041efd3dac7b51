"""``--engine``: what may count, what is said where it may not, and nothing left behind."""

from __future__ import annotations

import sys
import tempfile

import pytest
from pyarrow import parquet

from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.engines.handed_over import COUNTS, write
from tests.reports.kept.visits import JANUARY, lay_shop, made
from tests.reports.reference import invented, table

FUNNEL = ("funnel", "--steps", "page,order", *JANUARY)


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    """A shop with some visits."""
    return lay_shop(tmp_path, monkeypatch, capsys, made(visitors=20))


@pytest.mark.parametrize("name", ["clickhouse", "spark"])
def test_an_engine_that_is_not_there_is_named(shop, monkeypatch, name):
    """With what brings it; the events that it would have got are nowhere."""
    monkeypatch.setitem(
        sys.modules, {"clickhouse": "chdb.session", "spark": "pyspark.sql"}[name], None
    )
    monkeypatch.setattr(tempfile, "tempdir", str(shop.folder))
    code, out, err = shop("report", *FUNNEL, "--engine", name)
    assert (code, out, "pip install 'privacykit[engines]'" in err) == (2, "", True)
    assert not list(shop.folder.glob("privacykit-report-*"))


def test_a_kind_that_no_test_compares_is_refused(shop):
    """Rather than figures that may differ."""
    (shop.folder / "links.csv").write_text("lead_key,visitor,time,consent\n")
    (shop.folder / "crm.csv").write_text("lead_key,stage,time,value,currency\n")
    asked = ("loop", "--links", "links.csv", "--crm", "crm.csv", *JANUARY)
    code, out, err = shop("report", *asked, "--engine", "clickhouse")
    assert (code, out) == (2, "")
    assert f"--engine clickhouse is for: {', '.join(COUNTS['clickhouse'])}" in err


def test_our_own_store_counts_where_it_can(shop):
    """SQLite cannot; the words name the option."""
    code, _, err = shop("report", *FUNNEL, "--engine", "postgresql")
    assert (code, "--engine postgresql is for our own store in PostgreSQL" in err) == (2, True)


def test_a_name_that_is_no_engine_is_refused(shop):
    """And those that are, are said."""
    code, _, err = shop("report", *FUNNEL, "--engine", "duck")
    assert (code, "clickhouse" in err) == (2, True)


def test_what_is_handed_over_is_the_report_table(tmp_path):
    """Every row and column, with their types, whatever DuckDB has it in."""
    told = table(invented(3, 50, 0))
    with duck_db() as engine:
        events = engine.connection.create_table("told", told)
        write(engine, events, tmp_path / "events.parquet")
    found = parquet.read_table(tmp_path / "events.parquet")
    assert (
        found.sort_by([("at", "ascending"), ("tie", "ascending")]).to_pylist()
        == told.sort_by([("at", "ascending"), ("tie", "ascending")]).to_pylist()
    )
