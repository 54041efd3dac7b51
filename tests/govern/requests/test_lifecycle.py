"""The life of a request."""

import msgspec
import pytest

from privacykit.errors import InputError
from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.lifecycle import (
    DELAYS,
    OPEN,
    REFUSALS,
    Ground,
    may_follow,
    moved,
    overdue,
    unacknowledged,
)

REQUEST = SubjectRequest(
    "00",
    RequestType.ERASURE,
    (Identity("email", "a@b.example"),),
    "EU@0",
    RequestStatus.INITIATED,
    "DE",
    100.0,
    "11",
    acknowledge_by=150.0,
    due_at=200.0,
)


def _standing(status: RequestStatus, **changes) -> SubjectRequest:
    return msgspec.structs.replace(REQUEST, status=status, **changes)


def test_failure_of_ours_is_no_refusal():
    """What we failed to do is not what we said no to."""
    assert not REFUSALS & {Ground.FAILED, Ground.HELD, Ground.SHARED, *DELAYS}


def test_started_run_is_not_cancelled():
    """Rows may be gone already; only finishing is honest."""
    with pytest.raises(
        InputError, match="cannot be cancelled now: this request is being carried out"
    ):
        moved(_standing(RequestStatus.IN_PROGRESS), RequestStatus.CANCELLED, at=1)


@pytest.mark.parametrize("wanted", RequestType)
def test_only_what_changes_no_row_can_be_taken_back_when_it_has_started(wanted):
    """A copy that failed half-way is cancelled like one that was never begun."""
    started = _standing(RequestStatus.IN_PROGRESS, subject_request_type=wanted)

    taken_back = may_follow(started, RequestStatus.CANCELLED)

    assert taken_back == (wanted in {RequestType.ACCESS, RequestType.PORTABILITY})


def test_released_hold_takes_a_partial_answer_up_again():
    """What was held can be fulfilled later; it is open again until then."""
    partial = _standing(RequestStatus.PARTIALLY_FULFILLED, finished_at=150.0)

    again = moved(partial, RequestStatus.IN_PROGRESS, at=300.0)

    assert (again.status in OPEN, again.finished_at) == (True, None)


def test_answer_sets_when_it_ended():
    """The end of a request is on record."""
    done = moved(_standing(RequestStatus.IN_PROGRESS), RequestStatus.FULFILLED, at=170.0)

    assert done.finished_at == 170.0


def test_first_acknowledgement_counts():
    """Acknowledging twice does not move the time."""
    once = moved(REQUEST, RequestStatus.ACKNOWLEDGED, at=110.0)
    asked = moved(once, RequestStatus.REQUIRES_ACTION, at=120.0)

    assert moved(asked, RequestStatus.ACKNOWLEDGED, at=130.0).acknowledged_at == 110.0


@pytest.mark.parametrize(
    ("changes", "late"),
    [
        ({}, True),
        ({"extended_to": 300.0}, False),
        ({"status": RequestStatus.FULFILLED}, False),
        ({"due_at": None}, False),
        ({"due_at": 250.0}, False),
    ],
)
def test_overdue_is_open_and_past_its_last_deadline(changes, late):
    """Only what still waits can be overdue, and an extension counts."""
    assert late is overdue(msgspec.structs.replace(REQUEST, **changes), now=250.0)


@pytest.mark.parametrize(
    ("changes", "late"),
    [
        ({}, True),
        ({"acknowledged_at": 120.0}, False),
        ({"acknowledge_by": None}, False),
        ({"acknowledge_by": 170.0}, False),
        ({"status": RequestStatus.REJECTED}, False),
    ],
)
def test_unacknowledged_is_open_and_unconfirmed(changes, late):
    """Receipt is confirmed in time or shows."""
    assert late is unacknowledged(msgspec.structs.replace(REQUEST, **changes), now=160.0)
