"""
P4 over HTTP: a real server under load is killed again and again, and what it promised is kept.

What it did not promise may be lost: only the newest of what was accepted, and it is counted.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import signal
import sqlite3
import time
from collections import Counter, defaultdict
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG, lay_out

HERE = Path(__file__).parent
KILLS = 3
LIFE_SECONDS = 0.6
VISITORS, REFUSER = range(1, 9), 9
WITHOUT_PAGES = CONFIG.replace('page = "analytics"\n', "")
ARCHIVE = """
[[sinks]]
name = "archive"
type = "jsonl"
folder = "archive"
purposes = ["analytics"]
"""


class Answer(NamedTuple):
    """What the server told: that event *n* is accepted or acknowledged, the *order*th of a life."""

    n: int
    visitor: int
    life: int
    order: int
    at: float


class Load:
    """Visitors who ask without pause until the server dies."""

    def __init__(self, port) -> None:
        self.port = port
        self.numbers = itertools.count()
        self.told = {"kept": [], "sent": []}

    def headers(self, visitor):
        """Return what the browser of *visitor* sends, and a proxy in front of us."""
        return {"x-forwarded-for": address_of("DE", visitor), "user-agent": "Firefox/145.0"}

    def visit(self, what, visitor):
        """Ask for events to be *kept* or *sent* till there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with closing(connection):
            for n in self.numbers:
                try:
                    connection.request("GET", f"/{what}/{n}", headers=self.headers(visitor))
                    answer = connection.getresponse()
                    body = answer.read()
                except (OSError, http.client.HTTPException):
                    return
                if answer.status != 200:
                    continue  # nothing was promised
                told = json.loads(body)
                at = time.monotonic()
                self.told[what].append(Answer(n, visitor, told["worker"], told["order"], at))

    def until_killed(self, kill):
        """Let everybody ask, and *kill* the server in the midst of it."""
        before = len(self.told["kept"])
        visits = [
            Thread(target=self.visit, args=("kept" if visitor % 2 else "sent", visitor))
            for visitor in (*VISITORS, REFUSER)
        ]
        for visit in visits:
            visit.start()
        end = time.monotonic() + 60
        while {it.visitor == REFUSER for it in self.told["kept"][before:]} != {True, False}:
            assert time.monotonic() < end, "nothing is acknowledged"
            time.sleep(0.01)
        kill()
        for visit in visits:
            visit.join()

    def refuse(self):
        """Opt the refuser out; what its browser sends later says nothing of it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with closing(connection):
            connection.request("POST", "/privacy/opt-out", headers=self.headers(REFUSER))
            return connection.getresponse().status


def later(folder, seconds):
    """Let the next server live so long after noon: the day is the same, whenever this is run."""
    noon = datetime.now(ZoneInfo("Europe/Berlin")).replace(hour=12, minute=0)
    (folder / "offset").write_text(str(noon.timestamp() + seconds - time.time()))


def waiting(folder):
    """Return how many events wait in the outbox, each counted for each sink."""
    with closing(sqlite3.connect(folder / "privacykit-events.db", timeout=30)) as database:
        return database.execute("select total(stop - start) from outbox_shares").fetchone()[0]


def archived(folder):
    """Return how often each event stands in the archive, by id and number."""
    lines = [
        json.loads(line)
        for file in (folder / "archive").glob("*.jsonl")
        for line in file.read_bytes().splitlines()
    ]
    return Counter((line["id"], line["data"]["props"]["n"]) for line in lines)


def committed(load, delivered):
    """Return the place of the newest event of each life that was committed."""
    newest = defaultdict(lambda: -1)
    arrived = [answer for answer in load.told["sent"] if answer.n in delivered]
    for answer in (*load.told["kept"], *arrived):
        newest[answer.life] = max(newest[answer.life], answer.order)
    return newest


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_server_keeps_its_promises(serve, tmp_path, read_events, capsys):
    """What it acknowledged is delivered once by id, or stopped by a refusal that it recorded."""
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    lay_out(tmp_path, WITHOUT_PAGES + ARCHIVE)
    (tmp_path / "archive").mkdir()
    later(tmp_path, 0)
    # Who visits is found once: by us, from the header that the configuration names.
    server = serve(
        "uvicorn", "dated_app:app", "--app-dir", str(HERE), "--port", "PORT", "--no-proxy-headers"
    )
    load, killed_at = Load(server.port), {}
    assert load.refuse() == 303

    def kill():
        time.sleep(dice.uniform(0, LIFE_SECONDS))
        killed_at[server.process.pid] = time.monotonic()
        server.stop(signal.SIGKILL)

    for number in range(KILLS):
        load.until_killed(kill)
        later(tmp_path, 1000 * (number + 1))  # the leases of the dead have ended
        server.start()
    end = time.monotonic() + 60
    while waiting(tmp_path) and time.monotonic() < end:
        time.sleep(0.1)
    server.stop()

    stored = {event["data"]["props"]["n"]: event["id"] for event in read_events(tmp_path)}
    acknowledged = {it.n for it in load.told["kept"] if it.visitor != REFUSER}
    refused = {it.n for it in load.told["kept"] if it.visitor == REFUSER}
    gone = [it for it in load.told["sent"] if it.n not in stored]
    newest = committed(load, stored)
    with capsys.disabled():
        ages = sorted(killed_at[it.life] - it.at for it in gone)
        print(
            f"\nseed {seed}: {KILLS} kills, {len(acknowledged)} acknowledged and delivered, "
            f"{len(refused)} stopped by a refusal, {len(load.told['sent'])} accepted, "
            f"of which {len(gone)} lost, the oldest {ages[-1] * 1000 if ages else 0:.0f} ms old"
        )
    archive = archived(tmp_path)
    assert waiting(tmp_path) == 0
    assert acknowledged - set(stored) == set()
    assert refused & set(stored) == set()
    assert [it for it in gone if it.order < newest[it.life]] == [], "only the newest is lost"
    assert {(id_, n) for n, id_ in stored.items()} == set(archive)
    assert set(archive.values()) == {1}
