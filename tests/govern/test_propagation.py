"""Messages to recipients: what they say, how they are signed, what an answer means."""

import json
from base64 import b64decode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.errors import KeyMaterialError
from privacykit.govern.propagation import (
    MOST_TRIES,
    WAITS,
    Answer,
    Errand,
    evidence,
    judge,
    message,
    signatures,
    tried,
)
from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
ERRAND = Errand("e1", "r1", "mailer", b"{}", "pending", 0, 0.0, 0.0)
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


def test_symmetric_signature_is_the_published_one():
    """The vector of the Standard Webhooks libraries, with the corrected last characters."""
    headers = signatures(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        key=KEY,
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    assert headers["webhook-signature"].split(" ")[1] == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_asymmetric_signature_needs_our_public_key_only():
    """A recipient verifies without any secret of ours."""
    headers = signatures("e1", 7, b"{}", key=KEY)
    version, signature = headers["webhook-signature"].split(",", 1)

    KEY.public_key().verify(b64decode(signature), b"e1.7.{}")
    assert version == "v1a"


def test_rotated_secret_signs_beside_the_old_one():
    """Two secrets give two signatures in one header."""
    secrets = ["whsec_" + "QUFB" * 8, "whsec_" + "QkJC" * 8]

    headers = signatures("e1", 7, b"{}", key=KEY, secrets=secrets)

    assert [s[:3] for s in headers["webhook-signature"].split(" ")] == ["v1a", "v1,", "v1,"]


@pytest.mark.parametrize("secret", ["whsec_?", "whsec_QUFB", ""])
def test_weak_secret_is_refused_unquoted(secret):
    """A secret that protects nothing is not used, and not shown."""
    with pytest.raises(KeyMaterialError) as refusal:
        signatures("e1", 7, b"{}", key=KEY, secrets=[secret])

    assert "QUFB" not in str(refusal.value)


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


def test_hashed_identity_goes_over_the_normal_form():
    """Whoever takes hashes gets that of the lower-case address."""
    said = json.loads(message(REQUEST, "", "sha256"))["data"]["subject_identities"][0]

    assert said["identity_value"] == sha256(b"anna@shop.example").hexdigest()
    assert said["identity_format"] == "sha256"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"", Answer("acknowledged")),
        (204, b"", Answer("acknowledged")),
        (200, b'{"id": "job-7"}', Answer("acknowledged", "job-7")),
        (202, b'{"id": "job-7"}', Answer("pending", "job-7")),
        (202, b'{"status": "acknowledged"}', Answer("acknowledged")),
        (200, b'{"status": "refused", "id": "x"}', Answer("refused", "x")),
        (404, b"", Answer("refused", "http 404")),
        (422, b'{"id": "no-match"}', Answer("refused", "no-match")),
        (401, b"", Answer("failed", "http 401")),
        (410, b"", Answer("failed", "http 410")),
        (302, b"", Answer("pending", "http 302")),
        (429, b"", Answer("pending", "http 429")),
        (500, b"<html>", Answer("pending", "http 500")),
        (0, b"", Answer("pending", "no answer")),
    ],
)
def test_answer_is_understood(status, body, expected):
    """Taken, acknowledged, refused, failed and silent are different things."""
    assert judge(status, {}, body) == expected


@pytest.mark.parametrize(("said", "wait"), [("90", 90.0), ("soon", None), ("٣", None)])
def test_wish_to_wait_is_heard(said, wait):
    """A recipient may ask for time."""
    assert judge(503, {"retry-after": said}, b"").wait == wait


def test_evidence_names_nobody():
    """A reference that could be an e-mail address is kept as a digest."""
    assert evidence("job-7") == "job-7"
    assert evidence("anna@shop.example").startswith("sha256:")
    assert evidence("x" * 101).startswith("sha256:")


def test_answered_errand_drops_its_body_and_rests():
    """Once answered, nothing of the person is kept for it and nothing is sent again."""
    done = tried(ERRAND, Answer("acknowledged", "job-7"), 10.0)

    assert (done.body, done.next_at, done.evidence) == (b"", None, "job-7")


def test_failed_errand_keeps_its_body():
    """What somebody has to look at can be sent again."""
    failed = tried(ERRAND, Answer("failed", "http 401"), 10.0)

    assert (failed.body, failed.next_at) == (b"{}", None)


def test_waits_grow_and_repeat():
    """Tries spread from minutes to a day, for weeks, and then somebody is asked."""
    errand, now, waits = ERRAND, 0.0, []
    while errand.status == "pending":
        errand = tried(errand, Answer("pending"), now)
        waits.append((errand.next_at or now) - now)
        now = errand.next_at or now

    assert waits[: len(WAITS)] == list(map(float, WAITS))
    assert (errand.status, errand.tries) == ("failed", MOST_TRIES)


@pytest.mark.parametrize(("asked", "given"), [(90.0, 90.0), (1.0, 60.0), (1e9, float(WAITS[-1]))])
def test_asked_wait_is_kept_within_reason(asked, given):
    """No less than ours, no more than a day."""
    assert tried(ERRAND, Answer("pending", wait=asked), 0.0).next_at == given


def test_repr_names_the_recipient_only():
    """The body is not printed."""
    assert repr(ERRAND) == "<Errand mailer pending>"
