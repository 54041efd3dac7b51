"""
P3 over HTTP: real servers of two workers agree on a visitor's id for a day, and forget it after.

The servers' clock is set by the tests, so that midnight comes when it is called.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import pytest

from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG, lay_out

HERE = Path(__file__).parent
WORKERS = 2
VISITOR = {"x-forwarded-for": address_of("DE", 9), "user-agent": "Firefox/145.0"}
NOON = datetime.now(ZoneInfo("Europe/Berlin")).replace(hour=12, minute=0, second=0)
MIDNIGHT = NOON.replace(hour=0) + timedelta(days=1)


class Days:
    """A served site, the clock it goes by, and a visitor."""

    def __init__(self, folder, serve, config, at) -> None:
        self.folder = folder
        lay_out(folder, config)
        self.set(at)
        command = ["uvicorn", "dated_app:app", "--app-dir", str(HERE), "--port", "PORT"]
        self.server = serve(*command, "--no-proxy-headers", "--workers", str(WORKERS))

    def set(self, moment):
        """Set the clock; it goes on from there."""
        fresh = self.folder / "offset.new"
        fresh.write_text(str(moment.timestamp() - time.time()))
        os.replace(fresh, self.folder / "offset")  # noqa: PTH105 - a reader finds one or the other

    def ask(self, _=None):
        """Ask once; return which worker answered and the id it gave."""
        with urlopen(Request(self.server.url, headers=VISITOR), timeout=100) as answer:
            told = json.load(answer)
        return told["worker"], told["visitor"]

    def ids(self, patience=100.0):
        """Ask until every worker gave ids many times; return all of them, and who answered."""
        found, answered = set(), Counter()
        end = time.monotonic() + patience
        with ThreadPoolExecutor(8) as visits:
            while len(answered) < WORKERS or min(answered.values()) < 20:
                assert time.monotonic() < end, (answered, self.server.said)
                for worker, visitor in visits.map(self.ask, range(16)):
                    if visitor is not None:  # none, as long as the day's salt is being fetched
                        found.add(visitor)
                        answered[worker] += 1
        return found, set(answered)

    def salts(self):
        """Return the salts that stand: name and site-local end to bytes."""
        with closing(sqlite3.connect(self.folder / "privacykit-salts.db")) as database:
            rows = database.execute("select site, day, salt, not_after from salts").fetchall()
        return {(f"{site} {day}", not_after): salt for site, day, salt, not_after in rows}


@pytest.fixture
def open_days(tmp_path, serve):
    """Serve a site, from a moment on."""

    def open_(config=CONFIG, at=NOON):
        return Days(tmp_path, serve, config, at)

    return open_


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_visitor_has_one_id_a_day(open_days, kind, request):
    """Whichever worker answers, before and after a restart; and another one the next day."""
    url = "" if kind == "sqlite" else request.getfixturevalue(f"{kind}_url")
    site = open_days(CONFIG + (f'[salts]\nurl = "{url}"\n' if url else ""))
    today, workers = site.ids()
    site.server.stop()
    site.server.start()
    restarted, others = site.ids()
    site.set(NOON + timedelta(days=1))
    tomorrow, _ = site.ids()
    assert (len(today), restarted, workers != others) == (1, today, True)
    assert (len(tomorrow), tomorrow & today) == (1, set())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_after_midnight_no_file_holds_the_salt(open_days, tmp_path, canary):
    """In no database, free page, journal or log, in no spelling: while it runs and after."""
    site = open_days(at=MIDNIGHT - timedelta(minutes=20))
    today, _ = site.ids()
    dying = {
        name: salt for (name, end), salt in site.salts().items() if end <= MIDNIGHT.timestamp()
    }
    canary = canary.keeping(**dying)
    there = {finding.what for finding in canary.search_files(tmp_path)}
    site.set(MIDNIGHT + timedelta(seconds=1))
    tomorrow, _ = site.ids()
    end = time.monotonic() + 60
    while (left := canary.search_files(tmp_path)) and time.monotonic() < end:
        time.sleep(0.2)
    site.server.stop()
    assert (left, canary.search_files(tmp_path)) == ([], [])
    assert there == set(dying), "what was looked for could be found"
    assert {name.split()[0] for name in dying} == {"shop", "-rate-limit"}
    assert (len(today), len(tomorrow), today & tomorrow) == (1, 1, set())
