"""How a command ends that looks after sinks: with what asks for somebody, by the day it happened."""

import sys
import time

import pytest

from privacykit.cli.main import main
from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.stores.database.engine import open_engine
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import row
from privacykit.testing.stubs.pipelines.otlp import OTLPStub
from privacykit.testing.stubs.server import BROKEN

NOW = time.time()
DAY = 86_400
CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[[sinks]]
type = "otlp"
name = "told"
purposes = ["analytics"]
unclear = "leave"
url = "URL"
"""


def event(number):
    """Return an event that needs no consent record, and lives."""
    sample = row(number)
    end = int(NOW) + 30 * DAY
    return OutboxRow(
        Envelope(sample.envelope.id, "shop", "analytics", end, ("told",), shared=True), sample.body
    )


@pytest.fixture
def stub(tmp_path, monkeypatch):
    """A collector, and a configuration that names it."""
    monkeypatch.chdir(tmp_path)
    with OTLPStub() as made:
        (tmp_path / "privacykit.toml").write_text(CONFIG.replace("URL", made.url))
        yield made


@pytest.fixture
def outbox(tmp_path, stub):
    """The outbox of that configuration."""
    assert stub.url
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    store = OutboxStore(engine)
    store.prepare()
    yield store
    engine.dispose()


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command; gives exit code and output."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, capsys.readouterr().out)

    return run


def _lost(days):
    return lambda outbox: outbox.losses.add("told", "filtered", 2, NOW - days * DAY)


def _waits(hours, *, failed=False):
    def wait(outbox):
        outbox.add([event(1)], NOW - hours * 3600)
        if failed:
            outbox.troubles.note("told", "PK168 the endpoint answered 503", NOW - 60, NOW + 60)

    return wait


LATELY, STUCK, LOST = (
    "2 of them since yesterday",
    "PK474 events wait for 3 h",
    "2 events lost in 90",
)


@pytest.mark.parametrize(
    ("happened", "code", "said", "unsaid"),
    [
        (lambda _: None, 0, "0 waiting", "lost"),
        (_lost(0), 1, LATELY, "PK"),
        (_lost(1), 1, LATELY, "PK"),
        (_lost(2), 0, LOST, LATELY),
        (_waits(1), 0, "the oldest for 1 h", "PK"),
        (_waits(3), 1, STUCK, "failed"),
        (_waits(3, failed=True), 1, "PK168 the endpoint answered 503", STUCK),
    ],
    ids=["nothing", "today", "yesterday", "before", "a while", "too long", "with a reason"],
)
def test_status_ends_with_what_asks_for_somebody(run, outbox, happened, code, said, unsaid):
    """What was lost long ago stays to be read; what nobody fetches is no success."""
    happened(outbox)
    ended, out = run("sinks", "status")
    assert (ended, said in out, unsaid in out) == (code, True, False)


@pytest.mark.parametrize("command", [("worker", "--once"), ("sinks", "drain", "told")])
def test_what_is_lost_counts_more_than_trouble(run, outbox, stub, command):
    """A sink that is left alone gets its events later; these are gone, for all that is known."""
    outbox.add([event(1)], NOW)
    stub.fail(BROKEN)
    code, out = run(*command)
    assert (code, "1 given up" in out) == (1, True)
