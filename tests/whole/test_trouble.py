"""
P9: whatever of ours breaks, requests go on, nothing leaks, a counter and one log line say so.

Each trouble is made for real: a locked file, a full database, a server that is gone.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from privacykit.delivery import deliverer as delivery
from privacykit.errors import ConfigurationError
from privacykit.geo.synthetic import address_of
from privacykit.runtime import alarms
from privacykit.stores.database import engine as store_engine
from privacykit.testing.layout import CONFIG
from privacykit.web import lifespan
from tests.waiting import eventually

ARCHIVE = """
[[sinks]]
name = "archive"
type = "jsonl"
folder = "archive"
purposes = ["analytics"]
"""
REAL = address_of("DE", 9)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody waits ten seconds for a lock here."""
    monkeypatch.setattr(store_engine, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(delivery, "KEEP_AGAIN_SECONDS", 0.5)
    monkeypatch.setattr(lifespan, "DRAIN_SECONDS", 0.5)


def goes_on(house, n=3):
    """Ask a few times; every answer is right."""
    for _ in range(n):
        assert house.get().text == "ok"
        told = house.get("/seen").json()
        assert told["client"] == REAL.rpartition(".")[0] + ".0"
        assert told["analytics"] in {True, False}
    return told


def lines(said, word):
    """Return the lines with *word* in them."""
    return [line for line in said() if word in line]


def no_leak(house, said):
    """Nothing of the visitor's is anywhere."""
    wrote = b"".join(
        p.read_bytes() for p in house.folder.rglob("*") if p.is_file() and p.suffix != ".mmdb"
    )
    assert REAL.encode() not in wrote
    assert REAL not in "\n".join(said())


def test_a_sink_that_is_down(open_house, tmp_path, monkeypatch, said):
    """The others go on, its events wait, and it gets them when it works again."""
    (tmp_path / "archive").mkdir()
    house = open_house(CONFIG + ARCHIVE)
    (tmp_path / "archive").rmdir()
    goes_on(house)
    assert eventually(lambda: house.count("delivery_retried", "archive") > 0)
    assert eventually(lambda: house.count("delivery_delivered", "events") > 0)
    house.keeper.tick()
    house.keeper.tick()
    assert len(lines(said, "sink archive: PK170")) == 1
    (tmp_path / "archive").mkdir()
    assert eventually(lambda: house.count("delivery_delivered", "archive") > 0)
    monkeypatch.setattr(alarms, "QUIET_SECONDS", 0.0)
    house.keeper.tick()
    assert lines(said, "archive")[-1] == "privacykit: sink archive: no failure any more"
    no_leak(house, said)


def test_a_database_that_is_locked(open_house, tmp_path, said):
    """Events wait in memory, and are committed when the lock is gone; one line for each part."""
    house = open_house()
    with closing(sqlite3.connect(tmp_path / "privacykit-events.db")) as other:
        other.execute("begin exclusive")
        for _ in range(5):
            goes_on(house, 50)
            house.keeper.tick()
        assert eventually(lambda: house.count("outbox_failed", "store") > 1)
        house.keeper.tick()
        other.rollback()
    assert eventually(lambda: house.count("outbox_acknowledged") >= 250)
    house.keeper.tick()
    assert len(lines(said, "outbox_failed:store: events cannot be committed")) == 1
    assert len(lines(said, "sink events: PK133")) <= 1
    assert len(said()) == len({line.split(": ")[1] for line in said()})
    assert eventually(lambda: len(house.events) >= 250)
    no_leak(house, said)


def test_a_disk_that_is_full(open_house, said):
    """Refused by the database itself: new events wait, then are refused and counted."""
    house = open_house(CONFIG + "[outbox]\nlimit = 5\nbatch = 2\n")
    goes_on(house)
    assert eventually(lambda: house.count("outbox_acknowledged") >= 3)
    for engine in list(store_engine._engines):
        if "privacykit-events" in str(engine.url):
            event.listen(engine, "begin", lambda c: c.exec_driver_sql("pragma max_page_count=1"))

    def fills():
        goes_on(house)
        return house.count("outbox_refused", "full") > 0

    assert eventually(fills)  # free pages of the file take what comes first
    assert eventually(lambda: house.count("outbox_failed", "store") > 1)
    house.keeper.tick()
    house.keeper.tick()
    assert len(lines(said, "outbox_failed:store")) == 1
    assert len(lines(said, "outbox_refused:full")) == 1
    no_leak(house, said)


def test_what_began_to_work_again_is_said(open_house, tmp_path, monkeypatch, said):
    """After a quiet time, which is cut short here."""
    monkeypatch.setattr(alarms, "QUIET_SECONDS", 0.0)
    house = open_house()
    with closing(sqlite3.connect(tmp_path / "privacykit-events.db")) as other:
        other.execute("begin exclusive")
        house.get()
        assert eventually(lambda: house.count("outbox_failed", "store") > 0)
        house.keeper.tick()
    assert eventually(lambda: house.count("outbox_acknowledged") >= 1)
    house.keeper.tick()
    house.keeper.tick()
    assert lines(said, "outbox_failed")[-1].endswith("no failure any more")


@pytest.mark.parametrize("rubbish", [b"", b"rubbish" * 5000, b"\xab\xcd\xefMaxMind.com" * 9])
def test_a_geo_file_replaced_by_garbage(open_house, tmp_path, rubbish, said):
    """Places are known as before, from memory."""
    house = open_house()
    goes_on(house)
    (tmp_path / "places.mmdb").write_bytes(rubbish)
    house.keeper.tick()
    house.keeper.tick()
    assert goes_on(house)["place"] == "DE"
    assert house.count("geo", "load_failed") == 1
    assert len(lines(said, "PK192")) == 1
    no_leak(house, said)


def test_a_geo_file_that_is_garbage_at_the_start(open_house, tmp_path, said):
    """Every place is unknown, and the strictest law of all holds."""
    house = open_house(enter=False)
    (tmp_path / "places.mmdb").write_bytes(b"rubbish")
    house = open_house()
    told = house.get("/seen", place="US-TX").json()
    assert (told["place"], told["ads"]) == ("ZZ", False)
    assert len(lines(said, "PK190")) == 1
    no_leak(house, said)


def test_a_policy_reloaded_with_an_error(open_house, tmp_path, said):
    """The law in force stays, also at midnight, until the file is mended."""
    own = tmp_path / "own"
    own.mkdir()
    house = open_house(CONFIG + '[policies]\ndirectories = ["own"]\n')
    before = house.get("/seen", place="US-TX").json()["ads"]
    (own / "US-TX.toml").write_text("id = ")
    for _ in range(3):
        house.keeper.tick()
    (own / "US-TX.toml").write_bytes(b"\xff\xfe\x00")
    house.keeper.tick()
    assert house.get("/seen", place="US-TX").json()["ads"] == before
    assert house.count("error", "policies") == 4
    assert len(lines(said, "policies failed (PK050")) == 1
    (own / "US-TX.toml").unlink()
    house.keeper.tick()
    assert lines(said, "policies")[-1] == "privacykit: policies works again"
    goes_on(house)
    no_leak(house, said)


class Clock:
    """A clock set by hand, from the present on."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(hour=12, minute=0).timestamp()

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    "jumps",
    [
        [24, -24, 24],
        [-24, -24, 48],
        [12.1, -0.2, 0.2, -0.2],
        [24 * 400, -24 * 400],
        [1, -1, 0.5, -0.5],
    ],
    ids=["a day", "back", "over midnight", "a year", "an hour"],
)
def test_a_clock_that_jumps(open_house, jumps, said):
    """Law and salt are those of the day that the clock shows; a dead salt is not used."""
    clock = Clock()
    house = open_house(clock=clock)
    for hours in jumps:
        clock.now += timedelta(hours=hours).total_seconds()
        goes_on(house, 1)
        house.keeper.tick()
        site_day = house.keeper.site_days["shop"]
        assert goes_on(house, 1)["visitor"] is not None
        assert site_day.until - 25.1 * 3600 < clock.now < site_day.until
        assert site_day.salt.until == site_day.until
    assert house.count("error") == 0
    no_leak(house, said)


def test_the_key_file_gone_after_the_start(open_house, tmp_path, said):
    """What runs goes on with what it read, and says that the next start will fail."""
    house = open_house()
    kept = (tmp_path / "privacykit.keys").read_bytes()
    (tmp_path / "privacykit.keys").unlink()
    house.keeper.tick()
    house.keeper.tick()
    goes_on(house)
    assert house.count("error", "keys") == 2
    assert len(lines(said, "keys failed (PK127")) == 1
    with pytest.raises(ConfigurationError):
        open_house(enter=False, folder=tmp_path)
    (tmp_path / "privacykit.keys").write_bytes(kept)
    house.keeper.tick()
    assert lines(said, "keys")[-1] == "privacykit: keys works again"
    no_leak(house, said)


def test_redis_gone_at_the_start(open_house, gate, redis_url, said):
    """No ids and no shared rate-limit keys, but everything else; and all of it later."""
    door = gate(6379)
    config = CONFIG + f'[salts]\nurl = "{redis_url.replace(":6379", f":{door.port}")}"\n'
    house = open_house(config)
    first = goes_on(house)
    assert first["visitor"] is None
    assert first["key"] == house.get("/seen").json()["key"] != "unknown"
    house.keeper.tick()
    assert len(lines(said, "salts failed (PK")) == 1
    door.open()
    house.keeper.tick()
    assert goes_on(house)["visitor"] is not None
    assert lines(said, "salts")[-1] == "privacykit: salts works again"
    door.shut()
    house.keeper.tick()
    assert goes_on(house)["visitor"] is not None
    no_leak(house, said)


def test_postgresql_gone_at_the_start(open_house, gate, postgres_url, said):
    """Events wait in memory and are stored when it is there."""
    door = gate(5432)
    url = postgres_url.replace(":5432", f":{door.port}")
    config = CONFIG.replace("[events]\n", f'[events]\nurl = "{url}"\n')
    house = open_house(config + f'[records]\nurl = "{url}"\n')
    goes_on(house)
    house.keeper.tick()
    assert len(lines(said, "records failed (PK133")) == 1
    assert house.count("outbox_acknowledged") == 0
    door.open()
    assert eventually(lambda: house.count("delivery_delivered", "events") >= 3, 120)
    house.keeper.tick()
    assert lines(said, "records")[-1] == "privacykit: records works again"
    no_leak(house, said)


def test_postgresql_gone_later(open_house, gate, postgres_url, said):
    """A choice is still a refusal in the browser, and nothing is lost."""
    door = gate(5432)
    door.open()
    url = postgres_url.replace(":5432", f":{door.port}")
    config = CONFIG.replace("[events]\n", f'[events]\nurl = "{url}"\n')
    house = open_house(config + f'[records]\nurl = "{url}"\n')
    goes_on(house)
    assert eventually(lambda: house.count("delivery_delivered", "events") >= 3, 120)
    door.shut()
    goes_on(house)
    answer = house.client.post("/privacy/opt-out", headers={"x-forwarded-for": REAL})
    assert answer.status_code in {303, 503}
    assert "pk-no=" in answer.headers["set-cookie"]
    house.client.cookies.clear()
    assert eventually(lambda: house.count("outbox_failed", "store") > 0)
    house.keeper.tick()
    assert len(lines(said, "outbox_failed:store: events")) == 1
    door.open()
    assert eventually(lambda: house.count("delivery_delivered", "events") >= 6, 120)
    no_leak(house, said)


def test_a_bug_of_ours(open_house, monkeypatch, said):
    """The request goes on bare, and the operator is told where it happened, once."""
    house = open_house()

    def fails(*_):
        raise ValueError(REAL)

    monkeypatch.setattr(house.runtime, "place", fails)
    for _ in range(3):
        told = house.get("/seen", cookie="_ga=1; session=2").json()
        assert (told["client"], told["visitor"], told["ads"]) == ("0.0.0.0", None, False)
    house.keeper.tick()
    house.keeper.tick()
    assert house.count("error", "admit") == 3
    assert len(lines(said, "error:admit")) == 1
    assert "ValueError at privacykit/collect/flow.py:" in lines(said, "error:admit")[0]
    no_leak(house, said)


def test_a_bug_in_our_pages(open_house, monkeypatch, said):
    """A look fails with a page of ours and a post refuses; both are counted and said."""
    house = open_house()
    monkeypatch.setattr("privacykit.web.preferences.endpoints.choices.lines", None)
    monkeypatch.setattr("privacykit.web.preferences.endpoints.choices.refuse_everything", None)
    assert house.get("/privacy/").status_code == 503
    answer = house.client.post("/privacy/opt-out", headers={"x-forwarded-for": REAL})
    assert "pk-no=" in answer.headers["set-cookie"]
    house.keeper.tick()
    assert house.count("error", "routes") == 2
    assert len(lines(said, "error:routes")) == 1
    no_leak(house, said)
