"""``privacykit sinks`` as an operator sees it."""

import json
import re
import sys
import time

import pytest

from privacykit.cli.main import main
from privacykit.collect.events.format import decode_event
from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import ids, rich_row, row
from privacykit.testing.stubs.posthog import PostHogStub

IN_A_MONTH = int(time.time()) + 30 * 86_400
CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[[sinks]]
type = "posthog"
name = "product"
purposes = ["analytics"]
url = "URL"
token = "phc_stub"
timeout = 2
[[sinks]]
type = "http"
name = "dead"
role = "third_party"
purposes = ["analytics"]
url = "http://localhost:9/"
"""


def event(number, *sinks, made=row):
    """Return an event for *sinks* that needs no consent record, and lives."""
    sample = made(number)
    envelope = Envelope(sample.envelope.id, "shop", "analytics", IN_A_MONTH, sinks, shared=True)
    return OutboxRow(envelope, sample.body)


@pytest.fixture
def stub(tmp_path):
    """PostHog, and a configuration that names it."""
    with PostHogStub() as made:
        (tmp_path / "privacykit.toml").write_text(CONFIG.replace("URL", made.url))
        yield made


@pytest.fixture
def engine(tmp_path):
    """The events database of that configuration."""
    made = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    yield made
    made.dispose()


@pytest.fixture
def outbox(stub, engine):
    """Its outbox, in which the first two events were refused by the product."""
    assert stub.url
    store = OutboxStore(engine)
    store.prepare()
    now = time.time()
    store.add([event(number, "product") for number in (1, 2, 3)], now - 90)
    store.lease("product", "me", 10, until=now + 60, now=now)
    reasons = [(ids(1)[0], "status_400"), (ids(2)[0], "too_large")]
    store.reject("product", reasons, "me", now)
    store.retry("product", ids(3), "me", now)
    return store


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command of `sinks`; gives exit code and what it said, errors last."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["privacykit", "sinks", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, "".join(capsys.readouterr())

    return run


def test_lists_every_kind(run):
    """Ours and others, what they need, and whether that is there."""
    code, out = run("list", "--json")
    found = {kind["name"]: kind for kind in json.loads(out)}
    assert (code, found["nats"]["extra"], found["nats"]["installed"]) == (0, "nats", True)
    lines = run("list")[1].splitlines()
    summaries = [kind["summary"] for kind in found.values()]
    assert len({line.index(said) for line, said in zip(lines, summaries, strict=True)}) == 1
    assert any(line.startswith("posthog ") and "[http]" in line for line in lines)


def test_says_which_extra_is_missing(run, monkeypatch):
    """Before somebody configures what cannot be built."""
    monkeypatch.setattr("privacykit.cli.sinks.kinds.find_spec", lambda _: None)
    assert "[nats], missing" in run("list")[1]


def test_sends_one_marked_event(run, stub):
    """It arrives, says that it is a test, and is nobody's."""
    code, out = run("test", "product")
    (arrived,) = stub.events.values()
    assert (code, "product: delivered" in out) == (0, True)
    assert arrived["event"] == "privacykit test"
    assert arrived["properties"]["privacykit_test"] is True
    assert stub.faults == []


def test_shows_why_a_sink_takes_nothing(run, stub):
    """Its answer, in words that say what to do."""
    stub.fail(401)
    code, out = run("test", "product")
    assert (code, "not taken (PK167" in out) == (1, True)
    assert "not taken (PK166" in run("test", "dead")[1]


def test_shows_what_a_sink_drops_and_refuses(run, stub):
    """Loss that hides in an answer of 200, and a plain refusal."""
    stub.over_quota = True
    assert "dropped (quota_limited)" in run("test", "product")[1]
    stub.fail(400)
    assert "rejected (status_400)" in run("test", "product")[1]


@pytest.mark.usefixtures("stub")
def test_knows_no_sink_of_another_name(run):
    """And says where the names are."""
    assert run("test", "nobody")[0] == 2


def test_the_last_trouble_is_told_without_asking(run, outbox):
    """Why a sink took nothing, how often it was tried, when it is tried again; then, what asks."""
    outbox.add([event(4, "dead")], time.time() - 90)
    assert run("drain", "dead")[0] == 3
    code, out = run("status")
    assert code == 1
    assert re.search(r"the last delivery failed 0 s ago, 2 attempts in [0-2] s, ", out)
    assert ": PK166 " in out
    assert "nobody was asked: --connect asks each sink now" in out
    noted = json.loads(run("status", "--json")[1])[2]
    assert noted["trouble"] == noted["noted"]["said"]
    assert noted["noted"]["attempts"] == 2


def test_a_sink_that_takes_events_again_is_in_no_trouble(run, outbox, stub):
    """What was said of it goes with the first batch that it takes."""
    outbox.retry("product", [ids(3)[0]], "me", 0.0)
    stub.fail(401)
    outbox.add([event(4, "product")], time.time())
    run("drain", "product")
    before = run("status")[1]
    outbox.add([event(5, "product")], time.time())
    assert "3 delivered" in run("drain", "product")[1]
    assert ("PK167" in before, "PK167" in run("status")[1]) == (True, False)


def test_what_a_sink_answers_now_counts_more_than_how_it_was(run, outbox, stub):
    """Asked, it is in order; the last delivery is told beside it."""
    outbox.troubles.note("product", "PK166 no answer", time.time() - 60, time.time() + 3600)
    found = json.loads(run("status", "--connect", "--json")[1])[1]
    assert stub.url
    assert (found["trouble"], found["noted"]["said"]) == ("", "PK166 no answer")
    assert "left alone for 59 min more" in run("status", "--connect")[1]


@pytest.mark.usefixtures("outbox")
def test_tells_how_sinks_stand(run):
    """What waits, for how long, and what was refused, by reason."""
    code, out = run("status")
    assert code == 1
    assert "product              posthog    1 waiting, the oldest for 1 min" in out
    assert "  1 kept aside: too_large" in out
    assert run("status", "--json")[1].count('"name"') == 3


def test_asks_sinks_when_told_to(run, stub):
    """Without an event; one that does not answer is said."""
    code, out = run("status", "--connect")
    assert (code, "  PK166 no answer" in out) == (1, True)
    stub.faults.clear()
    assert stub.events == {}


def test_says_that_events_wait_for_a_sink_that_is_gone(run, outbox):
    """Somebody took it out of the file."""
    outbox.add([event(9, "gone")], time.time())
    assert "PK175 no sink of this name is configured" in run("status")[1]


def test_drains_one_sink(run, outbox, stub):
    """Only that one, and only what is due."""
    outbox.add([event(4, "dead")], time.time())
    code, out = run("drain", "product")
    assert (code, out) == (0, "product: 1 delivered, 0 rejected, 0 waiting\n")
    assert stub.arrived() == ids(3)
    code, out = run("drain", "dead", "--json")
    assert (code, json.loads(out.partition("\n}")[0] + "}")["waiting"]) == (3, 1)


def test_what_another_worker_has_is_drained_by_nobody_else(run, outbox):
    """It is said, and drained again later."""
    outbox.lease("product", "another", 10, until=time.time() + 60, now=time.time())
    code, out = run("drain", "product")
    assert (code, "PK472" in out) == (3, True)


@pytest.mark.usefixtures("outbox")
def test_lists_dead_letters_without_what_they_say(run):
    """Ids, purpose, reason, dates; never a body."""
    code, out = run("dead-letters", "list", "product")
    assert (code, "analytics      status_400" in out, "2 kept aside" in out) == (0, True, True)
    assert "203.0.113" not in run("dead-letters", "list", "product", "--json")[1]


@pytest.mark.usefixtures("outbox")
def test_shows_one_dead_letter(run):
    """By the beginning of its id, as far as that is one."""
    code, out = run("dead-letters", "show", "product", ids(2)[0])
    assert (code, "reason   too_large" in out, "203.0.113" in out) == (0, True, False)
    assert run("dead-letters", "show", "product", ids(1)[0][:8])[0] == 2


@pytest.mark.usefixtures("outbox")
def test_gives_dead_letters_again(run, stub):
    """Some by their ids, some by reason, or all; after the cause was mended."""
    assert run("dead-letters", "retry", "product", ids(1)[0])[1] == "1 event waits again\n"
    assert run("dead-letters", "retry", "product", "--reason", "no")[0] == 2
    assert run("dead-letters", "retry", "product", "--all")[1] == "1 event waits again\n"
    run("drain", "product")
    assert stub.arrived() == ids(1, 2, 3)


def test_drops_dead_letters(run, outbox):
    """For good, and only those that were named."""
    assert run("dead-letters", "drop", "product", "--reason", "too_large")[1] == (
        "1 event is gone\n"
    )
    assert [one.id for one in outbox.rejected("product")] == ids(1)


@pytest.mark.parametrize("words", [(), ("0000", "--all"), ("--all", "--reason", "x")])
def test_wants_to_know_which(run, outbox, words):
    """Nothing happens to dead letters that nobody named, or named twice."""
    assert run("dead-letters", "drop", "product", *words)[0] == 2
    assert len(list(outbox.rejected("product"))) == 2


@pytest.fixture
def stored(engine, stub):
    """Two stored events; the second rests on a consent."""
    assert stub.url
    store = EventStore(engine)
    now = time.time()
    store.ensure_periods(now, 4)
    store.add([event(1, "events"), event(2, "events", made=rich_row)], now)
    assert decode_event(event(2, made=rich_row).body).data.consent.source == "consent"


@pytest.mark.usefixtures("stored")
def test_gives_stored_events_once_more(run, stub):
    """After a look; what rests on a consent that nobody can look up is left out."""
    looked = run("replay", "product", "--since", "2020-01-01", "--until", "2030-01-01")
    assert looked[0] == 0
    assert "1 events of 2 for product would wait again: add --yes" in looked[1]
    assert "1 rest on a consent" in looked[1]
    run("replay", "product", "--since", "2020-01-01", "--until", "2030-01-01", "--yes")
    run("drain", "product")
    assert stub.arrived() == ids(1)


@pytest.mark.parametrize("name", ["dead", "events", "nobody"])
@pytest.mark.usefixtures("stored")
def test_gives_stored_events_to_nobody_else(run, name):
    """Not to a third party: whether it may have them was decided when they happened."""
    assert run("replay", name, "--since", "2020-01-01", "--yes")[0] == 2


def test_what_the_backend_threw_away_is_told_wherever_a_person_looks(run, outbox, stub):
    """By the drain with its exit code, by later commands in other processes, and by the log."""
    stub.over_quota = True
    code, out = run("drain", "product")
    assert (code, "0 delivered, 0 rejected, 1 dropped, 0 waiting" in out) == (1, True)
    assert "  1 event lost in 90 days: quota_limited" in run("status")[1]
    assert [one.reason for one in outbox.withheld.read()] == ["dropped"]


def test_a_person_who_asks_waits_for_no_pause(run, outbox, stub):
    """A worker keeps it, and says why the events wait; a drain does not."""
    now = time.time()
    outbox.lease("product", "w", 9, until=now + 60, now=now)
    outbox.retry("product", None, "w", now + 900, tried=False)
    outbox.troubles.note("product", "PK168 the endpoint answered 503", now, now + 900)
    assert (run("drain", "product")[0], stub.arrived()) == (0, ids(3))


@pytest.mark.parametrize("command", ["list", "retry", "drop"])
@pytest.mark.parametrize("name", [["nosuch"], ["product", "--reason", "nonesuch"]])
@pytest.mark.usefixtures("outbox")
def test_a_word_misspelt_is_no_success(run, command, name):
    """Neither a sink's name nor a reason: nothing was done, and that is said."""
    if command == "list" and len(name) > 1:
        name = ["nonesuch"]
    more = [] if command == "list" or len(name) > 1 else ["--all"]
    assert run("dead-letters", command, *name, *more)[0] == 2


def test_a_fresh_database_takes_the_test(run, tmp_path):
    """What a worker makes first is made here too: the answer is that of the sink in service."""
    table = '[[sinks]]\ntype = "sql"\nname = "own"\nurl = "sqlite:///own.db"\npurposes = ["analytics"]\n'
    (tmp_path / "privacykit.toml").write_text(CONFIG.replace("URL", "http://127.0.0.1:9") + table)
    code, out = run("test", "own")
    assert (code, "own: delivered" in out) == (0, True)


def test_what_a_driver_logs_in_a_task_of_its_own_is_not_heard(
    tmp_path, monkeypatch, caplog, capsys
):
    """It quotes what it was given; the command says in words of ours what is wrong."""
    queue = CONFIG.replace("posthog", "amqp").replace("URL", "amqps://127.0.0.1:5672")
    (tmp_path / "privacykit.toml").write_text(queue.replace("phc_stub", "guest"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["privacykit", "sinks", "test", "product"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, "not taken (PK166" in capsys.readouterr().out) == (1, True)
    assert "SSL" not in caplog.text
