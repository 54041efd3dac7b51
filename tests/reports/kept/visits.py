"""Visits of a shop over some months, in our own store, and the commands over them."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import time_machine

from privacykit.cli.main import main
from privacykit.collect.events.format import EventPlace, EventReferrer, decode_event, encode_event
from privacykit.collect.ports import OutboxRow
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.keys import init_keys
from privacykit.testing.samples import rich_row

CONFIG = """
[[site]]
id = "shop"
hosts = ["shop.example"]
timezone = "Europe/Berlin"
[events]
page = "analytics"
[purposes.analytics]
uses = ["analytics_no_storage"]
retention = "13 months"
[reports]
"""
LASTING = CONFIG.replace('"analytics_no_storage"]', '"analytics_storage"]\nvisitor = "consented"')
KEEP = """keep = [
    "overview --segment country==DE",
    "funnel --definition goals.toml --name shop",
    "segments --definition goals.toml --conversion bought --by country --by device",
]
"""
GOALS = """
[[goals]]
name = "bought"
match = "event==order"
[[funnels]]
name = "shop"
steps = ["event==page", "event==cart_add", { goal = "bought" }]
"""
CHANNELS = ("search", "email", "social")
ASKED = (
    ("overview",),
    ("overview", "--segment", "country==DE"),
    ("funnel", "--definition", "goals.toml", "--name", "shop"),
    (
        "segments", "--definition", "goals.toml", "--conversion", "bought", "--by", "country",
        "--by", "device",
    ),
)  # fmt: skip
JANUARY = ("--from", "2026-01-01", "--to", "2026-01-31")
FEBRUARY = ("--from", "2026-02-01", "--to", "2026-02-28")
FIRST_VISITOR = 0x7A11_0F7A_11CE_5EED_0DDB_A11A_0B5E_0000
"""No row of noughts, as the first hash of a log is."""
LIFE = timedelta(days=396)
IN_FEBRUARY = datetime(2026, 2, 20, tzinfo=UTC)
FIRST_GONE = datetime(2027, 2, 3, 12, tzinfo=UTC)
"""Some events of January have expired, some live on."""


def made(seed=1, visitors=160):
    """Return events of January and February 2026, as they wait for the store."""
    chance = random.Random(seed)
    start = datetime(2025, 12, 31, 23, tzinfo=UTC)  # midnight in Berlin
    found = []
    for visitor in range(visitors):
        at = start + timedelta(seconds=chance.randrange(58 * 86_400))
        place = EventPlace(chance.choice(["DE", "DE", "DE", "FR", "LU"]), None)
        for name in ("page", "cart_add", "order")[: chance.choice([1, 1, 2, 3])]:
            at += timedelta(seconds=chance.randrange(1, 60))
            found.append(_event(len(found), visitor, at, name, place, chance.randrange(9, 900)))
    return found


def _event(number, visitor, at, name, place, value):
    sample = rich_row(number, name=name, place=place, props={"value": value, "currency": "EUR"})
    expires = int((at + LIFE).timestamp())
    event = decode_event(sample.body)
    data = msgspec.structs.replace(
        event.data, visitor=f"{FIRST_VISITOR + visitor:032x}", expires_at=_written(at + LIFE)
    )
    event = msgspec.structs.replace(event, time=_written(at), data=data)
    envelope = msgspec.structs.replace(
        sample.envelope,
        visitor=f"{FIRST_VISITOR + visitor:032x}",
        subject=f"subject-{visitor}",
        expires_at=expires,
    )
    return OutboxRow(envelope, encode_event(event))


def _written(at):
    return at.isoformat().replace("+00:00", "Z")


@dataclass
class KeepingShop:
    """A configured folder with visits, and its commands."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture
    config: str = CONFIG
    events: str = ""

    def __call__(self, *words, at=IN_FEBRUARY):
        self.monkeypatch.chdir(self.folder)
        self.monkeypatch.setattr(sys, "argv", ["privacykit", *words])
        with time_machine.travel(at, tick=False), pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *self.capsys.readouterr())

    def report(self, *words, at=IN_FEBRUARY):
        """Return what a report says."""
        code, out, err = self("report", *words, at=at)
        assert code == 0, err
        return out

    def configure(self, text):
        """Have *text* in [reports]."""
        (self.folder / "privacykit.toml").write_text(self.config + text)

    def store(self):
        """Return the event store, and its database."""
        here = f"sqlite:///{self.folder / 'privacykit-events.db'}"
        database = open_engine(self.events or here, kind="events")
        return EventStore(database), database

    def forget(self, visitor):
        """Erase the events of a visitor."""
        store, database = self.store()
        gone = store.forget("subject", f"subject-{visitor}")
        database.dispose()
        return gone

    def left(self):
        """Return how many events there are."""
        store, database = self.store()
        found = store.count_from("")
        database.dispose()
        return found


def lay_shop(folder, monkeypatch, capsys, events, config=CONFIG, url=""):
    """Return a shop with *events* in its store."""
    (folder / "goals.toml").write_text(GOALS)
    init_keys(folder / "privacykit.keys", IN_FEBRUARY)
    if url:
        config = config.replace("[events]\n", f'[events]\nurl = "{url}"\n')
    shop = KeepingShop(folder, monkeypatch, capsys, config, url)
    shop.configure("")
    store, database = shop.store()
    store.ensure_periods(IN_FEBRUARY.timestamp(), 16)
    refused = store.add(events, IN_FEBRUARY.timestamp())
    assert (refused.early, refused.unstorable) == ((), ())
    database.dispose()
    return shop


def lasting(row, number):
    """Return an event that rests on consent, of a channel, of one of forty people."""
    event = decode_event(row.body)
    consent = msgspec.structs.replace(event.data.consent, source="consent")
    visitor = f"{FIRST_VISITOR + number % 40:032x}"
    data = msgspec.structs.replace(
        event.data,
        consent=consent,
        visitor=visitor,
        referrer=EventReferrer(host="from.example", channel=CHANNELS[number % 3]),
    )
    event = msgspec.structs.replace(event, data=data)
    envelope = msgspec.structs.replace(row.envelope, visitor=visitor, record=None)
    return msgspec.structs.replace(row, envelope=envelope, body=encode_event(event))


def lay_lasting(folder, monkeypatch, capsys, url=""):
    """Return a shop whose visitors consented to being known again, with its leads and customers."""
    events = [lasting(row, number) for number, row in enumerate(made(visitors=400))]
    shop = lay_shop(folder, monkeypatch, capsys, events, LASTING, url)
    people = [f"{FIRST_VISITOR + number:032x}" for number in range(40)]
    (folder / "links.csv").write_text(
        "lead_key,visitor,time,consent\n"
        + "".join(f"l{n},{one},2026-02-20T10:00:00Z,c{n}\n" for n, one in enumerate(people))
    )
    (folder / "crm.csv").write_text(
        "lead_key,stage,time,value,currency\n"
        + "".join(f"l{n},lead,2026-02-20T10:00:00Z,,\n" for n in range(40))
    )
    return shop
