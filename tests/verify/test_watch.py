"""The standing canary: marks, schedule, changes, and a run against a site in this process."""

from __future__ import annotations

import gzip
import json
import pathlib
import stat
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import msgspec
import pyarrow as pa
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app as cli
from privacykit.errors import ConfigurationError
from privacykit.metrics.measures import WATCH_AGE, WATCH_FINDINGS, Measures, MetricSources
from privacykit.settings.load import load
from privacykit.stores.watch_state import WatchFinding, WatchState, read_state, write_state
from privacykit.verify.watch.changes import WatchHook, after, changes
from privacykit.verify.watch.marks import WatchMarks
from privacykit.verify.watch.people import people_of
from privacykit.verify.watch.places.containers import unwrapped
from privacykit.verify.watch.schedule import DAY, schedule
from privacykit.verify.watch.signups import signup_of
from privacykit.verify.watch.watcher import Watcher, WatchMeans
from privacykit.webhook import signing_keys
from tests.browsers import served
from tests.verify.site.faulty_site import FaultyShop
from tests.verify.watched_house import OPERATOR, WatchedHouse
from tests.waiting import eventually

MARKS = WatchMarks(b"seed", 904, "192.0.2.77")
WORD = MARKS.words["query"]


@pytest.mark.parametrize(
    "text",
    [
        WORD,
        WORD.upper(),
        "".join(f"%{ord(c):02x}" for c in WORD),
        "".join(f"%25{ord(c):02X}" for c in WORD),
        WORD.encode().hex(),
        "".join(f"\\u{ord(c):04x}" for c in WORD),
        "192.0.2.77",
        "192-0-2-77",
    ],
    ids=["plain", "capitals", "percent", "twice", "hex", "escaped", "address", "dashes"],
)
def test_a_mark_is_found_in_each_spelling(text):
    """Whatever wrote it down."""
    assert len(MARKS.search(f"a line {text} of a log".encode())) == 1


def test_a_weakened_address_and_somebody_elses_word_are_no_mark():
    """What is left of an address belongs to a network."""
    other = WatchMarks(b"other", 905, "192.0.2.78")
    text = f"192.0.2.0 192.0.0.0 {other.words['query']}"
    assert MARKS.search(text.encode()) == []


def wrapped_in(kind, text):
    """Return *text* in a container."""
    if kind == "gzip":
        return gzip.compress(text) + gzip.compress(b"more")
    out = pa.BufferOutputStream()
    pyarrow.parquet.write_table(pa.table({"words": [text.decode()]}), out, compression="zstd")
    return out.getvalue().to_pybytes()


@pytest.mark.parametrize("kind", ["gzip", "parquet"])
def test_containers_are_unwrapped(kind):
    """Packed, the mark cannot be seen; unwrapped, it can."""
    raw = wrapped_in(kind, WORD.encode() * 3)
    assert any(MARKS.search(piece) for piece in unwrapped(raw))


@pytest.mark.parametrize("raw", [b"\x1f\x8bbroken", b"PAR1broken", b"PK\x03\x04broken", b""])
def test_what_cannot_be_unwrapped_is_searched_as_it_is(raw):
    """No file of somebody else's ends a run."""
    assert next(unwrapped(raw)) == raw
    assert list(unwrapped(raw))


@pytest.mark.parametrize(
    ("events", "every"),
    [(None, 900.0), (100_000_000, 900.0), (100_000, 6 * DAY / 100), (0, DAY), (10, DAY)],
    ids=["uncounted", "many", "some", "none", "few"],
)
def test_the_schedule_is_stretched(events, every):
    """So that six visits are a thousandth of the events; at least once a day."""
    assert schedule(900.0, 6, events, 0.1).every == every


def test_a_share_that_is_bounded_is_kept():
    """Whatever there is between a few and many."""
    for events in range(6_000, 600_000, 7_777):
        assert (schedule(900.0, 6, events, 0.1).percent or 0) <= 0.1 + 1e-9


FOUND = WatchFinding("PK330", "file a.log", "text", "advice")


def test_only_changes_are_told():
    """What appears, and what ends; nothing of what stays."""
    first = after(WatchState(), 1.0, 900.0, (FOUND,))
    assert changes(WatchState(), (FOUND,)).appeared == (FOUND,)
    assert not changes(first, (FOUND,))
    assert changes(first, ()).ended == (FOUND,)
    assert after(first, 2.0, 900.0, (FOUND,)).since == {"PK330 file a.log": 1.0}


def test_the_state_is_private_and_comes_back(tmp_path):
    """A file that is broken is as if there were none."""
    path = tmp_path / "state.json"
    state = after(WatchState(), 1.0, 900.0, (FOUND,))
    write_state(path, state)
    assert read_state(path) == state
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("{")
    assert read_state(path) == WatchState()


def test_the_last_run_is_a_metric():
    """How much is wrong, and how old that is; nothing before the first run."""
    state = after(WatchState(), 100.0, 900.0, (FOUND,))

    def read(watch):
        sources = MetricSources((), (), list, list, dict, lambda: None, watch)
        measures = Measures(None, None, sources, lambda: 160.0)
        measures.refresh()
        return measures.gauges

    assert read(lambda: state)[WATCH_FINDINGS] == {(): 1.0}
    assert read(lambda: state)[WATCH_AGE] == {(): 60.0}
    assert WATCH_AGE not in read(WatchState)


class Receiver(BaseHTTPRequestHandler):
    """Takes what it is sent."""

    def do_POST(self):
        """Keep the message."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.kept.append((self.headers["webhook-signature"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


KEY = "whsec_" + "Y2FuYXJ5" * 4


def test_a_hook_is_told_of_changes_signed():
    """And of nothing where nothing changed."""
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.kept = []
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        from privacykit.settings.duties.watch import WatchTable
        from privacykit.settings.values import Credential

        table = WatchTable(hook=url, key=Credential("the configuration", KEY))
        hook = WatchHook(table, "privacykit.toml", lambda: 1000.0)
        assert hook.tell(changes(WatchState(), (FOUND,)), 1000.0) == ""
        assert hook.tell(changes(WatchState(), ()), 1000.0) == ""
        server.shutdown()
    ((signature, body),) = server.kept
    assert signature.startswith("v1,")
    assert signing_keys(KEY)
    told = json.loads(body)
    assert told["type"] == "privacykit.watch"
    assert [one["id"] for one in told["data"]["appeared"]] == ["PK330"]


@pytest.fixture
def house(tmp_path):
    """A site in this process, watched."""
    one = WatchedHouse(tmp_path)
    yield one
    one.close()


def test_a_run_leaves_nothing_and_is_put_down(house):
    """Events and consents of made-up people are gone; the log says how many there were."""
    house.visitors(3)
    outcome = house.watcher.once()
    assert outcome.report.findings == ()
    assert outcome.report.events == outcome.report.erased > 5
    assert outcome.report.left == {}
    context = house.watcher._context
    entries = [one for one in context.audit.entries() if one.entry.action == "watch.ran"]
    assert entries[-1].detail["erased"] == outcome.report.erased
    assert context.witness().size == entries[-1].entry.seq
    with context.engine.connect() as connection:
        from sqlalchemy import text

        assert connection.execute(text("select count(*) from consents")).scalar_one() == 0
    counted = house.backends.event_store.count(house.now)
    assert counted == len(list(house.backends.event_store.select(house.now)))
    assert counted > 0


SINKS = """
[[sinks]]
type = "sql"
name = "second"
url = "sqlite:///second.db"
purposes = ["analytics", "necessary"]
[[sinks]]
type = "duckdb"
name = "table"
file = "table.duckdb"
purposes = ["analytics", "necessary"]
gather = 0
[[sinks]]
type = "objects"
name = "lake"
folder = "lake"
format = "parquet"
purposes = ["analytics", "necessary"]
gather = 0
[[sinks]]
type = "memory"
name = "forgetful"
purposes = ["necessary"]
"""


def test_each_kind_of_sink_is_read_and_emptied(tmp_path):
    """What the site sent to a sink that it may not have is found there, whatever the kind."""
    (tmp_path / "lake").mkdir()
    house = WatchedHouse(tmp_path, more=SINKS)
    try:
        report = house.watcher.once().report
        assert report.findings == ()
        assert set(report.searched) >= {"archive", "events", "lake", "outbox", "second", "table"}
        assert set(report.unread) == set(report.left) == {"forgetful"}
        assert report.events == report.erased > 20
        house.seed("visitor id")
        found = house.watcher.once().report.findings
        assert {(one.id, one.place) for one in found} == {
            ("PK331", place) for place in ("archive", "events", "lake", "second", "table")
        }
    finally:
        house.close()


def test_nothing_of_a_mark_is_in_what_is_told(house):
    """Kinds of marks and places, no word of them, although one was found."""
    house.seed("log")
    outcome = house.watcher.once()
    told = msgspec.json.encode([outcome, house.watcher.state])
    assert [one.id for one in outcome.report.findings] == ["PK330"]
    written = (house.folder / "logs" / "access.log").read_text().split()
    assert not any(word.encode() in told for word in written if len(word) > 12)


def test_what_is_written_late_is_found_by_the_next_run(house):
    """A log that is flushed after the search, say."""
    assert house.watcher.once().report.findings == ()
    word = house.watcher._earlier[0].marks.words["referrer"]
    (house.folder / "logs" / "late.log").write_text(f"came from {word}\n")
    house.now += 900
    found = house.watcher.once().report.findings
    assert [(one.id, one.place) for one in found] == [("PK330", "file logs/late.log")]
    house.now += 900
    assert house.watcher.once().report.findings == ()


def test_a_service_tells_what_appears_and_ends_when_told(tmp_path):
    """By the schedule; what is told is a line."""
    shop = FaultyShop(tmp_path)
    shop.fault = "no purpose"
    with served(shop.app) as url:
        command = [sys.executable, "-m", "privacykit", "verify", "--watch", "--site", url]
        command += ["-c", shop.config]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
            assert watching.stdout is not None
            assert watching.stdout.readline().startswith("PK320 cookie tracker: ")
            state = tmp_path / "privacykit-watch.json"
            assert eventually(lambda: read_state(state).runs == 1)
            watching.terminate()
            assert watching.wait(30) == 0


def test_somebody_signs_up_and_is_gone(house):
    """The hook is given marks, and what it returns undoes it; what stays is found."""
    accounts = house.folder / "logs" / "accounts.txt"

    def sign_up(person):
        accounts.write_text(person["email"])
        return accounts.unlink

    house.watcher._signup = sign_up
    assert house.watcher.once().report.findings == ()

    def sign_up_for_ever(person):
        accounts.write_text(person["email"])
        return lambda: None

    house.watcher._signup = sign_up_for_ever
    assert [one.place for one in house.watcher.once().report.findings] == ["file logs/accounts.txt"]

    def refused(_):
        raise ValueError("a value of somebody's")

    house.watcher._signup = refused
    assert [one.id for one in house.watcher.once().report.findings] == ["PK333"]


@pytest.mark.parametrize("named", ["nowhere.at_all:hook", "json:nothing", "json:__name__"])
def test_a_hook_that_is_not_there_is_said(named):
    """At the start, with the key."""
    with pytest.raises(ConfigurationError, match="PK333"):
        signup_of(named, "privacykit.toml")


def test_people_have_addresses_of_documentation_where_none_is_named(tmp_path):
    """RFC 5737, and where a site is for children, one of them comes too."""
    (tmp_path / "privacykit.toml").write_text(
        OPERATOR.partition("addresses =")[0].replace(
            'timezone = "Europe/Berlin"\n',
            'timezone = "Europe/Berlin"\naudience = { child_directed = true }\n',
        )
    )
    people = people_of(load(tmp_path / "privacykit.toml"), lambda n: b"\x07" * n)
    networks = {str(one.marks.address).rpartition(".")[0] for one in people}
    assert networks <= {"192.0.2", "198.51.100", "203.0.113"}
    assert [one.name for one in people][-1] == "a child"


def run(*words):
    """Run the command."""
    return CliRunner().invoke(cli, ["verify", "--watch", *words])


def test_the_command_watches_a_served_site(tmp_path, monkeypatch):
    """Over HTTP, by a real server; 0 where nothing is wrong, 1 where something is."""
    shop = FaultyShop(tmp_path)
    with served(shop.app) as url:
        first = run("--once", "--site", url, "--config", shop.config)
        assert "nothing is wrong" in first.output, first.output
        assert first.exit_code == 0
        shop.fault = "no purpose"
        second = run("--once", "--site", url, "--config", shop.config, "--json")
        words = ["verify", "--watch", "--once", "--site", url, "--config", shop.config]
        third = CliRunner().invoke(cli, words)
        words = ["verify", "--site", url, "--config", shop.config]
        monkeypatch.setenv("CHROMIUM", "/nowhere")
        fourth = CliRunner().invoke(cli, words)
    assert (third.exit_code, fourth.exit_code) == (1, 1)
    assert "PK320 cookie tracker" in third.output
    assert "PK320 cookie tracker" in fourth.output
    assert second.exit_code == 1
    told = json.loads(second.output)
    assert [one["id"] for one in told["changes"]["appeared"]] == ["PK320"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--once", "--every", "soon"], "write a span as 15m or 2h"),
        (["--once", "--site", "ftp://x"], "write the site as https://shop.example/"),
    ],
)
def test_misuse_is_said(tmp_path, words, said):
    """In words, without a traceback."""
    shop = FaultyShop(tmp_path)
    result = run(*words, "--config", shop.config)
    assert said in str(result.exception)


def test_a_site_that_is_down_is_a_finding(tmp_path):
    """And the run is put down all the same."""
    shop = FaultyShop(tmp_path)
    result = run("--once", "--site", "http://127.0.0.1:9/", "--config", shop.config)
    assert result.exit_code == 1
    assert "PK333 the site: it does not answer" in result.output


def test_a_watcher_needs_what_its_hook_needs(tmp_path):
    """A hook without a key would be told unsigned."""
    shop = FaultyShop(tmp_path)
    with pathlib.Path(shop.config).open("a") as file:
        file.write('[watch]\nhook = "https://hook.example/"\n')
    with pytest.raises(ConfigurationError, match="PK333"):
        Watcher(shop.config, WatchMeans(print))
