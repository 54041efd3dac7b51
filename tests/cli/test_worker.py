"""``privacykit worker`` as an operator sees it."""

import json
import signal
import subprocess
import sys
import threading
import time

import pytest

from privacykit.cli import worker as worker_module
from privacykit.cli.main import main
from privacykit.cli.worker import _report
from privacykit.stores.database.engine import open_engine
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import ids, row

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[[sinks]]
type = "jsonl"
name = "files"
purposes = ["analytics"]
folder = "."
[[sinks]]
type = "http"
name = "dead"
purposes = ["analytics"]
url = "http://127.0.0.1:9/"
"""
IN_A_MONTH = int(time.time()) + 30 * 86_400


def event(number, *sinks):
    """Return an event for *sinks* that needs no consent record."""
    sample = row(number, sinks=sinks, expires_at=IN_A_MONTH)
    envelope = type(sample.envelope)(
        sample.envelope.id, "shop", "analytics", IN_A_MONTH, sinks, None, None, None
    )
    return type(sample)(envelope, sample.body)


@pytest.fixture
def outbox(tmp_path):
    """The outbox of the configuration in this test's folder."""
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    store = OutboxStore(engine)
    store.prepare()
    yield store
    engine.dispose()


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in this test's folder; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    return run


def arrived(folder):
    """Return the ids in the files of the sink `files`."""
    files = folder.glob("files-*.jsonl")
    lines = [line for file in files for line in file.read_text().splitlines()]
    return sorted(json.loads(line)["id"] for line in lines)


def test_once_delivers_what_is_due_and_says_so(outbox, run, tmp_path):
    """Everything that works is done; the exit code says that nothing is left."""
    outbox.add([event(1, "files", "events")], time.time())
    code, out, err = run("worker", "--once")
    assert (code, err) == (0, "")
    assert "files                1 delivered, 0 stopped, 0 expired; 0 waiting" in out
    assert arrived(tmp_path) == ids(1)


def test_a_dead_sink_is_exit_code_3(outbox, run):
    """The others had their events; its own wait."""
    outbox.add([event(1, "files", "dead")], time.time())
    code, out, _ = run("worker", "--once", "--json")
    by_name = {sink["name"]: sink for sink in json.loads(out)["sinks"]}
    assert (code, by_name["files"]["delivered"], by_name["dead"]["waiting"]) == (3, 1, 1)
    assert by_name["dead"]["trouble"].startswith("PK166")


def test_a_rejected_event_is_exit_code_1_and_can_be_given_again(outbox, run):
    """What a sink refused for good is kept until it expires, and once more on order."""
    good = event(1, "events")
    outbox.add([type(good)(good.envelope, b"no event")], time.time())
    code, out, _ = run("worker", "--once")
    assert (code, "1 kept aside" in out) == (1, True)
    code, out, _ = run("sinks", "dead-letters", "retry", "events", "--all")
    assert (code, out) == (0, "1 event waits again\n")
    assert run("worker", "--once")[0] == 1


def test_a_sink_that_is_left_alone_is_exit_code_3_and_says_why(outbox, run):
    """Its events wait, and nobody tried: that is no success."""
    outbox.add([event(1, "dead")], time.time())
    assert run("worker", "--once")[0] == 3
    later = time.time() + 900
    outbox.lease("dead", "w", 9, until=later, now=time.time() + 60)
    outbox.retry("dead", None, "w", later, tried=False)
    outbox.troubles.note("dead", "PK168 the endpoint answered 503", time.time(), later)
    code, _, err = run("worker", "--once")
    assert (code, "dead: PK168 the endpoint answered 503 (left alone for " in err) == (3, True)


def test_events_of_a_sink_that_is_not_configured_are_said(outbox, run):
    """Somebody removed a sink while events waited for it."""
    outbox.add([event(1, "gone")], time.time())
    code, _, err = run("worker", "--once")
    assert (code, "gone: PK175" in err) == (3, True)


def test_a_bad_configuration_is_exit_code_2(run, tmp_path):
    """With the key and what to do."""
    (tmp_path / "privacykit.toml").write_text(CONFIG.replace('"jsonl"', '"jsonlines"'))
    code, _, err = run("worker", "--once")
    assert (code, "PK160" in err, "sinks.0.type" in err) == (2, True, True)


def test_works_until_told_to_end(outbox, tmp_path):
    """Two at once share the work, and end in peace on SIGTERM and SIGINT."""
    command = [sys.executable, "-m", "privacykit", "worker", "--json"]
    workers = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    outbox.add([event(number, "files") for number in range(1500)], time.time())
    deadline = time.monotonic() + 60
    while len(arrived(tmp_path)) < 1500 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    delivered = []
    for worker, told in zip(workers, (signal.SIGTERM, signal.SIGINT), strict=True):
        worker.send_signal(told)
        out, _ = worker.communicate(timeout=30)
        by_name = {sink["name"]: sink for sink in json.loads(out)["sinks"]}
        delivered.append(by_name["files"]["delivered"])
    assert [worker.returncode for worker in workers] == [0, 0]
    assert (sum(delivered), arrived(tmp_path)) == (1500, ids(*range(1500)))


def test_says_when_a_trouble_begins_and_ends(capsys):
    """And is silent while nothing changes."""
    _report({}, {"dead": "PK166 no answer"})
    _report({"dead": "PK166 no answer"}, {"dead": "PK166 no answer"})
    _report({"dead": "PK166 no answer"}, {})
    assert capsys.readouterr().err == "dead: PK166 no answer\ndead: works again\n"


def test_looks_for_troubles_while_it_works(outbox, run, monkeypatch):
    """What the thread runs into is said at once and once, not only in the end."""
    monkeypatch.setattr(worker_module, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr("signal.signal", lambda _, told: handlers.append(told))
    handlers, said = [], []

    def warn(line):
        said.append(line)
        threading.Timer(0.3, handlers[0]).start()

    monkeypatch.setattr(worker_module, "warn", warn)
    outbox.add([event(1, "dead")], time.time())
    code, _, _ = run("worker")
    assert (code, [line[:11] for line in said]) == (3, ["dead: PK166", "dead: PK166"])
