"""A person erased, in our own ``[records]``: what waits for whom, and whose plans go."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import msgspec
import pytest

from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.erasure.ports.connector import Subject
from privacykit.govern.planned import Plan
from privacykit.govern.records import Identity, RequestStatus, RequestType
from privacykit.govern.requests.deadlines import DeadlineNote
from privacykit.govern.requests.identity_proof import assurance
from privacykit.govern.requests.ledger import NewRequest
from privacykit.govern.requests.notify import RecipientAnswer, RecipientNotice, message
from privacykit.operate.backends.deletions import BackendDeletions
from privacykit.operate.records.erased import (
    NOT_SEARCHED,
    RECIPIENTS,
    close_request,
    forget_person,
)
from privacykit.operate.telling import RecipientService
from tests.operate.backends.test_deletions import MATOMO, ME, NOW, REQUEST, event, keep, opened

__all__ = ["opened"]  # a fixture
ANNA = (Identity("email", "anna@shop.example"), Identity("phone_number", "+49301234567"))
BERT = (Identity("email", "bert@shop.example"), ANNA[1])
ID = REQUEST.subject_request_id


@pytest.fixture
def context(opened):
    """An installation that has an order waiting for a sink."""
    made = opened(MATOMO)
    keep(made, event(1, visitor="a" * 32, subject="me"))
    made.notices.add(list(BackendDeletions(made).notices(REQUEST, (ME,))))
    return made


def moved(folder):
    """Leave an address of Anna's in free pages of the records; return what tells it is there."""
    path = folder / "privacykit-records.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as server:
        server.execute("pragma secure_delete=off")
        server.execute("create table zz(a)")
        for _ in range(40):
            server.execute("insert into zz values ('anna@shop.example' || printf('%.3000c', 'x'))")
        server.execute("drop table zz")
        server.execute("pragma wal_checkpoint(truncate)")
    return lambda: b"anna@shop.example" in path.read_bytes()


def answering(context, monkeypatch):
    """Return a service whose request is fulfilled and whose recipients acknowledge."""
    filed = context.requests.load

    class Filed:
        request = msgspec.structs.replace(REQUEST, status=RequestStatus.FULFILLED)

    monkeypatch.setattr(context.requests, "load", lambda id_: Filed if id_ == ID else filed(id_))
    monkeypatch.setattr(context, "clock", lambda: NOW + 9999)
    service = RecipientService(context, "system")
    monkeypatch.setattr(service, "_send", lambda _: RecipientAnswer("acknowledged"))
    return service


def test_an_order_to_a_sink_is_not_waited_for(context, tmp_path):
    """It names nobody: what is left of the person is looked for at once."""
    stands = moved(tmp_path)
    assert stands()
    assert forget_person(context, ID, ANNA) == ""
    assert not stands()


def test_whoever_is_told_the_name_is_waited_for(context):
    """Of these two the recipient alone has it."""
    told = RecipientNotice("m", ID, "mailer", message(REQUEST, "x"), "pending", 0, None, NOW)
    context.notices.add([told])
    assert forget_person(context, ID, ANNA) == RECIPIENTS.format(names="mailer")


def test_who_looks_for_nobody_does_not_say_that_nothing_is_left(context, tmp_path):
    """It has not looked."""
    stands = moved(tmp_path)
    assert forget_person(context, ID, ()) == NOT_SEARCHED
    assert stands()


def test_the_answer_of_a_sink_takes_no_warning_back(context, monkeypatch):
    """The sink knows no name by which to look again."""
    service = answering(context, monkeypatch)
    service.left_behind = "what was found before"
    assert [it.status for it in service.send_due()] == ["acknowledged"]
    assert service.left_behind == "what was found before"


def erased(context, close=True, status=RequestStatus.FULFILLED, ground=None):
    """File a request of Anna's, and let its run die when she is erased; return its id."""
    asked = NewRequest(RequestType.ERASURE, ANNA, "DE", NOW)
    note = DeadlineNote(NOW, NOW + 9, NOW + 9, "EU@0", "GDPR Art. 12(3)", ("EU@0",))
    desk, told = context.desk, {"now": NOW, "actor": "system"}
    id_ = desk.receive(asked, note, random=bytes(32), actor="system").request.subject_request_id
    desk.prove(id_, assurance("logged_in", at=NOW, by="self"), **told)
    desk.approve(id_, **told)
    desk.start(id_, plan_id="p", **told)
    desk.finish(id_, status, ground=ground, held={"shop.orders": 1}, **told)
    if close:
        close_request(context, id_, ANNA, "system")
    return id_


@pytest.mark.parametrize("close", [False, True], ids=["before it forgot the names", "after"])
def test_what_a_dead_run_left_of_a_person_is_looked_for(close, context, tmp_path):
    """By whoever comes next, whether it knows yet whom to look for; once."""
    plan_of(context, "pp", ANNA[:1], ANNA)
    plan_of(context, "qq", BERT[:1], BERT)
    stands, id_ = moved(tmp_path), erased(context, close)
    assert (stands(), list(context.requests.unsearched())) == (True, [id_] if close else [])
    RecipientService(context, "system").send_due()
    assert (stands(), context.requests.unsearched()) == (False, [])
    assert [it.plan_id for it, _ in context.plans.waiting()] == ["qq"]
    told = [it.entry.action for it in context.audit.entries()]
    RecipientService(context, "system").send_due()
    context.desk.close(id_, actor="system")
    assert [it.entry.action for it in context.audit.entries()] == told


@pytest.mark.parametrize("more", ["", "held"])
def test_the_last_answer_ends_what_a_law_keeps_a_part_of(more, context, tmp_path):
    """Only the law is left then, and the names go; a hold waits for its release."""
    kept = ("tax", more, "sinks_have_not_acknowledged")
    ground = ", ".join(filter(None, kept))
    id_ = erased(context, False, RequestStatus.PARTIALLY_FULFILLED, ground)
    stands = moved(tmp_path)
    RecipientService(context, "system").send_due()
    request = context.requests.load(id_).request
    assert request.status is RequestStatus.PARTIALLY_FULFILLED
    assert request.justification == (ground if more else "tax")
    assert (bool(request.subject_identities), stands()) == (bool(more), bool(more))


def test_while_a_recipient_is_to_be_told_the_file_is_not_rebuilt(context, tmp_path):
    """Its notice names the person; when it knows, nobody has to know whom to look for."""
    stands, id_ = moved(tmp_path), erased(context)
    told = RecipientNotice("m", id_, "mailer", message(REQUEST, "x"), "pending", 0, None, NOW)
    context.notices.add([told])
    service = RecipientService(context, "system")
    service.send_due()
    assert (stands(), list(context.requests.unsearched())) == (True, [id_])
    service.answered(id_, "mailer", "by hand")
    assert (stands(), context.requests.unsearched()) == (False, [])


def test_a_hold_is_told_once_with_the_end_of_its_run(context):
    """In one transaction, so that no crash tells it twice or not at all."""
    erased(context, close=False)
    actions = [it.entry.action for it in context.audit.entries()]
    assert actions[-2:] == ["hold.refused", "request.fulfilled"]


def plan_of(context, plan_id, given, found, request_id="another"):
    """Let a plan wait."""
    at = time.time()
    whose = msgspec.msgpack.encode(PlanScope(Subject(found), given, "erasure"))
    plan = Plan(plan_id, request_id, "erasure", at, at + 99, (), "d")
    context.plans.save_plan(plan, whose, b"salt", [])


@pytest.mark.parametrize(
    ("given", "found", "stays"),
    [
        (BERT[:1], BERT, True),
        (BERT[1:], BERT, True),
        (ANNA[:1], ANNA, False),
        (ANNA[1:], ANNA[1:], False),
        ((Identity("email", " Anna@shop.example"),), ANNA, False),
        ((), (), True),
    ],
    ids=["another's", "another's by the shared one", "all", "some", "spelled so", "nobody's"],
)
def test_the_plans_of_the_person_go_and_nobody_elses(given, found, stays, context):
    """Two people may share a telephone: the other one's plan waits on."""
    plan_of(context, "pp", given, found)
    forget_person(context, ID, ANNA)
    assert [it.plan_id for it, _ in context.plans.waiting()] == (["pp"] if stays else [])


def test_a_plan_of_the_same_request_goes_whatever_it_found(context):
    """The stores may have said more when it was made."""
    plan_of(context, "pp", ANNA, BERT, ID)
    forget_person(context, ID, ANNA)
    assert context.plans.waiting() == []


def test_what_is_no_order_stops_no_other_notice(context):
    """A message to a recipient that was called as a sink is."""
    told = RecipientNotice("m", ID, "privacykit-crm", message(REQUEST, "x"), "pending", 0, 1, NOW)
    answer = BackendDeletions(context).send(told)
    assert (answer.status, answer.evidence) == ("failed", "no order of ours to a sink")
