"""``erasure reapply`` where a law keeps what names somebody who was erased: nobody is back."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app

MAP = """
version = 1
[datasets.shop]
url = "sqlite:///shop.db"
[reasons.tax]
citation = "AO § 147"
duration = "10 years"
[collections.shop.customers]
subject = true
[collections.shop.customers.fields]
id = { category = "user.unique_id", identity = "customers.id" }
email = { category = "user.contact.email", identity = "email" }
[collections.shop.bills]
keep = [{ reason = "tax", from = "issued" }]
[collections.shop.bills.fields]
id = "system.operations"
customer_id = { category = "user.unique_id", relation = "owned_by" }
email = { category = "user.contact.email", identity = "email", keep = ["tax"] }
issued = "system.operations"
[collections.shop.leases]
keep = [{ reason = "tax" }]
[collections.shop.leases.fields]
id = "system.operations"
tenant = { category = "user.unique_id", relation = "owned_by" }
partner = { category = "user.unique_id", relation = "owned_by" }
partner_email = { category = "user.contact.email", identity = "email", about = "partner", keep = "tax" }
"""
SHOP = """
create table customers (id integer primary key, email text);
create table bills (id integer primary key, customer_id integer references customers, email text,
 issued text);
create table leases (id integer primary key, tenant integer references customers,
 partner integer references customers, partner_email text);
insert into customers values (1, 'anna@home.example'), (2, 'ben@home.example');
insert into bills values (1, 1, 'anna@home.example', '2099-05-01');
insert into leases values (1, 2, 1, 'anna@home.example');
"""
ANNA = b"anna@home.example"
AGAIN = ("erasure", "reapply", "--since", "2020-01-01")


@pytest.fixture(autouse=True)
def shop(tmp_path, monkeypatch):
    """A shop that erased Anna, whose bill a law keeps."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text('[controller]\nestablishments = ["DE"]\n')
    (tmp_path / "datamap.toml").write_text(MAP)
    with closing(sqlite3.connect("shop.db")) as made:
        made.executescript(SHOP)
    assert CliRunner().invoke(app, ["keys", "init"]).exit_code == 0
    person = ("--email", "anna@home.example", "--proof", "email_link", "--yes")
    assert CliRunner().invoke(app, ["subject", "erase", *person]).exit_code == 3


def _bills():
    with closing(sqlite3.connect("shop.db")) as shop:
        return [row[0] for row in shop.execute("select email from bills")]


def _leases():
    with closing(sqlite3.connect("shop.db")) as shop:
        return shop.execute("select * from leases").fetchall()


@pytest.mark.parametrize("more", [(), ("--yes",)])
def test_what_a_law_keeps_is_not_back(more):
    """It is told, and left; a job that runs this is not alarmed."""
    done = CliRunner().invoke(app, [*AGAIN, *more])
    assert _leases() == [(1, 2, 1, "anna@home.example")]
    assert "leases: a row kept as the data map says" in done.stdout
    assert (done.exit_code, _bills()) == (0, ["anna@home.example"])
    assert "nobody who was erased is back" in done.stdout
    assert "kept as the data map says" in done.stdout
    assert "anna" not in done.stdout


def test_who_is_back_beside_it_is_found():
    """The customer came with a backup; the bill stays."""
    with closing(sqlite3.connect("shop.db")) as store:
        store.execute("update customers set email = 'anna@home.example' where id = 1")
        store.commit()
    told = CliRunner().invoke(app, [*AGAIN, "--json"])
    assert told.exit_code == 3
    assert set(json.loads(told.stdout)["people"]) == {"shop.customers"}
    assert CliRunner().invoke(app, [*AGAIN, "--yes"]).exit_code == 3
    assert _bills() == ["anna@home.example"]
    assert CliRunner().invoke(app, [*AGAIN]).exit_code == 0


def _own_records():
    """Return what of Anna's our own records hold, log included."""
    return [it.name for it in Path().glob("privacykit-records.db*") if ANNA in it.read_bytes()]


def _asked(*command):
    done = CliRunner().invoke(app, [*command])
    return done.exit_code, f"{done.stdout}{done.stderr}{done.exception}"


def test_what_a_law_keeps_does_not_keep_who_asked():
    """Nothing is left to do, so the names go from our own records; the hashes know her yet."""
    assert _own_records() == []
    said = _asked("request", "run", "--last", "--yes")[1]
    assert "answered but for what had to stay" in said
    assert "bills: a row kept as the data map says" in _asked(*AGAIN)[1]
    assert _asked("audit", "verify")[0] == 0


def test_what_waits_for_the_end_of_a_hold_keeps_who_asked():
    """Its release takes the request up again; then they go, though a law keeps her bill."""
    with closing(sqlite3.connect("shop.db")) as store:
        store.execute("insert into customers values (3, 'dora@home.example')")
        store.execute("insert into bills values (3, 3, 'dora@home.example', '2099-05-01')")
        store.commit()
    hold = ("shop", "customers", "--where", "id=3", "--basis", "claims", "--review", "2099-01-01")
    assert _asked("hold", "add", *hold)[0] == 0
    person = ("--email", "dora@home.example", "--proof", "email_link", "--yes")
    assert _asked("subject", "erase", *person)[0] == 3
    records = Path("privacykit-records.db")
    assert b"dora@home.example" in _all_bytes(records)
    assert "we keep what identified you" in _asked("request", "letter", "--last")[1]
    assert _asked("hold", "release", "--last")[0] == 0
    assert _asked("request", "run", "--last", "--yes")[0] == 3
    assert b"dora@home.example" not in _all_bytes(records)
    assert "we keep what identified you" not in _asked("request", "letter", "--last")[1]


def _all_bytes(path):
    return b"".join(it.read_bytes() for it in path.parent.glob(f"{path.name}*"))
