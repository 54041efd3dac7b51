"""``privacykit events``: what is kept, and why it may be nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.withheld import WithheldStore
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import NOW, ids, row

AT = datetime.fromtimestamp(NOW + 100, UTC)


@pytest.fixture
def events(run, tmp_path):
    """Three stored events and a waiting one; gives what runs ``events`` after them."""
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    store, outbox = EventStore(engine), OutboxStore(engine)
    store.ensure_periods(NOW, 6)
    outbox.prepare()
    store.add([row(n) for n in (1, 2, 3)], NOW)
    outbox.add([row(4)], NOW)
    WithheldStore(engine).add({"robot": 12, "unknown_host": 3}, NOW)
    engine.dispose()
    return lambda *arguments: run("events", *arguments, at=AT)


def test_the_newest_are_shown_and_what_waits_says_so(events):
    """The newest last, as with `tail`."""
    code, out, _ = events("tail", "-n", "2")
    stored, waiting = out.splitlines()
    assert code == 0
    assert "2027-01-15" in stored
    assert "shop/analytics  DE" in stored
    assert waiting.endswith("[waits for events]")


def test_nothing_is_shown_that_the_event_does_not_hold(events):
    """Neither consent record nor subject, which stand beside it."""
    shown = "".join(
        events(*what)[1] for what in (["tail"], ["tail", "--json"], ["show", ids(3)[0]])
    )
    assert "record-" not in shown
    assert "subject-" not in shown


def test_as_json_an_event_is_a_line(events):
    """Each is the event itself."""
    _, out, _ = events("tail", "--json", "--site", "shop", "--purpose", "analytics")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ids(1, 2, 3, 4)


@pytest.mark.parametrize("cut", [36, 40])
def test_an_event_is_shown_whole(events, cut):
    """By its id."""
    code, out, _ = events("show", ids(3)[0][:cut])
    assert (code, json.loads(out)["id"]) == (0, ids(3)[0])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("018f2a6e", "several events begin so"),
        ("01", "at least 4 characters"),
        ("ffff1111", "no such event"),
        ("'; drop", "no such event"),
    ],
)
def test_what_names_no_one_event_is_refused(events, given, said):
    """In the words that other commands use."""
    code, _, err = events("show", given)
    assert (code, said in err) == (2, True)


@pytest.mark.parametrize(
    ("by", "line"),
    [
        ("day", "3  2027-01-15"),
        ("site", "3  shop"),
        ("purpose", "3  analytics"),
        ("reason", "12  robot  The user agent is that of a robot"),
    ],
)
def test_events_are_counted(events, by, line):
    """Stored ones; by reason, those that were not made."""
    code, out, _ = events("count", "--by", by)
    assert (code, line in out) == (0, True)


def test_counts_can_begin_later(events):
    """And then what was before is not in them; the reason for nothing is told."""
    code, out, err = events("count", "--since", "2027-02-01")
    assert (code, out) == (0, "")
    assert "12 events withheld as robot" in err


def test_an_event_that_was_made_and_stopped_is_told_apart(events, tmp_path):
    """Nobody looks for the request that it should have been made of."""
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    WithheldStore(engine).add({"stopped": 2}, NOW)
    engine.dispose()
    _, out, _ = events("count", "--by", "reason")
    _, _, err = events("count", "--since", "2027-02-01")
    assert "2  stopped  It was accepted" in out
    assert "2 events gone as stopped" in err


def test_an_unknown_site_is_an_error(events):
    """Not an empty answer."""
    code, _, err = events("tail", "--site", "shoop")
    assert (code, "no such site" in err) == (2, True)


def test_an_empty_store_says_why(run, tmp_path):
    """What the configuration does not collect, which hosts count; and no file is made."""
    before = sorted(path.name for path in tmp_path.iterdir())
    code, out, err = run("events", "tail")
    assert (code, out) == (0, "")
    assert "names no page purpose" in err
    assert "shop.example" in err
    assert "Nothing was stored yet" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.usefixtures("run")
def test_following_shows_what_comes_and_ends_when_told(tmp_path):
    """Ctrl-C is an end like any other: exit code 0, no traceback."""
    assert not (tmp_path / "privacykit-events.db").exists()
    command = [sys.executable, "-m", "privacykit", "events", "tail", "-f", "--json"]
    pipe = subprocess.PIPE
    tail = subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True)
    assert "There is no event" in tail.stderr.readline()
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    outbox = OutboxStore(engine)
    outbox.prepare()
    one = row(1)
    id_ = f"{int(time.time() * 1000).to_bytes(6).hex('-', -4)}-7000-8000-000000000000"
    body = one.body.replace(one.envelope.id.encode(), id_.encode())
    envelope = type(one.envelope)(id_, "shop", "analytics", one.envelope.expires_at, ("events",))
    outbox.add([type(one)(envelope, body)], time.time())
    engine.dispose()
    told = tail.stdout.readline()
    os.kill(tail.pid, signal.SIGINT)
    _, err = tail.communicate(timeout=20)
    assert json.loads(told)["id"] == id_
    assert (tail.returncode, "Traceback" in err) == (0, False)


def test_a_busy_process_holds_counts_back_and_that_is_said(events, tmp_path):
    """Nobody wonders why the last ones are missing."""
    quiet = events("count", "--by", "reason")[2]
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    WithheldStore(engine).add({"robot": 200}, NOW)
    engine.dispose()
    busy = events("count", "--by", "reason")[2]
    assert (quiet, "adds its own every 30 seconds" in busy) == ("", True)
