"""The table of a request's life and its grounds, written out: the code's own table is no oracle."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest

from privacykit.errors import InputError
from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.lifecycle import (
    DELAYS,
    OPEN,
    REFUSALS,
    Ground,
    moved,
    overdue,
    unacknowledged,
)

FOLLOWS = {
    "initiated": "acknowledged requires_action delayed accepted rejected cancelled",
    "acknowledged": "requires_action delayed accepted rejected cancelled",
    "requires_action": "acknowledged delayed accepted rejected cancelled",
    "delayed": "requires_action accepted rejected cancelled",
    "accepted": "in_progress rejected cancelled",
    "in_progress": "fulfilled partially_fulfilled unfulfilled",
    "partially_fulfilled": "in_progress partially_fulfilled fulfilled",
    "unfulfilled": "in_progress",
    "fulfilled": "",
    "rejected": "",
    "cancelled": "",
}
STEPS = {
    "initiated": "filed again",
    "acknowledged": "acknowledged",
    "requires_action": "made to wait for a proof",
    "delayed": "extended",
    "accepted": "approved",
    "in_progress": "run",
    "partially_fulfilled": "ended",
    "unfulfilled": "ended",
    "fulfilled": "ended",
    "rejected": "refused",
    "cancelled": "cancelled",
}
STANDS = dict.fromkeys(FOLLOWS, r"\w+") | {
    "in_progress": "is being carried out",
    "cancelled": "was taken back",
}
WAITING = {"initiated", "acknowledged", "requires_action", "delayed", "accepted", "in_progress"}
NEEDS_A_GROUND = {"rejected", "delayed", "unfulfilled", "partially_fulfilled"}
PAIRS = list(product(FOLLOWS, repeat=2))

# DPV 2.3, legal/eu/gdpr/modules/rights_justifications.csv: what concerns Articles 12 and 17
DPV = {
    f"Justification{term}"
    for term in [
        "A12Complexity",
        "A12Delay",
        "A12HighVolume",
        "A12IdentityFailure",
        "A12IdentityRequired",
        "A12InformationRequired",
        "A12LackOfIntent",
        "A12MaliciousIntent",
        "A12ManifestlyExcessive",
        "A12ManifestlyUnfounded",
        "A17Archiving",
        "A17FreedomOfExpression",
        "A17LegalClaims",
        "A17LegallyRequired",
    ]
}
OURS = {
    "no_match",
    "claim_not_covered",
    "outside_jurisdiction",
    "held",
    "shared_with_others",
    "failed",
    "sinks_have_not_acknowledged",
    "sinks_were_given_up",
}

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


def _standing(status: str, **changes) -> SubjectRequest:
    return msgspec.structs.replace(REQUEST, status=RequestStatus(status), **changes)


def test_the_table_is_of_every_status():
    """A status that this page does not know is a step nobody thought of."""
    assert [status.value for status in RequestStatus if status.value not in FOLLOWS] == []


@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in PAIRS if pair[1] in FOLLOWS[pair[0]].split()]
)
def test_what_follows_is_taken(before, after):
    """Every step of the table works, given a ground."""
    assert moved(_standing(before), RequestStatus(after), at=1, ground="x").status.value == after


@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in PAIRS if pair[1] not in FOLLOWS[pair[0]].split()]
)
def test_what_does_not_follow_is_refused(before, after):
    """The refusal says what cannot be done and how the request stands, and names nobody."""
    said = f"it cannot be {STEPS[after]} now: this request {STANDS[before]}"
    with pytest.raises(InputError, match=rf"^{said}"):
        moved(_standing(before), RequestStatus(after), at=1, ground="x")


@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in PAIRS if pair[1] in FOLLOWS[pair[0]].split()]
)
def test_only_a_no_needs_a_ground(before, after):
    """Refusals, delays, failures and half answers; nothing else."""
    try:
        moved(_standing(before), RequestStatus(after), at=1)
        refused = ""
    except InputError as error:
        refused = str(error)
    assert refused == (f"{after} needs a ground" if after in NEEDS_A_GROUND else "")


def test_the_person_waits_until_there_is_an_answer():
    """Open is what has none yet."""
    assert {status.value for status in OPEN} == WAITING


@pytest.mark.parametrize(
    ("before", "after", "acknowledged", "finished"),
    [
        ("initiated", "acknowledged", 7.0, None),
        ("initiated", "accepted", None, None),
        ("initiated", "rejected", None, 7.0),
        ("delayed", "cancelled", None, 7.0),
        ("accepted", "in_progress", None, None),
        ("in_progress", "fulfilled", None, 7.0),
        ("in_progress", "partially_fulfilled", None, 7.0),
        ("in_progress", "unfulfilled", None, 7.0),
    ],
)
def test_a_step_sets_its_times(before, after, acknowledged, finished):
    """When receipt was confirmed and when it ended; the ground stands with it."""
    request = moved(_standing(before), RequestStatus(after), at=7.0, ground="x")
    times = (request.acknowledged_at, request.finished_at, request.justification)
    assert times == (acknowledged, finished, "x")


def test_an_end_stays_while_the_request_is_not_taken_up_again():
    """Only a new run opens a request that had ended; a step between ends sets a new one."""
    ended = _standing("unfulfilled", finished_at=5.0)
    again = moved(ended, RequestStatus.IN_PROGRESS, at=6.0)
    assert (ended.finished_at, again.finished_at) == (5.0, None)


@pytest.mark.parametrize("status", FOLLOWS)
@pytest.mark.parametrize(("now", "late"), [(199.0, False), (200.0, False), (201.0, True)])
def test_who_waits_past_the_deadline_waits_too_long(status, now, late):
    """Its last moment is in time, and an answer ends the waiting."""
    assert overdue(_standing(status), now) is (late and status in WAITING)


@pytest.mark.parametrize(
    ("due", "extended", "late"),
    [(None, None, False), (200.0, 300.0, False), (200.0, 220.0, True), (None, 220.0, True)],
)
def test_an_extension_takes_the_place_of_the_deadline(due, extended, late):
    """Whichever there is counts; without either nothing is late."""
    assert overdue(_standing("delayed", due_at=due, extended_to=extended), 250.0) is late


@pytest.mark.parametrize("status", FOLLOWS)
@pytest.mark.parametrize(("now", "late"), [(149.0, False), (150.0, False), (151.0, True)])
def test_receipt_is_to_be_confirmed_until_its_last_moment(status, now, late):
    """While the person waits, and not after."""
    assert unacknowledged(_standing(status), now) is (late and status in WAITING)


def test_grounds_are_terms_of_the_vocabulary_or_ours():
    """Whoever reads them elsewhere finds what they mean (W3C DPV 2.3)."""
    assert {ground.value for ground in Ground} - DPV == OURS


def test_the_grounds_of_an_extension_are_those_of_article_12():
    """Complexity and number, nothing else (GDPR Art. 12(3))."""
    assert {ground.value for ground in DELAYS} == {
        "JustificationA12Complexity",
        "JustificationA12HighVolume",
    }


def test_the_grounds_of_a_refusal_are_no_delay_and_no_failure_of_ours():
    """What we hold, share or failed at is not what we said no to."""
    assert {ground.name for ground in REFUSALS} == {
        "IDENTITY_FAILURE",
        "IDENTITY_REQUIRED",
        "INFORMATION_REQUIRED",
        "MANIFESTLY_UNFOUNDED",
        "MANIFESTLY_EXCESSIVE",
        "MALICIOUS_INTENT",
        "LEGALLY_REQUIRED",
        "LEGAL_CLAIMS",
        "FREEDOM_OF_EXPRESSION",
        "ARCHIVING",
        "NO_MATCH",
        "NOT_COVERED",
        "OUTSIDE_JURISDICTION",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDENTITY_FAILURE", "JustificationA12IdentityFailure"),
        ("IDENTITY_REQUIRED", "JustificationA12IdentityRequired"),
        ("INFORMATION_REQUIRED", "JustificationA12InformationRequired"),
        ("MANIFESTLY_UNFOUNDED", "JustificationA12ManifestlyUnfounded"),
        ("MANIFESTLY_EXCESSIVE", "JustificationA12ManifestlyExcessive"),
        ("MALICIOUS_INTENT", "JustificationA12MaliciousIntent"),
        ("COMPLEXITY", "JustificationA12Complexity"),
        ("HIGH_VOLUME", "JustificationA12HighVolume"),
        ("LEGALLY_REQUIRED", "JustificationA17LegallyRequired"),
        ("LEGAL_CLAIMS", "JustificationA17LegalClaims"),
        ("FREEDOM_OF_EXPRESSION", "JustificationA17FreedomOfExpression"),
        ("ARCHIVING", "JustificationA17Archiving"),
    ],
)
def test_a_ground_is_stored_as_its_term(name, value):
    """No two are mixed up."""
    assert Ground[name].value == value
