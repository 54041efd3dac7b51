"""Every key is rotated, and everybody who reads what the old one made goes on reading it (P7, P8)."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from privacykit.cli.main import main
from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.govern.records import Identity
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.events import OwnEvents
from privacykit.pseudonym.subject import subject_reference
from privacykit.stores.key_file import USES
from privacykit.stores.keys import load_keys

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
establishments = ["DE"]
[events]
url = "sqlite:///events.db"
[purposes.analytics]
uses = ["analytics_no_storage"]
retention = "13 months"
"""
MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
max_proportion = 1.0
[collections.shop.customers]
subject = true
[collections.shop.customers.fields]
id = { exclude = "a number" }
email = { category = "user.contact.email", identity = "email" }
"""
ANNA = "anna@shop.example"
SHOP = f"""
create table customers (id integer primary key, email text unique);
insert into customers values (1, '{ANNA}'), (2, 'ben@shop.example');
"""
ROTATED = [*USES, "every use", "every use, twice"]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a shop."""
    monkeypatch.chdir(tmp_path)
    Path("privacykit.toml").write_text(CONFIG)
    Path("datamap.toml").write_text(MAP)
    with closing(sqlite3.connect("shop.db")) as shop:
        shop.executescript(SHOP)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    assert run("keys", "init")[0] == 0
    return run


@pytest.fixture
def erased(run):
    """A shop that erased Anna, kept her receipt, and had its backup restored."""
    shutil.copy("shop.db", "shop.backup")
    request = json.loads(
        run("request", "new", "erasure", "--email", ANNA, "--place", "DE", "--json")[1]
    )
    run("request", "prove", request["id"], "--method", "eid")
    run("request", "approve", request["id"], "--operator", "olga")
    assert run("request", "run", request["id"], "--yes")[0] == 0
    Path("receipt.json").write_text(run("request", "receipt", request["id"])[1])
    run("audit", "export", "log.jsonl")
    shutil.copy("shop.backup", "shop.db")
    return run


@pytest.fixture(params=ROTATED)
def rotated(request, erased):
    """The same, after keys were rotated."""
    uses = (
        [request.param]
        if request.param in USES
        else list(USES) * (1 + request.param.endswith("twice"))
    )
    for use in uses:
        assert erased("keys", "rotate", use)[0] == 0
    return erased


def _customers():
    with closing(sqlite3.connect("shop.db")) as shop:
        return [row[0] for row in shop.execute("select id from customers order by id")]


def test_who_was_erased_stays_erased(rotated):
    """A restored backup is looked through with every key."""
    code, out, _ = rotated("erasure", "reapply", "--since", "2020-01-01", "--yes")
    assert (code, "1 rows erased" in out, _customers()) == (0, True, [2])


def test_the_audit_log_is_whole(rotated):
    """Entries, head and checkpoint were made with the old keys, what follows with the new."""
    rotated("erasure", "reapply", "--since", "2020-01-01", "--yes")
    code, out, _ = rotated("audit", "verify")
    assert (code, "The audit log is whole" in out) == (0, True)


@pytest.mark.parametrize("option", ["--receipt receipt.json", "--export log.jsonl"])
def test_what_was_signed_is_verified(rotated, option):
    """Receipts and exports from before."""
    assert rotated("audit", "verify", *option.split())[0] == 0


def test_an_operator_is_known_under_every_key(rotated):
    """What somebody did before is found by their name."""
    _, out, _ = rotated("audit", "show", "--by", "olga")
    assert "request.approved" in out


def _stored(context, key):
    """Keep an event of a user under *key*, delivered and pending."""
    reference = subject_reference(key, "customer-7")
    body = b'{"id":"%d","time":"2026-11-20T12:00:00Z","data":{"name":"page"}}'
    rows = [
        OutboxRow(
            Envelope(str(n), "shop", "analytics", 2_000_000_000, ("x",), subject=reference),
            body % n,
        )
        for n in (1, 2)
    ]
    with context.events() as store:
        assert store is not None
        store.ensure_periods(1_795_000_000.0, 120)
        store.add(rows[:1], 1_795_000_000.0)
    with context.outbox() as outbox:
        outbox.prepare()
        outbox.add(rows[1:], 1_795_000_000.0)


def test_events_of_a_person_are_erased_under_every_key(run):
    """They were stored under a reference that nobody makes any more."""
    with closing(OperatorContext("privacykit.toml")) as context:
        _stored(context, context.keys.current("subject").value)
    run("keys", "rotate", "subject")
    with closing(OperatorContext("privacykit.toml")) as context:
        results = OwnEvents(context, [Identity("controller_customer_id", "customer-7")]).forget()
    assert sorted(result.rows_changed for result in results if result.rows_changed) == [1, 1]


def test_a_key_that_is_missing_is_an_error(erased):
    """Without it nobody who was erased is recognised, and "nobody is back" would be a lie."""
    erased("keys", "rotate", "suppression")
    key_file = Path("privacykit.keys")
    old = load_keys(key_file).all("suppression")[1]
    head, *entries = key_file.read_text().split("[[key]]")
    key_file.write_text("[[key]]".join([head, *(e for e in entries if old.id not in e)]))
    code, _, err = erased("erasure", "reapply", "--since", "2020-01-01")
    assert (code, "PK257" in err) == (1, True)
