"""``privacykit request together``: many erasures, one pass over the lake, a receipt for each."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from privacykit.connectors.lakehouse.duckdb import tables as duckdb_tables
from privacykit.connectors.lakehouse.parquet import tables
from privacykit.connectors.lakehouse.rows.sought import SoughtValues, covers
from privacykit.errors import StoreError
from tests.cli.conftest import ANNA, NOW

LAKE = """
[datasets.lake]
path = "lake"
connector = "parquet"
effect = "erased"
max_proportion = 1.0
[collections.lake.visits.fields]
id = { exclude = "a number" }
email = { category = "user.contact.email", identity = "email" }
"""
PEOPLE = [ANNA, "ben@shop.example", "cleo@shop.example"]


@pytest.fixture
def lake(run, tmp_path):
    """Visits of three people beside a shop of two of them."""
    map_ = tmp_path / "datamap.toml"
    map_.write_text(map_.read_text().replace('recipients = ["mailer", "printer"]', "") + LAKE)
    (tmp_path / "lake" / "visits").mkdir(parents=True)
    for part in range(3):
        rows = [
            {"id": 10 * part + n, "email": who} for n, who in enumerate([*PEOPLE, "d@x.example"])
        ]
        file = tmp_path / "lake" / "visits" / f"part-{part}.parquet"
        parquet.write_table(pa.Table.from_pylist(rows), file)
    run("keys", "init")
    return tmp_path / "lake" / "visits"


@pytest.fixture
def ask(run, lake):  # noqa: ARG001 - a lake to ask about
    """File and approve an erasure for each address; gives the request's id."""

    def ask(email, at=NOW):
        new = ("request", "new", "erasure", "--email", email, "--place", "DE", "--json")
        id_ = json.loads(run(*new, at=at)[1])["id"]
        for step in (("prove", id_, "--method", "document_seen"), ("approve", id_)):
            assert run("request", *step, at=at)[0] == 0
        return id_

    return ask


def _emails(lake):
    return sorted(row["email"] for f in lake.iterdir() for row in parquet.read_table(f).to_pylist())


def test_it_waits_for_the_first_deadline(run, ask, lake):
    """And says when that is; nothing is planned or done before."""
    assert run("request", "together")[:2] == (0, "no erasure waits\n")
    ask(ANNA)
    ask("ben@shop.example", at=NOW + timedelta(days=5))
    code, out, _ = run("request", "together", "--yes", at=NOW + timedelta(days=6))
    assert (code, "2 erasures wait; one pass runs on 2026-12-1" in out) == (0, True)
    told = json.loads(run("request", "together", "--json")[1])
    assert (told["waiting"], told["requests"]) == (2, [])
    assert len(_emails(lake)) == 12


def test_each_file_is_written_once_and_each_person_has_a_receipt(run, ask, lake, monkeypatch):
    """What is looked up is done too; each receipt counts its own rows."""
    ids = [ask(email) for email in PEOPLE]
    written = []
    inner = tables.rewrite_parquet
    monkeypatch.setattr(tables, "rewrite_parquet", lambda *a: (written.append(1), inner(*a))[1])
    late = NOW + timedelta(days=28)
    code, out, err = run("request", "together", "--yes", at=late)
    assert (code, out.count("fulfilled"), err) == (0, 3, "")
    assert (len(written), set(_emails(lake))) == (3, {"d@x.example"})
    for id_, rows in zip(ids, (3 + 3, 3 + 2, 3), strict=True):
        receipt = json.loads(run("request", "receipt", id_)[1])
        assert sum(step["rows_changed"] for step in receipt["steps"]) == rows
        effects = {s["effect"] for s in receipt["steps"] if s["dataset"] == "lake"}
        assert effects == {"erased"}
    with closing(sqlite3.connect(lake.parent.parent / "shop.db")) as shop:
        assert shop.execute("select count(*) from customers").fetchone() == (0,)


def test_a_duckdb_file_is_written_anew_once_for_everybody(run, ask, tmp_path, monkeypatch):
    """From the data map to the receipts: checked, planned, deleted, copied, verified."""
    file, map_ = tmp_path / "visits.duckdb", tmp_path / "datamap.toml"
    text = map_.read_text().replace(
        'path = "lake"\nconnector = "parquet"', 'path = "visits.duckdb"\nconnector = "duckdb"'
    )
    map_.write_text(text)
    people = ", ".join(f"('{who}')" for who in [*PEOPLE, "d@x.example"])
    with duckdb.connect(str(file)) as owner:
        owner.execute(f"create table visits as select 1 id, col0 email from (values {people})")
        owner.execute("create table more (secret int)")
    assert "PK220 datamap.toml: lake.more:" in "".join(run("datamap", "check")[1:])
    map_.write_text(f'{text}[datasets.lake.excluded]\nmore = "numbers"\n')
    ids, renewed, inner = [ask(email) for email in PEOPLE], [], duckdb_tables.renew
    monkeypatch.setattr(duckdb_tables, "renew", lambda it: (renewed.append(1), inner(it))[1])
    code, out, err = run("request", "together", "--yes", at=NOW + timedelta(days=28))
    assert (code, out.count("fulfilled"), err, len(renewed)) == (0, 3, "", 1)
    for id_ in ids:
        steps = json.loads(run("request", "receipt", id_)[1])["steps"]
        assert {s["effect"] for s in steps if s["dataset"] == "lake"} == {"erased"}
    with duckdb.connect(str(file)) as owner:
        assert owner.execute("select email from visits").fetchall() == [("d@x.example",)]


def test_without_a_yes_it_shows(run, ask, lake):
    """Rows of each, and nothing is done."""
    ask(ANNA)
    code, out, _ = run("request", "together", "--now")
    assert (code, "6 rows  planned" in out, "nothing was done yet" in out) == (0, True, True)
    assert len(_emails(lake)) == 12


def test_one_with_problems_is_left_and_said(run, ask, lake, tmp_path):
    """A second person's row is nobody's by the way: that one is run by itself."""
    ask(ANNA)
    ask("ben@shop.example")
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop, shop:
        shop.execute("drop table orders")
        shop.execute(
            "create table orders (id integer primary key, customer_id integer references customers, note text)"
        )
        shop.execute("insert into customers values (7, 'ANNA@shop.example', 'A', 0)")
    map_ = tmp_path / "datamap.toml"
    text = 'identity = "email" }\nname'
    map_.write_text(
        map_.read_text().replace(text, 'identity = "email", match = "ignore-case" }\nname')
    )
    code, out, err = run("request", "together", "--now", "--yes")
    assert (code, out.count("fulfilled"), "has problems" in err) == (3, 1, True)
    assert ANNA in _emails(lake)
    assert "ben@shop.example" not in _emails(lake)


def test_a_pass_that_failed_is_gone_on_with(run, ask, lake, monkeypatch):
    """What was looked up is done, the ledger says it runs, and the next pass does the rest."""
    ids = [ask(email) for email in PEOPLE[:2]]
    inner, turns = tables.rewrite_parquet, iter(range(9))

    def failing(*given):
        if next(turns) == 1:
            raise StoreError("the disk is full")
        return inner(*given)

    monkeypatch.setattr(tables, "rewrite_parquet", failing)
    code, _, err = run("request", "together", "--now", "--yes")
    assert (code, "the disk is full" in err) == (1, True)
    assert len(_emails(lake)) == 10
    code, out, _ = run("request", "together", "--now", "--yes")
    assert (code, out.count("fulfilled")) == (0, 2)
    assert set(_emails(lake)) == {"cleo@shop.example", "d@x.example"}
    steps = json.loads(run("request", "receipt", ids[0])[1])["steps"]
    (lake_step,) = [step for step in steps if step["dataset"] == "lake"]
    assert (lake_step["rows_changed"], lake_step["rows_gone"]) == (2, 1)


def _plans(folder):
    """Return the database of ours that holds the plans."""
    for file in folder.glob("**/*.db"):
        with closing(sqlite3.connect(file)) as records:
            if records.execute("select 1 from sqlite_master where name = 'plans'").fetchone():
                return file
    raise AssertionError(folder)


def test_nobody_else_goes_on_with_a_plan_while_the_pass_lasts(run, ask, monkeypatch, tmp_path):
    """Each lease is held while files are written, and given back at the end."""
    ids = [ask(email) for email in PEOPLE[:2]]
    inner, seen = tables.rewrite_parquet, []

    def leases():
        with closing(sqlite3.connect(_plans(tmp_path))) as records:
            return records.execute("select leased_until from plans").fetchall()

    monkeypatch.setattr(
        tables, "rewrite_parquet", lambda *given: (seen.append(leases()), inner(*given))[1]
    )
    assert run("request", "together", "--now", "--yes")[0] == 0
    assert [len(ids)] * 3 == [sum(end > NOW.timestamp() for (end,) in it) for it in seen]
    assert leases() == [(0.0,), (0.0,)]


def test_one_that_another_run_took_over_costs_the_others_no_receipt(
    run, ask, monkeypatch, tmp_path
):
    """It is left and said; who waited along with it has a receipt."""
    ids = [ask(email) for email in PEOPLE]
    inner = tables.rewrite_parquet

    def rewrite(*given):
        with closing(sqlite3.connect(_plans(tmp_path))) as records, records:
            taken = "update plans set owner = 'other', leased_until = 9e9 where request_id = ?"
            records.execute(taken, (ids[0],))
        return inner(*given)

    monkeypatch.setattr(tables, "rewrite_parquet", rewrite)
    code, out, err = run("request", "together", "--now", "--yes")
    assert (code, out.count("fulfilled"), "another run" in err) == (3, 2, True)
    assert [run("request", "receipt", id_)[0] == 0 for id_ in ids] == [False, True, True]


def test_what_was_not_gathered_is_read_anew():
    """An answer from memory is never less than the lake's."""
    one = (SoughtValues("email", frozenset({"a", "b"})),)
    assert covers(None, one)
    assert covers(one, (SoughtValues("email", frozenset({"a"})),))
    assert not covers(one, (SoughtValues("email", frozenset({"c"})),))
    assert not covers(one, (SoughtValues("email", None),))
    assert not covers(one, (SoughtValues("email", frozenset({"a"}), folded=True),))
    assert not covers(one, None)
    assert covers((SoughtValues("email", None),), one)
