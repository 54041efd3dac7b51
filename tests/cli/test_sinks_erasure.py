"""An erasure reaches what sinks sent: the operator's view, from the request to the receipt."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from privacykit.collect.counters import Counters
from privacykit.govern.erasure.event_keys import CONSENT_RECORD
from privacykit.operate.context import OperatorContext
from privacykit.operate.telling import RecipientService
from privacykit.pseudonym.subject import subject_reference
from privacykit.pseudonym.visitor import consented_id
from privacykit.settings.backends import Backends
from privacykit.testing.samples import row
from privacykit.testing.stubs.matomo import MatomoStub
from privacykit.testing.stubs.plausible import PlausibleStub
from privacykit.testing.stubs.segment import SegmentStub
from tests.sinks.products import send

ANNA, BEN = "anna@shop.example", "ben@shop.example"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON, LATER = NOW + timedelta(minutes=2), NOW + timedelta(days=1)
EXPIRES = int((NOW + timedelta(days=30)).timestamp())
SINKS = """
[events]
url = "sqlite:///privacykit-events.db"
[[sinks]]
type = "matomo"
name = "matomo"
purposes = ["analytics"]
url = "{matomo}"
token = "{token}"
idsite = 1
site_url = "https://shop.example"
[[sinks]]
type = "segment"
name = "pipe"
purposes = ["analytics"]
url = "{segment}"
token = "stub-credential"
erasable = true
[sinks.deletion]
url = "{segment}"
token = "stub-deletion-credential"
[[sinks]]
type = "plausible"
name = "counter"
purposes = ["analytics"]
url = "{plausible}"
domain = "shop.example"
[[sinks]]
type = "jsonl"
name = "ads"
purposes = ["ads"]
path = "ads"
"""


class Shop:
    """Matomo, Segment and Plausible, with what each got of the visitors."""

    def __init__(self, run, config, matomo, segment, plausible):
        self.run = run
        self.matomo, self.segment, self.plausible = matomo, segment, plausible
        self._context = context = OperatorContext(config, NOW.timestamp)
        self.key = context.keys.current("subject").value
        self._backends = Backends(
            context.settings, context.paths, counters=Counters(), clock=NOW.timestamp
        )
        with context.events() as store:
            store.ensure_periods(NOW.timestamp(), 2)

    def visit(self, number, visitor, *, of="", record=None):
        """Let a visit be stored and sent, of somebody known or of nobody known."""
        made = row(number, expires_at=EXPIRES)
        event = msgspec.json.decode(made.body)
        event["data"]["visitor"] = visitor
        at = NOW - timedelta(seconds=number)
        event["time"] = at.isoformat().replace("+00:00", "Z")
        subject = subject_reference(self.key, of) if of else None
        envelope = msgspec.structs.replace(
            made.envelope, visitor=visitor, subject=subject, record=record
        )
        sent = msgspec.structs.replace(made, envelope=envelope, body=msgspec.json.encode(event))
        with self._context.events() as store:
            store.add([sent], NOW.timestamp())
        for name in ("matomo", "pipe", "counter"):
            send(self._backends.sink(name), sent)

    def notices(self, request):
        """Return what is kept for recipients."""
        return self._context.notices.of(request)

    def close(self):
        """Close what was opened."""
        self._context.close()
        self._backends.stop(0.0)

    def told(self, request):
        """Return what the receipt says of each recipient: status, level, evidence."""
        code, out, _ = self.run("request", "receipt", request)
        assert code == 0
        return {
            it["recipient"]: (it["status"], it["effect"], it["evidence"])
            for it in json.loads(out)["propagations"]
        }


@pytest.fixture
def shop(run, tmp_path):
    """A shop whose visits go to three backends."""
    with ExitStack() as stack:
        stubs = [MatomoStub(lambda: NOW.timestamp() + 60), SegmentStub(), PlausibleStub()]
        matomo, segment, plausible = [stack.enter_context(stub) for stub in stubs]
        path = tmp_path / "privacykit.toml"
        places = {"matomo": matomo.url, "segment": segment.url, "plausible": plausible.url}
        path.write_text(path.read_text() + SINKS.format(token=matomo.token, **places))
        made = Shop(run, str(path), matomo, segment, plausible)
        yield made
        made.close()


V1, V2 = "1" * 32, "2" * 32


def cids(stub):
    """Return the visitors that Matomo has."""
    return sorted(event["cid"] for event in stub.events.values())


def test_each_sink_is_a_recipient_and_the_receipt_says_what_became_of_it(shop, run, filed):
    """What deletes at once, what is at work, what cannot, and what got nothing."""
    shop.visit(1, V1, of=ANNA)
    shop.visit(2, V2, of=BEN)
    shop.segment.at_work = True
    request = filed("erasure")
    assert run("request", "run", request, "--yes")[0] == 3
    assert shop.told(request)["privacykit-matomo"][0] == "pending"
    run("request", "send", at=SOON)
    told = shop.told(request)
    assert told["privacykit-matomo"] == ("acknowledged", "logical", "1 ids")
    assert told["privacykit-pipe"] == ("pending", "none", "reg_1")
    assert told["privacykit-counter"] == ("unable", "none", "it deletes nobody")
    assert told["privacykit-ads"] == ("nothing_sent", "none", "")
    shop.segment.at_work = False
    run("request", "send", at=LATER)
    assert shop.told(request)["privacykit-pipe"] == (
        "acknowledged",
        "logical",
        "1 ids; reg_1 FINISHED",
    )
    assert (cids(shop.matomo), len(shop.segment.events)) == ([V2[:16]], 1)
    assert shop.matomo.faults == shop.segment.faults == []


def test_nothing_is_asked_for_before_what_is_in_flight_has_landed(shop, run, filed):
    """An attempt that began before the order may deliver a minute later."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    shop.matomo.requests.clear()
    run("request", "run", request, "--yes")
    run("request", "send", at=NOW + timedelta(seconds=30))
    assert shop.matomo.requests == []


def test_a_visitor_id_that_is_not_the_persons_alone_is_not_told(shop, run, filed):
    """Two people at one browser: the other one's visits stay, and the receipt says so."""
    shop.visit(1, V1, of=ANNA)
    shop.visit(2, V1, of=BEN)
    shop.visit(3, V2, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", at=SOON)
    said = shop.told(request)["privacykit-matomo"]
    assert said == ("acknowledged", "logical", "1 ids; 1 shared with others left out")
    assert cids(shop.matomo) == [V1[:16], V1[:16]]


def test_a_visit_of_nobody_known_makes_an_id_shared(shop, run, filed):
    """As in our own stores: who was not known may have been somebody else at the same address."""
    shop.visit(1, V1, of=ANNA)
    shop.visit(2, V1)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", at=SOON)
    said = shop.told(request)["privacykit-matomo"]
    assert said == ("unable", "none", "1 ids, all shared with others")
    assert cids(shop.matomo) == [V1[:16], V1[:16]]


def test_whoever_names_their_consent_is_found_while_nobody_knew_them(shop, run):
    """The grant cookie's record leads to the visitor id that was sent."""
    record = "A1b2C3d4E5f6G7h8I9j0Kw"
    visitor = consented_id(shop.key, record)
    shop.visit(1, visitor)
    shop.visit(2, V2)
    code, out, err = run(
        "request",
        "new",
        "erasure",
        "--identity",
        f"{CONSENT_RECORD}={record}",
        "--place",
        "DE",
        "--json",
    )
    assert code == 0, err
    request = json.loads(out)["id"]
    run("request", "prove", request, "--method", "logged_in")
    run("request", "approve", request)
    assert run("request", "run", request, "--yes")[0] in {0, 3}
    run("request", "send", at=SOON)
    assert shop.told(request)["privacykit-matomo"][:2] == ("acknowledged", "logical")
    assert cids(shop.matomo) == [V2[:16]]


def test_a_person_of_whom_nothing_was_sent_is_told_to_nobody(shop, run, filed):
    """Not a byte leaves, not even that somebody asked."""
    shop.visit(2, V2, of=BEN)
    for stub in (shop.matomo, shop.segment, shop.plausible):
        stub.requests.clear()
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", at=LATER)
    assert {said[0] for name, said in shop.told(request).items() if "privacykit" in name} == {
        "nothing_sent"
    }
    assert (shop.matomo.requests, shop.segment.requests, shop.plausible.requests) == ([], [], [])


def test_nobody_is_named_to_a_backend(shop, run, filed):
    """It gets the ids that it had; neither the person's address nor our reference to them."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", at=SOON)
    for stub in (shop.matomo, shop.segment):
        received = stub.received()
        assert ANNA.encode() not in received
        assert subject_reference(shop.key, ANNA).encode() not in received
        assert request.encode() not in received


def test_an_interrupted_erasure_asks_for_the_same(shop, run, filed, monkeypatch):
    """The orders are written down before our own rows go: they are known after a crash."""
    from privacykit.operate.own.events import OwnEvents

    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    forget = OwnEvents._forget_stored

    def crash(self, again):
        forget(self, again)
        raise SystemExit(9)

    with monkeypatch.context() as patched:
        patched.setattr(OwnEvents, "_forget_stored", crash)
        assert run("request", "run", request, "--yes")[0] == 9
    assert run("request", "run", request)[0] == 3
    run("request", "send", at=SOON)
    assert shop.told(request)["privacykit-matomo"][:2] == ("acknowledged", "logical")
    assert cids(shop.matomo) == []


def test_a_backend_that_is_down_is_tried_again(shop, run, filed):
    """Until it answers; the receipt says pending."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    shop.matomo.fail(503)
    run("request", "send", at=SOON)
    assert shop.told(request)["privacykit-matomo"] == ("pending", "none", "http 503")
    assert run("request", "send", at=LATER)[0] == 3  # the printer never answers
    assert shop.told(request)["privacykit-matomo"][0] == "acknowledged"


def test_the_ids_go_from_our_records_when_all_is_done(shop, run, filed, tmp_path):
    """What an order held is personal data too."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", at=SOON)
    run("request", "send", at=LATER)
    for name in ("privacykit-records.db", "privacykit-records.db-wal"):
        place = tmp_path / name
        content = place.read_bytes() if place.exists() else b""
        assert V1.encode() not in content, name
        assert V1[:16].encode() not in content, name


def test_the_audit_log_says_who_could_not_be_asked(shop, run, filed):
    """Proof that it was looked at, and still verifies."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", at=SOON)
    _, out, _ = run("audit", "show", "--json")
    assert {"recipient.unable", "recipient.nothing_sent", "recipient.acknowledged"} <= {
        entry["action"] for entry in json.loads(out)
    }
    assert run("audit", "verify")[0] == 0


def test_an_answer_by_hand_is_noted_for_who_could_not_be_asked(shop, run, filed):
    """The operator deleted it in the product's own pages."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    done = ("--answered", "privacykit-counter", "--reference", "reset")
    run("request", "send", "--request", request, *done)
    assert shop.told(request)["privacykit-counter"] == ("acknowledged", "none", "reset")


def test_the_operator_reads_what_became_of_it(shop, run, filed):
    """In words; with what is to be done."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    code, out, _ = run("request", "run", request, "--yes")
    assert (code, "\npartially fulfilled\n" in out) == (3, True)
    assert "privacykit-counter: cannot be asked to delete (it deletes nobody)" in out
    assert "privacykit-ads: nothing was sent there" in out
    run("request", "send", at=SOON)
    _, out, _ = run("request", "show", request)
    _, letter, _ = run("request", "letter", request, "--language", "en")
    assert "matomo" in letter
    assert "ads" not in letter


def test_a_sink_that_is_gone_from_the_file_is_somebodys_to_look_at(shop, run, filed, tmp_path):
    """Its credential went with it; the receipt says that nobody could ask."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    path = tmp_path / "privacykit.toml"
    path.write_text(path.read_text().replace('name = "matomo"', 'name = "renamed"'))
    run("request", "send", at=SOON)
    assert shop.told(request)["privacykit-matomo"][0] == "failed"


def test_what_is_not_done_in_four_months_is_somebodys_to_look_at(shop, run, filed):
    """A backend that is at work for ever does not keep its promise."""
    shop.visit(1, V1, of=ANNA)
    shop.segment.at_work = True
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", at=SOON)
    run("request", "send", at=NOW + timedelta(days=121))
    assert shop.told(request)["privacykit-pipe"][0] == "failed"


def receipt_of(run, request):
    """Return the receipt."""
    return json.loads(run("request", "receipt", request)[1])


def test_an_erasure_is_whole_when_every_sink_has_acknowledged(shop, run, filed):
    """One that has not answered or cannot be asked is no success; the last one makes it whole."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    assert receipt_of(run, request)["status"] == "partially_fulfilled"
    run("request", "send", at=SOON)
    _, shown, _ = run("request", "show", request)
    assert "sinks_have_not_acknowledged" in shown
    by_hand = ("--request", request, "--reference", "reset", "--answered")
    for recipient in ("printer", "privacykit-counter"):
        run("request", "send", *by_hand, recipient, at=SOON)
    assert receipt_of(run, request)["status"] == "fulfilled"
    assert ANNA not in run("request", "show", request, "--reveal")[1]
    assert run("audit", "verify", at=SOON)[0] == 0


def test_the_last_sink_given_up_ends_the_erasure_in_part(shop, run, filed):
    """No answer will come: what finds the person is kept no longer, and it is no success."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", at=SOON)
    by_hand = ("request", "send", "--request", request, "--reference", "closed")
    run(*by_hand, "--answered", "printer", at=SOON)
    assert ANNA in run("request", "show", request, "--reveal")[1]
    run(*by_hand, "--give-up", "privacykit-counter", at=SOON)
    assert receipt_of(run, request)["status"] == "partially_fulfilled"
    shown = run("request", "show", request, "--reveal")[1]
    assert (ANNA in shown, "sinks_were_given_up" in shown) == (False, True)


def test_an_erasure_is_whole_though_a_run_died_at_the_last_answer(shop, run, filed, monkeypatch):
    """The answer is noted, and what follows from it is not; the next run makes up for it."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    by_hand = ("--request", request, "--reference", "reset", "--answered")
    for recipient in ("printer", "privacykit-counter"):
        run("request", "send", *by_hand, recipient, at=NOW)
    with monkeypatch.context() as dying:
        dying.setattr(RecipientService, "_over", lambda *_: None)
        run("request", "send", at=SOON)
    assert receipt_of(run, request)["status"] == "partially_fulfilled"
    run("request", "send", at=LATER)
    assert receipt_of(run, request)["status"] == "fulfilled"
    assert ANNA not in run("request", "show", request, "--reveal")[1]


def test_what_failed_is_asked_again_by_command(shop, run, filed):
    """The operator mended what refused us; the order is the one that was kept."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    shop.matomo.fail(400)
    run("request", "send", at=SOON)
    assert shop.told(request)["privacykit-matomo"][0] == "failed"
    again = ("request", "send", "--request", request, "--retry", "privacykit-matomo")
    run(*again, at=LATER)
    assert shop.told(request)["privacykit-matomo"] == ("acknowledged", "logical", "1 ids")
    assert cids(shop.matomo) == []
    code, _, err = run(*again, at=LATER)
    assert (code, "nothing is open with this recipient" in err) == (2, True)


def test_what_is_given_up_leaves_nothing_of_the_person_and_is_no_success(shop, run, filed):
    """The ids of its order go from our records; the erasure stays partial."""
    shop.visit(1, V1, of=ANNA)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    shop.matomo.fail(400)
    run("request", "send", at=SOON)
    give_up = ("--give-up", "privacykit-matomo", "--reference", "account closed")
    run("request", "send", "--request", request, *give_up, at=SOON)
    assert shop.told(request)["privacykit-matomo"] == ("unable", "none", "account closed")
    assert all(not notice.body for notice in shop.notices(request) if "matomo" in notice.recipient)
    assert receipt_of(run, request)["status"] == "partially_fulfilled"


def test_one_thing_is_asked_of_send_at_a_time(run, filed):
    """Which of two was meant is not guessed."""
    both = ("--retry", "privacykit-matomo", "--give-up", "privacykit-matomo")
    code, _, err = run("request", "send", "--request", filed("erasure"), *both)
    assert (code, "one of --answered, --retry and --give-up" in err) == (2, True)


def test_a_plan_says_what_goes_from_our_own_stores_and_what_sinks_are_asked(shop, run, filed):
    """Before the yes: the level each can reach, and who cannot be asked."""
    shop.visit(1, V1, of=ANNA)
    shop.visit(2, V2, of=BEN)
    request = filed("erasure")
    code, out, _ = run("request", "run", request)
    assert code == 0
    assert "1 event in our event store goes" in out
    assert "privacykit-matomo: will be asked to delete 1 id; level to reach: logical" in out
    assert "privacykit-counter: cannot be asked to delete (it deletes nobody)" in out
    assert "privacykit-ads" not in out
    told = json.loads(run("request", "run", request, "--json")[1])["events"]
    assert (told["stored"], [sink["status"] for sink in told["sinks"]]) == (
        1,
        ["asked", "asked", "unable", "nothing_sent"],
    )
    assert V1[:16] not in out


def test_whom_only_our_events_know_has_a_plan(shop, run):
    """No mapped store knows them; there is something to change all the same."""
    shop.visit(1, V1, of="only@visits.example")
    whom = ("--email", "only@visits.example")
    code, out, err = run("subject", "erase", *whom)
    assert (code, "--digest" in out, "nobody is known" in err) == (0, True, False)


def test_events_on_hold_are_a_step_of_plan_and_receipt(shop, run, filed):
    """As rows of the application are; their release takes the request up again."""
    shop.visit(1, V1, of=ANNA)
    shop.visit(2, V1, of=BEN)
    hold = ("privacykit", "events", "--basis", "claims", "--review", "2027-06-01")
    run("hold", "add", *hold)
    request = filed("erasure")

    def own(told):
        kept = [it for it in json.loads(told)["steps"] if it["action"] == "keep"]
        return [(it["dataset"], it["collection"], it["justification"]) for it in kept]

    step = [("privacykit", "events", "held")]
    assert own(run("subject", "find", "--email", ANNA, "--json")[1]) == step
    assert own(run("request", "run", request, "--json")[1]) == step
    assert run("request", "run", request, "--yes")[0] == 3
    receipt = run("request", "receipt", request)[1]
    assert (own(receipt), json.loads(receipt)["status"]) == (step, "partially_fulfilled")
    run("hold", "release", "--last")
    assert run("request", "run", request, "--yes")[0] in {0, 3}
    assert own(run("request", "receipt", request)[1]) == []


def test_a_hold_that_ended_before_the_run_keeps_nothing(shop, run, filed):
    """The plan foresaw it; the receipt says what was."""
    shop.visit(1, V1, of=ANNA)
    hold = ("privacykit", "events", "--basis", "claims", "--review", "2027-06-01")
    run("hold", "add", *hold)
    request = filed("erasure")
    plan = json.loads(run("request", "run", request, "--json")[1])
    run("hold", "release", "--last")
    run("request", "run", request, "--plan", plan["plan_id"], "--digest", plan["targets_digest"])
    steps = json.loads(run("request", "receipt", request)[1])["steps"]
    ours = [(it["action"], it["rows_changed"]) for it in steps if it["collection"] == "events"]
    assert ours == [("delete", 1)]
