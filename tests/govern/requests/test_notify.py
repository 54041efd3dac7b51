"""Messages to recipients: what they say, how they are signed, what an answer means."""

import json

import pytest

from privacykit.govern.records import Effect, Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.notify import (
    MOST_TRIES,
    WAITS,
    RecipientAnswer,
    RecipientNotice,
    evidence,
    judge,
    message,
    tried,
)

ERRAND = RecipientNotice("e1", "r1", "mailer", b"{}", "pending", 0, 0.0, 0.0)
REQUEST = SubjectRequest(
    "r1",
    RequestType.ERASURE,
    (
        Identity("email", "Anna@Shop.example"),
        Identity("person", "", parts=(("name", "Anna"), ("birth_date", "2000-01-01"))),
    ),
    "EU@abc",
    RequestStatus.IN_PROGRESS,
    "DE",
    1.0,
    "s1",
    due_at=1000.5,
)


def test_message_says_what_is_needed_to_act():
    """Request, right, law, date and the person; nothing of ours."""
    said = json.loads(message(REQUEST, "2026-11-21T12:00:00Z"))

    assert said["type"] == "subject_request.received"
    assert said["data"] == {
        "subject_request_id": "r1",
        "subject_request_type": "erasure",
        "regulation": "EU",
        "due_at": 1000,
        "purposes": [],
        "subject_identities": [
            {
                "identity_type": "email",
                "identity_value": "Anna@Shop.example",
                "identity_format": "raw",
            },
            {
                "identity_type": "person",
                "identity_value": "",
                "identity_format": "raw",
                "parts": [["name", "Anna"], ["birth_date", "2000-01-01"]],
            },
        ],
    }


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"", RecipientAnswer("acknowledged")),
        (204, b"", RecipientAnswer("acknowledged")),
        (200, b'{"id": "job-7"}', RecipientAnswer("acknowledged", "job-7")),
        (202, b'{"id": "job-7"}', RecipientAnswer("pending", "job-7")),
        (202, b'{"status": "acknowledged"}', RecipientAnswer("acknowledged")),
        (200, b'{"status": "refused", "id": "x"}', RecipientAnswer("refused", "x")),
        (202, b'{"status": "refused", "id": "x"}', RecipientAnswer("refused", "x")),
        (409, b"", RecipientAnswer("refused", "http 409")),
        (404, b"", RecipientAnswer("failed", "http 404")),
        (404, b'{"status": "refused", "id": "no-match"}', RecipientAnswer("refused", "no-match")),
        (422, b'{"id": "no-match"}', RecipientAnswer("refused", "no-match")),
        (401, b"", RecipientAnswer("failed", "http 401")),
        (410, b"", RecipientAnswer("failed", "http 410")),
        (302, b"", RecipientAnswer("pending", "http 302")),
        (429, b"", RecipientAnswer("pending", "http 429")),
        (500, b"<html>", RecipientAnswer("pending", "http 500")),
        (0, b"", RecipientAnswer("pending", "no answer")),
    ],
)
def test_answer_is_understood(status, body, expected):
    """Taken, acknowledged, refused, failed and silent are different things."""
    assert judge(status, {}, body, 0.0) == expected


def test_wish_to_wait_is_heard():
    """A recipient may ask for time."""
    assert judge(503, {"retry-after": "90"}, b"", 0.0).wait == 90.0


def test_evidence_names_nobody():
    """A reference that could be an e-mail address is kept as a digest."""
    assert evidence("job-7") == "job-7"
    assert evidence("anna@shop.example").startswith("sha256:")
    assert evidence("x" * 101).startswith("sha256:")


def test_answered_errand_drops_its_body_and_rests():
    """Once answered, nothing of the person is kept for it and nothing is sent again."""
    done = tried(ERRAND, RecipientAnswer("acknowledged", "job-7"), 10.0)

    assert (done.body, done.next_at, done.evidence) == (b"", None, "job-7")


def test_failed_errand_keeps_its_body():
    """What somebody has to look at can be sent again."""
    failed = tried(ERRAND, RecipientAnswer("failed", "http 401"), 10.0)

    assert (failed.body, failed.next_at) == (b"{}", None)


def test_waits_grow_and_repeat():
    """Tries spread from minutes to a day, for weeks, and then somebody is asked."""
    notice, now, waits = ERRAND, 0.0, []
    while notice.status == "pending":
        notice = tried(notice, RecipientAnswer("pending"), now)
        waits.append((notice.next_at or now) - now)
        now = notice.next_at or now

    assert waits[: len(WAITS)] == list(map(float, WAITS))
    assert (notice.status, notice.tries) == ("failed", MOST_TRIES)


@pytest.mark.parametrize(("asked", "given"), [(90.0, 90.0), (1.0, 60.0), (1e9, float(WAITS[-1]))])
def test_asked_wait_is_kept_within_reason(asked, given):
    """No less than ours, no more than a day."""
    assert tried(ERRAND, RecipientAnswer("pending", wait=asked), 0.0).next_at == given


def test_looking_how_far_a_recipient_is_is_no_try():
    """It took what was asked; only what is still to be sent is kept, and it may take months."""
    notice, now = ERRAND, 0.0
    for _ in range(2 * MOST_TRIES):
        answer = RecipientAnswer("pending", "job-7", wait=6 * 3600.0, working=True, left=b"job")
        notice = tried(notice, answer, now)
        now = notice.next_at

    assert (notice.status, notice.tries, notice.body) == ("pending", 0, b"job")
    assert now == 2 * MOST_TRIES * 6 * 3600.0


def test_level_of_a_deletion_is_kept():
    """As the recipient showed or said it."""
    answer = RecipientAnswer("acknowledged", "3 ids", effect=Effect.LOGICAL)

    assert tried(ERRAND, answer, 0.0).effect is Effect.LOGICAL


def test_repr_names_the_recipient_only():
    """The body is not printed."""
    assert repr(ERRAND) == "<Notice mailer pending>"
