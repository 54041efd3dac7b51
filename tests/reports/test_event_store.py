"""Reports over our own store: what is read of it, and what is no longer there."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from privacykit.cli.main import main
from privacykit.collect.events.format import EventPlace
from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.sources.event_store import load_store
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.reader import EventReader
from privacykit.stores.keys import init_keys
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.testing.consent_contract import consent
from privacykit.testing.samples import NOW, rich_row, row

SECOND = 1_000_000
CONFIG = """
[[site]]
id = "shop"
hosts = ["shop.example"]
[events]
page = "analytics"
[purposes.analytics]
uses = ["analytics_no_storage"]
label = "Counting visits"
"""


def nothing_stopped(_):
    """Let everything be used."""
    return frozenset()


def rows_of(engine, reader, now=NOW, names=frozenset()):
    """Return what a report reads of the store."""
    between = (int(NOW) * SECOND, int(NOW + 86_400) * SECOND)
    read = load_store(engine, reader, between, now, names, nothing_stopped, site="shop")
    return engine.rows(read.table.order_by("at")), read.policies


def test_what_is_read_of_the_store(sql_url):
    """Living events of the site, each member in its column, and the policies they were made under."""
    database = open_engine(sql_url, kind="events")
    store = EventStore(database)
    store.ensure_periods(NOW, 6)
    soon = int(NOW) + 60
    rich = rich_row(3, props={"value": 990, "currency": "EUR", "plan": True})
    store.add([row(1), row(2, expires_at=soon), rich], NOW)
    reader = EventReader(lambda: database, lambda: None)

    with duck_db() as engine:
        found, policies = rows_of(engine, reader, NOW + 61, frozenset({"plan"}))
    store.forget("subject", "subject-1")
    with duck_db() as engine:
        left, _ = rows_of(engine, reader, NOW + 61)
    database.dispose()

    assert [one["visitor"] for one in found] == [f"{1:032x}", f"{3:032x}"]
    plain, told = found
    assert (plain["event"], plain["page"], plain["country"], plain["basis"]) == (
        "page",
        "/",
        "DE",
        "law",
    )
    assert (plain["at"], plain["tie"]) == (int(NOW + 1) * SECOND, row(1).envelope.id)
    assert (told["value"], told["currency"], told["prop.plan"]) == (990, "EUR", "true")
    assert policies == ("DE@0123456789ab", "US-CA@0123456789ab", "US@ba9876543210")
    assert [one["visitor"] for one in left] == [f"{3:032x}"]


@dataclass
class Shop:
    """A configured folder with events, and its commands."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture

    def __call__(self, *words):
        config = str(self.folder / "privacykit.toml")
        command = ["privacykit", "report", *words, "--config", config]
        self.monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *self.capsys.readouterr())

    def forget(self, subject):
        """Erase the events of somebody."""
        database = open_engine(f"sqlite:///{self.folder / 'privacykit-events.db'}", kind="events")
        EventStore(database).forget("subject", subject)
        database.dispose()


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    """Twenty visitors saw a page in January 2027, twelve of them in Germany."""
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    init_keys(tmp_path / "privacykit.keys", datetime.fromtimestamp(NOW, UTC))
    url = f"sqlite:///{tmp_path / 'privacykit-events.db'}"
    database = open_engine(url, kind="events")
    store = EventStore(database)
    store.ensure_periods(NOW, 6)
    place = {True: EventPlace("DE", None), False: EventPlace("FR", None)}
    store.add([rich_row(n, place=place[n <= 12]) for n in range(1, 21)], NOW)
    database.dispose()
    return Shop(tmp_path, monkeypatch, capsys)


def test_who_withdraws_is_in_no_report(sql_url, tmp_path):
    """Where records are kept beside events, those of a withdrawn consent are left out, and only they."""
    database = open_engine(sql_url, kind="events")
    store = EventStore(database, record=True)
    store.ensure_periods(NOW, 6)
    store.add([row(1), row(2)], NOW)
    records = open_engine(f"sqlite:///{tmp_path}/records.db", kind="records")
    consents = SqlConsentStore(records)
    consents.add(msgspec.structs.replace(consent("record-1"), given_at=NOW))
    consents.add(msgspec.structs.replace(consent("record-2"), given_at=NOW))
    reader = EventReader(lambda: database, lambda: None)

    def visitors():
        with duck_db() as engine:
            between = (int(NOW) * SECOND, int(NOW + 86_400) * SECOND)
            read = load_store(
                engine, reader, between, NOW, frozenset(), consents.stopped, site="shop"
            )
            return [one["visitor"] for one in engine.rows(read.table.order_by("at"))]

    before = visitors()
    consents.withdraw("record-1", NOW + 1)
    after = visitors()
    for engine in (database, records):
        engine.dispose()

    assert before == [f"{1:032x}", f"{2:032x}"]
    assert after == [f"{2:032x}"]


def test_who_objects_is_in_no_report(shop):
    """The last gate of the delivery decides: an order about a person stops their events here too."""
    days = ("--from", "2027-01-01", "--to", "2027-01-31", "--json")
    assert json.loads(shop(*FUNNEL, *days)[1])["entered"] == 20
    records = open_engine(f"sqlite:///{shop.folder / 'privacykit-records.db'}", kind="records")
    consents = SqlConsentStore(records)
    consents.stop("subject", "subject-3", at=NOW, until=None)
    consents.stop("visitor", f"{4:032x}", at=NOW, until=None, purposes=("analytics",))
    consents.stop("visitor", f"{5:032x}", at=NOW, until=None, purposes=("ads",))
    records.dispose()
    assert json.loads(shop(*FUNNEL, *days)[1])["entered"] == 18


FUNNEL = ("funnel", "--step", "event!=x", "--step", "event==nothing")


def test_a_report_of_the_store(shop):
    """Its visits, its policies and its k; the erased are in no figure."""
    days = ("--from", "2027-01-01", "--to", "2027-01-31")
    code, out, err = shop(*FUNNEL, *days, "--json")
    assert code == 0, err
    report = json.loads(out)
    assert (report["site"], report["k"], report["ids"]) == ("shop", 10, "daily")
    assert (report["entered"], report["conversions"]) == (20, 0)
    assert report["policies"] == ["US-CA@0123456789ab", "US@ba9876543210"]
    shop.forget("subject-20")
    assert json.loads(shop(*FUNNEL, *days, "--json")[1])["entered"] == 19


def test_a_period_that_overlaps_one_that_was_shown_is_refused(shop):
    """It would tell a few people by the difference; an operator may accept it."""
    assert shop(*FUNNEL, "--from", "2027-01-01", "--to", "2027-01-31")[0] == 0
    code, out, err = shop(*FUNNEL, "--from", "2027-01-15", "--to", "2027-01-31")
    assert (code, out) == (1, "")
    assert "overlaps_published: a report of 2027-01-01 to 2027-01-31 was shown" in err
    apart = shop(*FUNNEL, "--from", "2027-02-01", "--to", "2027-02-28")
    accepted = shop(*FUNNEL, "--from", "2027-01-15", "--to", "2027-01-31", "--accept-overlap")
    assert (apart[0], accepted[0]) == (0, 0)


def test_segments_shown_one_after_the_other_are_cut_as_if_together(shop):
    """France has eight visitors: after Germany's twelve of twenty they are hidden, and so is it."""
    days = ("--from", "2027-01-01", "--to", "2027-01-31", "--json")
    together = json.loads(shop(*FUNNEL, *days, "--segment", "country==DE")[1])
    assert together["entered"] == 20
    assert together["compared"][0]["entered"] is None
    after = json.loads(shop(*FUNNEL, *days, "--segment", "country==FR")[1])
    assert after["compared"][0]["entered"] is None
    for letter in "abcd":
        assert shop(*FUNNEL, *days, "--segment", f"page=@{letter}")[0] == 0
    code, _, err = shop(*FUNNEL, *days, "--segment", "page=@e")
    assert (code, "too_many_segments" in err) == (1, True)


@pytest.mark.parametrize("text", ["prop.plan==gold", "cart==abandoned", "value>5", "campaign==x"])
def test_a_segment_that_was_shown_cuts_whatever_it_looks_at(shop, text):
    """Later reports of its period read what it needs, though they do not ask for it."""
    days = ("--from", "2027-01-01", "--to", "2027-01-31", "--json")
    assert shop(*FUNNEL, *days, "--segment", text)[0] == 0
    code, out, err = shop(*FUNNEL, *days)
    assert (code, err) == (0, "")
    assert json.loads(out)["entered"] == 20
    code, out, err = shop(*FUNNEL, *days, "--segment", "country==DE")
    assert (code, err) == (0, "")
    assert [one["segment"] for one in json.loads(out)["compared"]] == ["country==DE"]


def test_what_was_refused_was_not_shown(shop):
    """A report that cannot be answered stands in no later one's way."""
    days = ("--from", "2027-01-01", "--to", "2027-01-31")
    code, _, err = shop(*FUNNEL, *days, "--segment", "visitor==new")
    assert (code, "needs_person_id" in err) == (1, True)
    assert shop(*FUNNEL, "--from", "2027-01-15", "--to", "2027-01-31")[0] == 0
    assert shop(*FUNNEL, *days)[0] == 1


def test_fewer_than_ten_are_for_nobodys_data_only(shop):
    """Our own store holds real people's events."""
    code, _, err = shop(*FUNNEL, "--k", "1")
    assert (code, "--k is at least 10" in err) == (2, True)
    code, _, err = shop(*FUNNEL, "--k", "1", "--synthetic")
    assert (code, "our own store holds real people's events" in err) == (2, True)


def test_the_present_month_is_asked_where_none_is_said(shop):
    """Whole, though it is not over."""
    report = json.loads(shop(*FUNNEL, "--json")[1])
    month = time.strftime("%Y-%m", time.gmtime())
    assert report["periods"][0]["start"] == f"{month}-01"


def test_the_ledger_holds_what_was_asked_and_nobody(shop):
    """A period, the kind and the conditions as they were written; nothing of an event."""
    days = ("--from", "2027-01-01", "--to", "2027-01-31")
    assert shop(*FUNNEL, *days, "--segment", "country==DE")[0] == 0

    with closing(sqlite3.connect(shop.folder / "privacykit-records.db")) as records:
        rows = records.execute("select * from published_reports").fetchall()

    (row,) = rows
    assert row[1:-1] == ("shop", "funnel", "2027-01-01", "2027-01-31", '["country==DE"]')
    assert isinstance(row[-1], float)
