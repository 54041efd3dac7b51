"""What may be run, and how long an approved erasure waits for its person."""

from __future__ import annotations

import msgspec
import pytest

from privacykit.errors import InputError
from privacykit.govern.erasure.planning.plan import KEPT_BECAUSE
from privacykit.govern.erasure.treatment import HELD
from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.lifecycle import (
    ENDED,
    NO_MARK,
    RUNNABLE,
    check_runnable,
    check_waited,
    is_erased,
    is_over,
    may_run,
    stands,
    waited,
    waiting_time,
)

DAY = 86_400.0
APPROVED = SubjectRequest(
    "00",
    RequestType.ERASURE,
    (Identity("email", "a@b.example"),),
    "EU@0",
    RequestStatus.ACCEPTED,
    "DE",
    100.0,
    "11",
    due_at=10 * DAY,
)
RUN = {"accepted", "in_progress", "partially_fulfilled", "unfulfilled"}
SAID = {
    "initiated": "this request was not approved yet: prove who asks, then approve it",
    "acknowledged": "this request was not approved yet: prove who asks, then approve it",
    "requires_action": (
        "this request waits for a proof of who asks: it comes back with their token"
    ),
    "delayed": "this request was extended and not approved yet: approve or reject it",
    "accepted": "this request is approved: run it",
    "in_progress": "this request is being carried out: run it again to go on",
    "partially_fulfilled": (
        "this request is answered but for what had to stay: its receipt says what"
    ),
    "unfulfilled": (
        "this request could not be carried out: mend what failed, then run it again"
    ),
    "fulfilled": (
        "this request is fulfilled: its receipt says what was done, nothing is left to do"
    ),
    "rejected": "this request was refused: what changes that is a new request",
    "cancelled": "this request was taken back: what changes that is a new request",
}  # fmt: skip


def _with(**changes) -> SubjectRequest:
    return msgspec.structs.replace(APPROVED, **changes)


@pytest.mark.parametrize(("status", "words"), SAID.items())
def test_how_a_request_stands_is_said(status, words):
    """Each status has its own words, with what may be done."""
    assert stands(RequestStatus(status)) == words


def test_what_ended_was_answered_wholly_or_in_part():
    """A failure of ours is no answer that keeps the person waiting."""
    assert {status.value for status in ENDED} == {
        "partially_fulfilled", "unfulfilled", "fulfilled", "rejected", "cancelled",
    }  # fmt: skip


@pytest.mark.parametrize("status", SAID)
def test_only_what_was_approved_and_is_not_over_may_be_run(status):
    """The refusal says how the request stands."""
    try:
        check_runnable(_with(status=RequestStatus(status), justification="held"))
        refused = ""
    except InputError as error:
        refused = str(error)
    assert refused == ("" if status in RUN else f"it cannot be run now: {SAID[status]}")


def test_what_may_be_run_is_written_out():
    """The list that the worker asks for is the one that a run is checked by."""
    assert {status.value for status in RUNNABLE} == RUN


@pytest.mark.parametrize(("now", "waits"), [(499.0, True), (500.0, False), (501.0, False)])
def test_an_erasure_is_not_run_while_its_person_may_take_it_back(now, waits):
    """From its last moment on it may be run, not before; the words say until when."""
    said = r"waits until 1970-01-01 00:08 UTC: the person may take it back"
    if waits:
        with pytest.raises(InputError, match=said):
            check_waited(_with(closes_at=500.0), now)
    else:
        check_waited(_with(closes_at=500.0), now)


def test_what_does_not_wait_may_be_run_at_once():
    """Without a time of grace there is nothing to wait for; with one of a second there is."""
    check_waited(_with(closes_at=None), 0.0)
    with pytest.raises(InputError, match="waits until"):
        check_waited(_with(closes_at=1.0), 0.0)


@pytest.mark.parametrize(
    ("status", "closes", "now", "over"),
    [
        ("accepted", 500.0, 499.0, False),
        ("accepted", 500.0, 500.0, True),
        ("accepted", 500.0, 501.0, True),
        ("accepted", None, 501.0, False),
        ("cancelled", 500.0, 501.0, False),
        ("in_progress", 500.0, 501.0, False),
        ("fulfilled", 500.0, 501.0, False),
    ],
)
def test_the_worker_runs_what_has_waited_long_enough(status, closes, now, over):
    """What waited and is still approved; what never waited is run by a person."""
    assert waited(_with(status=RequestStatus(status), closes_at=closes), now) is over


@pytest.mark.parametrize(
    ("changes", "now", "wanted", "until"),
    [
        ({}, 0.0, 5 * DAY, 5 * DAY),
        ({}, 0.0, 9 * DAY, 9 * DAY),
        ({}, 0.0, 9.5 * DAY, 9 * DAY),
        ({"extended_to": 20 * DAY}, 0.0, 14 * DAY, 14 * DAY),
        ({"extended_to": 20 * DAY}, 0.0, 30 * DAY, 19 * DAY),
        ({"due_at": None}, 0.0, 30 * DAY, 30 * DAY),
        ({"due_at": None, "extended_to": 20 * DAY}, 0.0, 30 * DAY, 19 * DAY),
        ({}, 8.9 * DAY, 30 * DAY, 9 * DAY),
        ({}, 9 * DAY, 30 * DAY, None),
        ({}, 9.5 * DAY, 30 * DAY, None),
        ({}, 5 * DAY, 5 * DAY, None),
    ],
)
def test_an_erasure_never_waits_past_the_day_before_its_deadline(changes, now, wanted, until):
    """It has to be run in time; where that leaves none, it does not wait."""
    assert waiting_time(_with(**changes), now, wanted) == until


@pytest.mark.parametrize(
    ("kind", "status", "ground", "erased"),
    [
        ("erasure", "fulfilled", None, True),
        ("erasure", "partially_fulfilled", "tax", True),
        ("erasure", "partially_fulfilled", "held", False),
        ("erasure", "unfulfilled", "no store acknowledged", False),
        ("access", "fulfilled", None, False),
        ("rectification", "fulfilled", None, False),
    ],
)
def test_an_erasure_that_is_over_has_erased_its_person(kind, status, ground, erased):
    """While it may do more, and for every other right, the details of its entries stay."""
    request = _with(
        subject_request_type=RequestType(kind),
        status=RequestStatus(status),
        justification=ground,
    )
    assert is_erased(request) is erased


STAYS = (
    *sorted(KEPT_BECAUSE - {HELD, NO_MARK}),
    "tax",
    "shared_with_others",
    "sinks_were_given_up",
)
LEFT = (
    "held",
    "failed",
    "sinks_have_not_acknowledged",
    "a store failed",
    "rows changed since the plan",
    "values still stand in rows that nothing explains",
    "no_mark",
)


@pytest.mark.parametrize("left", [None, *LEFT])
@pytest.mark.parametrize("stays", [None, *STAYS])
def test_a_request_is_over_when_no_run_of_it_does_more(left, stays):
    """What a law keeps, or is another person's too, stays whoever runs it; one open end is more."""
    ground = ", ".join(filter(None, (left, stays))) or "tax"
    request = _with(status=RequestStatus.PARTIALLY_FULFILLED, justification=ground)
    assert (is_over(request), may_run(request)) == (left is None, left is not None)
