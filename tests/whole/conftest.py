"""The whole of privacykit around an application: in this process, and under a real server."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.stores.database import engine as store_engine
from privacykit.testing.brokers.gate import Gate
from privacykit.testing.canary import Canary
from privacykit.testing.layout import CONFIG, lay_out

collect_ignore = [] if os.environ.get("COMPAT") else ["test_django_suite.py"]
"""Of Django's own suites there is no short form: `make compat` runs them."""

HERE = Path(__file__).parent


async def plain(_):
    """Answer without looking."""
    return HTMLResponse("ok")


async def seen(request):
    """Answer with what may be done and what is seen of the client."""
    privacy = request.state.privacy
    return JSONResponse(
        {
            "client": request.client.host,
            "place": privacy.place,
            "ads": privacy.allows("ads"),
            "analytics": privacy.allows("analytics"),
            "visitor": privacy.visitor,
            "key": privacy.rate_limit_key(),
        }
    )


def events_in(folder) -> list[dict]:
    """
    Return every event in the SQLite files below *folder*, delivered or waiting, each once.

    What waits is read first: what is delivered meanwhile is met twice, not missed.
    """
    found = {}
    for table, read in (("outbox_batches", _waiting), ("event_periods", _delivered)):
        for path in Path(folder).glob("*.db"):
            with closing(sqlite3.connect(path)) as database:
                if table in [n for (n,) in database.execute("select name from sqlite_master")]:
                    found |= read(database)
    return list(found.values())


def _waiting(database) -> dict[str, dict]:
    batches = database.execute("select bodies from outbox_batches").fetchall()
    events = [json.loads(line) for (lines,) in batches for line in lines.split(b"\n")]
    return {event["id"]: event for event in events}


def _delivered(database) -> dict[str, dict]:
    return {id_: json.loads(body) for id_, body in database.execute(DELIVERED)}


DELIVERED = "select id, body from event_periods"


class House:
    """An application behind privacykit in this process, and what it left behind."""

    def __init__(self, folder, config=CONFIG, app=None, clock=time.time) -> None:
        self.folder = folder
        path = folder / "privacykit.toml"
        if not path.exists():
            lay_out(folder, config)
        path.write_text(config)
        self.engine = build(load(path), base=str(path), clock=clock)
        self.runtime = self.engine.runtime
        self.keeper = self.runtime.days
        app = app or Starlette(routes=[Route("/", plain), Route("/seen", seen)])
        self.app = PrivacyMiddleware(app, self.engine)
        self.client = TestClient(self.app, client=("127.0.0.1", 5000))

    def get(self, path="/", place="DE", **headers):
        """Ask as a visitor from *place*."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"x-forwarded-for": address_of(place, 9), "user-agent": "Firefox/145.0", **named}
        return self.client.get(path, headers=sent)

    def count(self, name, reason=None):
        """Return a counter."""
        return self.runtime.counters.of(name, reason)

    @property
    def events(self):
        """Every event, delivered or waiting."""
        return events_in(self.folder)


@pytest.fixture
def open_house(tmp_path):
    """Open houses; each is closed at the end of the test."""
    opened = []

    def open_(config=CONFIG, *, folder=tmp_path, enter=True, **options):
        house = House(folder, config, **options)
        if enter:
            house.client.__enter__()
            opened.append(house)
        return house

    yield open_
    for house in opened:
        house.client.__exit__(None, None, None)
    for database in list(store_engine._engines):
        database.dispose()


@pytest.fixture
def said(caplog):
    """Return what our logger said, line by line."""
    caplog.set_level(logging.WARNING, "privacykit")
    return lambda: [r.getMessage() for r in caplog.records if r.name == "privacykit"]


@pytest.fixture
def canary():
    """A visitor from Germany made of markers."""
    return Canary.hatch(address_of("DE", 77), address_of("DE", 77, ipv6=True))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def new_port():
    """Return ports that nobody listens on."""
    return free_port


@pytest.fixture
def read_events():
    """Read every event in the SQLite files of a folder."""
    return events_in


@pytest.fixture
def gate():
    """Make gates; all are shut at the end."""
    made = []

    def make(port):
        one = Gate(port)
        made.append(one)
        return one

    yield make
    for one in made:
        one.shut()


class Served:
    """An application under a real server, started and stopped as an operator does it."""

    def __init__(self, folder, command, log, environment=None) -> None:
        self.folder, self.command, self.log = folder, command, log
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self.port = free_port()
        self.process = None

    def start(self, patience=40.0):
        """Start, and return once it answers."""
        command = [part.replace("PORT", str(self.port)) for part in self.command]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self.environment,
                start_new_session=True,
            )
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            assert self.process.poll() is None, self.said
            time.sleep(0.05)
        pytest.fail(self.said)

    def stop(self, how=signal.SIGTERM):
        """End it, and all it started."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            if how == signal.SIGKILL:
                os.killpg(self.process.pid, how)
            else:
                self.process.send_signal(how)
            try:
                self.process.wait(25)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        code, self.process = self.process.returncode, None
        return code

    @property
    def said(self):
        """Everything it wrote to its terminal."""
        return self.log.read_text(errors="replace")

    @property
    def url(self):
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def serve(tmp_path):
    """Start servers; all are stopped at the end."""
    served = []

    def start(*command, folder=tmp_path, log="server.log", **environment):
        one = Served(folder, command, folder / log, environment)
        served.append(one)
        return one.start()

    yield start
    for one in served:
        one.stop()
