"""What California wants published of a year, out of a made-up one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from privacykit.govern.records import RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.deadlines import DeadlineNote
from privacykit.govern.requests.ledger import StoredRequest
from privacykit.govern.requests.lifecycle import Ground
from privacykit.govern.requests.yearly import GROUNDS, yearly_metrics

DONE, PART, DENIED = (
    RequestStatus.FULFILLED,
    RequestStatus.PARTIALLY_FULFILLED,
    RequestStatus.REJECTED,
)
PACIFIC = ZoneInfo("America/Los_Angeles")
MARCH = datetime(2026, 3, 2, 20, tzinfo=UTC)


def filed(id_, kind=RequestType.ERASURE, status=DONE, days=0, at=MARCH, ground=None, place="US-CA"):
    """Return a request as it lies in the ledger, answered after some days."""
    answered = (at + timedelta(days=days)).timestamp() if days is not None else None
    request = SubjectRequest(
        id_, kind, (), "US-CA", status, place, at.timestamp(), "ref",
        finished_at=answered, justification=ground,
    )  # fmt: skip
    return StoredRequest(request, DeadlineNote(0.0, 0.0, None, "", "", ()))


def of(kind, *requests, year=2026, **more):
    """Return the metrics of one kind."""
    found = {one.kind: one for one in yearly_metrics(requests, year, PACIFIC, **more)}
    return found[kind]


def test_each_kind_is_counted_by_its_outcome():
    """Received, complied with in whole or in part, denied, and what is open."""
    one = of(
        "delete",
        filed("a"),
        filed("b", status=PART),
        filed("c", status=DENIED, ground="no_match"),
        filed("d", status=RequestStatus.ACKNOWLEDGED, days=None),
        filed("e", RequestType.ACCESS),
    )
    assert (one.received, one.complied, one.complied_in_part, one.denied, one.open) == (
        4,
        1,
        1,
        1,
        1,
    )


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        ("know", [RequestType.ACCESS, RequestType.PORTABILITY]),
        ("correct", [RequestType.RECTIFICATION]),
        ("opt_out_of_sale_sharing", [RequestType.OPT_OUT_SALE_SHARING]),
        ("limit", [RequestType.LIMIT_SENSITIVE]),
    ],
)
def test_a_kind_has_its_types(kind, types):
    """11 CCR 7102(a)(1)(A) to (E)."""
    every = [filed(kind.value, kind) for kind in RequestType]
    assert of(kind, *every).received == len(types)


@pytest.mark.parametrize(
    ("days", "median", "mean"),
    [
        ([3], 3, 3.0),
        ([1, 4], 2.5, 2.5),
        ([1, 2, 30], 2, 11.0),
        ([1, 2, 4, 45], 3, 13.0),
        ([], None, None),
    ],
)
def test_days_are_a_median_and_a_mean(days, median, mean):
    """Of even counts the mean of the middle two."""
    one = of("delete", *(filed(str(i), days=n) for i, n in enumerate(days)))
    assert (one.median_days, one.mean_days) == (median, mean)


@pytest.mark.parametrize(
    ("ground", "name"),
    [
        (Ground.IDENTITY_FAILURE, "unverifiable"),
        (Ground.OUTSIDE_JURISDICTION, "not_a_consumer"),
        (Ground.LEGALLY_REQUIRED, "exempt"),
        (Ground.MANIFESTLY_EXCESSIVE, "other"),
    ],
)
def test_a_denial_has_one_ground(ground, name):
    """The regulation's own; the first that fits where there are several."""
    several = f"{ground.value}, {Ground.NO_MATCH.value}"
    one = of("delete", filed("a", status=DENIED, ground=several), filed("b", status=DENIED))
    assert one.denied_by[name] == (2 if name == "other" else 1)
    assert sum(one.denied_by.values()) == one.denied == 2
    assert list(one.denied_by) == [*(known for known, _ in GROUNDS), "other"]


def test_a_request_belongs_to_the_year_it_was_received():
    """In the controller's days: open over New Year, answered in the next one."""
    late = datetime(2027, 1, 1, 3, tzinfo=UTC)
    assert of("delete", filed("a", at=late, days=20)).received == 1
    assert of("delete", filed("a", at=late, days=20), year=2027).received == 0


def test_a_request_that_was_opened_again_counts_once():
    """By its id, as it stands at last."""
    one = of("delete", filed("a", status=DENIED), filed("a", days=9))
    assert (one.received, one.complied, one.denied, one.median_days) == (1, 1, 0, 9)


def test_only_californians_are_counted_unless_everybody_is_meant():
    """What is published says of whom it is."""
    both = filed("a"), filed("b", place="DE")
    assert (of("delete", *both).received, of("delete", *both, place=None).received) == (1, 2)
