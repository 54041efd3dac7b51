"""What libraries log while they work for us is withheld, whoever they are."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import privacykit
from privacykit.logs.libraries import WITHHELD, withhold_library_logs

LIBRARY = """
import logging
def work(*inner):
    logging.getLogger("some.driver.nobody.listed").debug("row %s", "jane", stack_info=True)
    return inner[0](*inner[1:]) if inner else None
"""
CALLER = "def call(inner, *more): return inner(*more)"


@pytest.fixture
def said(monkeypatch):
    """Return what is logged, by logger and message, at every level."""
    heard = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(f"{record.getMessage()}{record.stack_info or ''}")
    before, factory = logging.root.level, logging.getLogRecordFactory()
    logging.root.addHandler(handler)
    monkeypatch.setattr(logging.getLogger("privacykit"), "propagate", True)
    logging.root.setLevel(logging.DEBUG)
    withhold_library_logs()
    yield heard
    logging.root.removeHandler(handler)
    logging.root.setLevel(before)
    logging.setLogRecordFactory(factory)


def module(name, source=CALLER):
    """Return a module called *name*."""
    made = {"__name__": name}
    exec(source, made)
    return SimpleNamespace(**made)


WORK = module("some.driver", LIBRARY).work


@pytest.mark.parametrize(
    "name",
    ["privacykit.stores.events.x", "privacykit.sinks.http", "privacykit.connectors.sql.database"],
)
def test_a_library_that_works_for_us_says_nothing(said, name):
    """Whatever its logger is called, and whatever stands between."""
    module(name).call(module("another.library").call, WORK)
    assert said == [WITHHELD]


AROUND = {
    "__main__", "app", "cli", "django", "fastapi", "flask", "litestar", "telemetry", "testing", "web",
}  # fmt: skip
WORKS = {
    "collect", "connectors", "decide", "delivery", "devices", "documents", "errors", "export",
    "forks", "geo", "govern", "logs", "metrics", "operate", "personal", "policy", "private_files", "pseudonym",
    "recipients", "reports", "runtime", "served", "settings", "sealed", "sealing", "signals", "sinks", "stores",
    "toml_files", "verify", "webhook",
}  # fmt: skip


def test_of_every_room_it_is_known_whether_it_calls_an_application(said):
    """A new one is put into either list; the application is heard below the ones of the first."""
    package = Path(privacykit.__file__).parent
    rooms = {path.stem for path in package.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert rooms - {"__init__", "__pycache__", "py"} == AROUND | WORKS
    for room in sorted(AROUND):
        module(f"privacykit.{room}.x").call(WORK)
    assert said == [said[0]] * len(AROUND)
    assert "jane" in said[0]


@pytest.mark.parametrize("name", ["privacykit.web.asgi", "privacykit.app", "privacykit.cli.run"])
def test_a_library_that_works_for_the_application_is_heard(said, name):
    """We stand around an application; what it logs is its own."""
    module(name).call(module("shop.views").call, WORK)
    assert said[0].startswith("row jane")


def test_the_nearest_of_ours_decides(said):
    """The application runs inside our middleware, our stores inside the application."""
    stores = module("privacykit.stores.events.x").call
    module("privacykit.web.asgi").call(module("shop.views").call, stores, WORK)
    assert said == [WITHHELD]


def test_our_own_logger_is_heard(said):
    """What we say ourselves holds no data of anybody and is to be read."""
    log = "import logging\ndef call(): logging.getLogger('privacykit').warning('sinks failed')"
    module("privacykit.runtime.alarms", log).call()
    assert said == ["sinks failed"]


def test_an_application_is_heard_alone(said):
    """Without us on the way nothing changes."""
    WORK()
    assert said[0].startswith("row jane")


@pytest.mark.usefixtures("said")
def test_withholding_twice_is_withholding_once():
    """Every store and sink asks for it."""
    before = logging.getLogRecordFactory()
    withhold_library_logs()
    assert logging.getLogRecordFactory() is before


@pytest.mark.usefixtures("said")
def test_where_nobody_configured_logging_nothing_is_written_of_it():
    """Python's handler of last resort writes the message alone, which says nothing to anybody."""
    made = [logging.makeLogRecord({"msg": it}) for it in (WITHHELD, "shop: sold out")]
    assert [bool(logging.lastResort.filter(it)) for it in made] == [False, True]


def test_no_loop_of_ours_runs_where_applications_are_called():
    """What a library logs in a task of its own is below the room that runs the loop, and no other."""
    package = Path(privacykit.__file__).parent
    loops = re.compile(r"\b(asyncio|anyio)\.(run|Runner|new_event_loop)\(|run_until_complete")
    files = [file for room in AROUND - {"testing"} for file in package.glob(f"{room}*/**/*.py")]
    assert [str(it) for it in files if loops.search(it.read_text(encoding="utf-8"))] == []
    assert len(files) > 100


def test_a_process_without_a_last_resort_withholds_too(said, monkeypatch):
    """Whoever took Python's own handler away loses nothing by it."""
    monkeypatch.setattr(logging, "lastResort", None)
    withhold_library_logs()
    module("privacykit.sinks.http").call(WORK)
    assert said == [WITHHELD]
