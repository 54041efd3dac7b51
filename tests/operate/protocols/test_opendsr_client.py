"""A processor, written from the specification, that is told by us; and what it does wrong."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from privacykit.errors import BackendError
from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.notify import RecipientNotice, message
from privacykit.operate.protocols.clients.addresses import checked_addresses
from privacykit.operate.protocols.clients.outgoing import PartyClient
from privacykit.operate.telling import RecipientService
from tests.operate.protocols.authority import certificate, root, rsa_key, speaking
from tests.operate.protocols.conftest import MAP, ProtocolShop

NOTICE = "0123456789abcdef0123456789abcdef"


class Processor:
    """A processor that keeps requests by id, and misbehaves as it is told, once each."""

    def __init__(self):
        self.key = rsa_key("processor")
        self.state = "pending"
        self.extensions = {}
        self.wrong = []
        self.requests = {}
        self.calls = []
        self.port = 0
        self.certified = ""

    def __call__(self, method, path, headers, body):
        self.calls.append((method, path))
        if path == "/2/discovery":
            return self._signed(200, self._discovery())
        if path == "/2/cert":
            return 200, {}, certificate("localhost", self.key).encode()
        wrong = self.wrong.pop(0) if self.wrong else ""
        if wrong == "gone":
            return None
        if isinstance(wrong, int) or headers.get("authorization") != "Bearer secret":
            return wrong or 401, {}, b"{}"
        return self._asked(method, path, body, wrong)

    def _asked(self, method, path, body, wrong):
        if method == "POST":
            return self._created(body, wrong)
        return self._signed(200, self._status(path.rpartition("/")[2]), wrong)

    def _discovery(self):
        kinds = [{"identity_type": "email", "identity_format": "raw"}]
        return {
            "api_version": "2.0",
            "supported_identities": kinds,
            "supported_subject_request_types": ["erasure"],
            "processor_certificate": self.certified or f"http://localhost:{self.port}/2/cert",
        }

    def _created(self, body, wrong):
        told = json.loads(body)
        number = told["subject_request_id"]
        self.requests.setdefault(number, []).append(told)
        answer = {
            "controller_id": "us",
            "received_time": "2026-11-30T10:00:00Z",
            "expected_completion_time": "2026-12-30T10:00:00Z",
            "encoded_request": b64encode(b"{}" if wrong == "another" else body).decode(),
            "subject_request_id": number,
        }
        return self._signed(201, answer, wrong)

    def _status(self, number):
        told = {"controller_id": "us", "subject_request_id": number, "request_status": self.state}
        return told | ({"extensions": self.extensions} if self.extensions else {})

    def _signed(self, status, document, wrong=""):
        body = json.dumps(document).encode()
        signed = body + b" " if wrong == "forged" else body
        signature = self.key.sign(signed, padding.PKCS1v15(), SHA256())
        domain = "evil.example" if wrong == "domain" else "localhost"
        headers = {
            "x-opendsr-processor-domain": domain,
            "x-opendsr-signature": b64encode(signature).decode(),
        }
        return status, {} if wrong == "unsigned" else headers, body


@pytest.fixture
def processor():
    """A processor on loopback."""
    made = Processor()
    with speaking(made) as made.port:
        yield made


@pytest.fixture
def shop(tmp_path, processor):
    """A shop whose data map names the processor."""
    (tmp_path / "root.pem").write_text(root())
    recipient = f"""
[recipients.processor]
name = "Processor Ltd"
url = "http://localhost:{processor.port}/2"
protocol = "opendsr"
token = "secret"
"""
    tables = '\n[requests]\nauthorities = "root.pem"\n'
    return ProtocolShop(tmp_path, tables, MAP + recipient)


def notice(kind=RequestType.ERASURE, identity=("email", "mara@example.org")):
    """Return what the processor is to be told."""
    request = SubjectRequest(
        "5f" * 16, kind, (Identity(*identity),), "EU@1", RequestStatus.IN_PROGRESS, "DE", 0.0, "aa"
    )
    body = message(request, "2026-11-30T10:00:00+00:00")
    return RecipientNotice(NOTICE, "5f" * 16, "processor", body, "pending", 0, 0.0, 0.0)


def told(shop, first=None, rounds=1):
    """Do what the worker does, an hour apart; return how the recipient stands."""
    context = shop.context()
    try:
        if first is not None:
            context.notices.add([first])
        for _ in range(rounds):
            RecipientService(context, "system").send_due()
            shop.now += 90_000
        (found,) = context.notices.of("5f" * 16)
        return found
    finally:
        context.close()


def test_a_processor_is_told_asked_again_and_acknowledges(shop, processor):
    """It is told once; then we look until it is done."""
    taken = told(shop, notice(), rounds=2)
    assert (taken.status, taken.tries, len(processor.requests)) == ("pending", 0, 1)
    ((sent,),) = processor.requests.values()
    assert (sent["regulation"], sent["subject_request_type"]) == ("gdpr", "erasure")
    assert sent["subject_identities"] == [
        {
            "identity_type": "email",
            "identity_value": "mara@example.org",
            "identity_format": "raw",
        }
    ]
    processor.state = "completed"
    done = told(shop)
    assert (done.status, done.body) == ("acknowledged", b"")
    assert done.evidence == sent["subject_request_id"]


@pytest.mark.parametrize(
    "wrong", ["gone", 500, 429, "forged", "unsigned", "domain", "another"], ids=str
)
def test_an_answer_that_is_wrong_is_not_believed_and_it_is_told_again(shop, processor, wrong):
    """Under the same id, so that it acts once."""
    processor.wrong = [wrong]
    first = told(shop, notice())
    assert (first.status, first.tries) == ("pending", 1)
    processor.state = "completed"
    assert told(shop, rounds=2).status == "acknowledged"
    assert len(processor.requests) == 1


@pytest.mark.parametrize("wrong", ["forged", "unsigned", 500])
def test_a_state_that_is_not_signed_is_not_believed(shop, processor, wrong):
    """Nobody else may say that it is done."""
    told(shop, notice())
    processor.state, processor.wrong = "completed", [wrong]
    assert told(shop).status == "pending"
    assert told(shop).status == "acknowledged"


@pytest.mark.parametrize(
    ("state", "outcome", "status"),
    [
        ("cancelled", "", "refused"),
        ("completed", "rejected", "refused"),
        ("completed", "unfulfilled", "failed"),
        ("in_progress", "", "pending"),
    ],
)
def test_other_ends_are_told_apart(shop, processor, state, outcome, status):
    """What has no word there is said in an extension."""
    told(shop, notice())
    processor.state = state
    processor.extensions = {"processor.example": {"outcome": outcome}} if outcome else {}
    assert told(shop).status == status


@pytest.mark.parametrize(("answer", "status"), [(400, "refused"), (401, "failed"), (403, "failed")])
def test_a_refusal_is_noted_and_not_repeated(shop, processor, answer, status):
    """Somebody has to look where it refuses us, not the request."""
    processor.wrong = [answer]
    assert told(shop, notice(), rounds=2).status == status
    assert len([it for it in processor.calls if it[0] == "POST"]) == 1


def test_a_renewed_certificate_is_fetched_once_more(shop, processor):
    """A signature that does not fit the old one may fit the new one."""
    context = shop.context()
    context.notices.add([notice()])
    service = RecipientService(context, "system")
    service.send_due()
    processor.key, processor.state = rsa_key("renewed"), "completed"
    shop.now += 90_000
    service.send_due()
    (found,) = context.notices.of("5f" * 16)
    context.close()
    assert found.status == "acknowledged"


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        (RequestType.RECTIFICATION, ("email", "mara@example.org")),
        (RequestType.ERASURE, ("customer.id", "7")),
    ],
    ids=["right", "identity"],
)
def test_what_the_protocol_has_no_word_for_is_sent_to_nobody(shop, processor, kind, identity):
    """It is told by hand."""
    found = told(shop, notice(kind, identity))
    assert (found.status, processor.requests) == ("unable", {})


def test_a_certificate_at_another_port_of_this_machine_is_not_fetched(shop, processor):
    """The operator wrote one port, and not what else listens there."""
    inside = []
    with speaking(lambda *told: inside.append(told) or (200, {}, b"")) as port:
        processor.certified = f"http://localhost:{port}/2/cert"
        assert told(shop, notice()).status == "pending"
    assert (inside, processor.requests) == ([], {})


def test_a_certificate_at_no_address_is_an_answer_that_cannot_be_read(shop, processor):
    """It is tried again; the worker goes on."""
    processor.certified = "https://[::1/2/cert"
    assert told(shop, notice()).status == "pending"


@pytest.mark.parametrize(
    "url", ["http://processor.example", "https://a:b@processor.example", "ftp://x", "https://"]
)
def test_an_address_that_is_not_private_is_not_called(url):
    """Nothing of a person travels in the clear."""
    with pytest.raises(BackendError, match="PK373"):
        checked_addresses(url)


def test_a_name_that_leads_into_our_own_network_is_not_called(monkeypatch):
    """A party's name server says where its name leads."""
    line = (2, 1, 6, "", ("10.0.0.7", 443))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [line])
    with pytest.raises(BackendError, match="own network"), PartyClient() as client:
        client.call("GET", "https://inside.example/")
