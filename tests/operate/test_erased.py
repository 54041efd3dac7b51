"""A person erased, in our own ``[records]``: what waits for whom, and whose plans go."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import msgspec
import pytest

from privacykit.govern.erasure.connector import Subject
from privacykit.govern.erasure.plan import PlanScope
from privacykit.govern.records import Identity, Plan, RequestStatus
from privacykit.govern.requests.notify import RecipientAnswer, RecipientNotice, message
from privacykit.operate.backends.deletions import BackendDeletions
from privacykit.operate.records.erased import NOT_SEARCHED, RECIPIENTS, forget_person
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
