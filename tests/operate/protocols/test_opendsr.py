"""
OpenDSR 2.0 spoken with a controller and a processor that were written from the specification.

They know nothing of our code: JSON, RSA and HTTP alone.
"""

from __future__ import annotations

import json
import uuid
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from privacykit.errors import ConfigurationError, KeyMaterialError
from privacykit.govern.records import RequestStatus, RequestType
from privacykit.operate.protocols.callbacks import StatusCallbacks
from privacykit.operate.protocols.clients.outgoing import PartyClient
from privacykit.operate.protocols.served import callback_words
from privacykit.recipients.protocols.opendsr.signature import (
    certified_key,
    private_key,
    signed_by,
)
from tests.browsers import served
from tests.operate.protocols.authority import certificate, pem_of, root, rsa_key, speaking
from tests.operate.protocols.conftest import ProtocolShop

BASE = "/privacy/requests/opendsr/2"
NUMBER = "a7551968-d5d6-44b2-9831-815ac9017798"
BEARER = {"authorization": "Bearer let-me-in"}


def opendsr(folder, callbacks="hooks.example"):
    """Write the keys of a processor into *folder*; return its table."""
    key = rsa_key("shop")
    (folder / "shop.pem").write_text(pem_of(key))
    (folder / "shop.crt").write_text(certificate("shop.example", key))
    return f"""
[requests]
url = "https://shop.example"

[requests.opendsr]
domain = "shop.example"
key = {{ file = "shop.pem" }}
certificate = "shop.crt"

[[requests.opendsr.controllers]]
id = "brand"
token = "let-me-in"
callback_hosts = ["{callbacks}"]

[[requests.opendsr.controllers]]
id = "other"
token = "me-too"
"""


def order(**changes):
    """Return the request of §7.1.1, with *changes*; ``None`` leaves a member out."""
    document = {
        "regulation": "gdpr",
        "subject_request_id": NUMBER,
        "subject_request_type": "erasure",
        "submitted_time": datetime.now(UTC).isoformat(timespec="seconds"),
        "subject_identities": [
            {
                "identity_type": "email",
                "identity_value": "johndoe@example.org",
                "identity_format": "raw",
            }
        ],
        "api_version": "2.0",
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}


def is_signed(response, pem, names=("X-OpenDSR-Processor-Domain", "X-OpenDSR-Signature")):
    """Verify a response as §6.2 says."""
    assert response.headers[names[0]] == "shop.example"
    signature = b64decode(response.headers[names[1]], validate=True)
    key = x509.load_pem_x509_certificate(pem).public_key()
    key.verify(signature, response.content, padding.PKCS1v15(), SHA256())
    return True


@pytest.fixture
def shop(tmp_path):
    """A shop that is a processor."""
    return ProtocolShop(tmp_path, opendsr(tmp_path))


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A shop of a whole module, in which nothing is filed."""
    folder = tmp_path_factory.mktemp("still")
    return ProtocolShop(folder, opendsr(folder)).through()


def test_a_whole_conversation_over_http(tmp_path):
    """Discovery, request, state, the same again, cancelling: by a controller from the text."""
    import httpx2

    shop = ProtocolShop(tmp_path, opendsr(tmp_path))
    with served(shop.app) as address, httpx2.Client(base_url=address, headers=BEARER) as http:
        discovery = http.get(f"{BASE}/discovery")
        told = discovery.json()
        assert told["supported_subject_request_types"] == ["access", "portability", "erasure"]
        path = told["processor_certificate"].removeprefix("https://shop.example")
        pem = http.get(path).content
        body = json.dumps(order()).encode()
        created = http.post(f"{BASE}/requests", content=body)
        assert (created.status_code, is_signed(created, pem)) == (201, True)
        answer = created.json()
        assert b64decode(answer["encoded_request"]) == body
        assert answer["subject_request_id"] == NUMBER
        key = x509.load_pem_x509_certificate(pem).public_key()
        key.verify(b64decode(answer["processor_signature"]), body, padding.PKCS1v15(), SHA256())
        again = http.post(f"{BASE}/requests", content=body)
        assert again.json() == answer
        status = http.get(f"{BASE}/requests/{NUMBER}")
        assert (status.json()["request_status"], is_signed(status, pem)) == ("pending", True)
        gone = http.request("DELETE", f"{BASE}/requests/{NUMBER}")
        assert (gone.status_code, is_signed(gone, pem)) == (202, True)
        assert http.get(f"{BASE}/requests/{NUMBER}").json()["request_status"] == "cancelled"
        assert http.request("DELETE", f"{BASE}/requests/{NUMBER}").status_code == 202


def test_what_arrives_is_filed_as_an_operator_files_it(shop):
    """Of the right kind, for the right person, with the law's deadline; and approved by nobody."""
    answer = shop.client().post(f"{BASE}/requests", json=order(), headers=BEARER).json()
    (filed,) = shop.requests()
    assert filed.subject_request_type is RequestType.ERASURE
    assert [(it.type, it.value) for it in filed.subject_identities] == [
        ("email", "johndoe@example.org")
    ]
    assert (filed.status, filed.assurance.method) == (
        RequestStatus.INITIATED,
        "agent_authorisation",
    )
    due = datetime.fromisoformat(answer["expected_completion_time"]).timestamp()
    assert int(filed.due_at) == due


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"regulation": None}, "regulation"),
        ({"regulation": "lgpd"}, "regulation"),
        ({"subject_request_id": NUMBER.upper()}, "subject_request_id"),
        ({"subject_request_id": str(uuid.uuid1())}, "subject_request_id"),
        ({"subject_request_type": "objection"}, "subject_request_type"),
        ({"subject_request_type": ["erasure"]}, "subject_request_type"),
        ({"submitted_time": "2026-11-30"}, "submitted_time"),
        ({"submitted_time": "2026-11-30T10:00:00"}, "submitted_time"),
        (
            {"submitted_time": (datetime.now(UTC) + timedelta(hours=1)).isoformat()},
            "submitted_time",
        ),
        ({"api_version": "3.0"}, "api_version"),
        ({"subject_identities": []}, "subject_identities"),
        ({"subject_identities": None}, "subject_identities"),
        ({"subject_identities": ["a"]}, "subject_identities[0]"),
        (
            {"subject_identities": [{"identity_type": "shoe_size", "identity_format": "raw"}]},
            "subject_identities[0].identity_type",
        ),
        (
            {
                "subject_identities": [
                    {
                        "identity_type": "email",
                        "identity_format": "sha256",
                        "identity_value": "johndoe@example.org",
                    }
                ]
            },
            "subject_identities[0].identity_value",
        ),
        ({"status_callback_urls": ["https://evil.example/x"]}, "status_callback_urls[0]"),
        ({"status_callback_urls": ["http://hooks.example/x"]}, "status_callback_urls[0]"),
        ({"status_callback_urls": ["https://a@hooks.example/x"]}, "status_callback_urls[0]"),
        ({"status_callback_urls": ["https://hooks.example:8443/x"]}, "status_callback_urls[0]"),
        ({"status_callback_urls": "https://hooks.example/x"}, "status_callback_urls"),
    ],
)
def test_a_request_that_is_wrong_is_answered_with_what_is_wrong(still, changes, reason):
    """By the words of §7.6, and without a word of whom it is about."""
    answer = still.post(f"{BASE}/requests", json=order(**changes), headers=BEARER)
    errors = answer.json()["error"]["errors"]
    assert (answer.status_code, reason in [it["reason"] for it in errors]) == (400, True)
    assert "johndoe" not in answer.text


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'{"a": NaN}', b"\xff"])
def test_what_is_no_json_is_refused(still, body):
    """In the same words."""
    answer = still.post(f"{BASE}/requests", content=body, headers=BEARER)
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, "malformed")


def test_a_body_that_is_too_long_is_not_read(still):
    """Sixteen kilobytes are more than a request has."""
    answer = still.post(f"{BASE}/requests", content=b" " * 20_000, headers=BEARER)
    assert answer.status_code == 413


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer let-me-i", "Basic let-me-in"])
def test_who_shows_no_token_of_ours_is_told_nothing(still, token):
    """Nor whether there is such a request."""
    headers = {"authorization": token} if token else {}
    answers = [
        still.post(f"{BASE}/requests", json=order(), headers=headers),
        still.get(f"{BASE}/requests/{NUMBER}", headers=headers),
        still.delete(f"{BASE}/requests/{NUMBER}", headers=headers),
    ]
    assert {answer.status_code for answer in answers} == {401}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/3/requests/x", 404),
        ("GET", "/2/nothing", 404),
        ("GET", f"/2/requests/{NUMBER}/more", 404),
        ("GET", "/2/requests/x", 400),
        ("GET", f"/2/requests/{NUMBER}", 404),
        ("DELETE", f"/2/requests/{NUMBER}", 404),
        ("POST", f"/2/requests/{NUMBER}", 405),
        ("POST", "/2/discovery", 404),
    ],
)
def test_what_is_no_route_is_none(still, method, path, status):
    """Each by its status."""
    answer = still.request(method, f"/privacy/requests/opendsr{path}", headers=BEARER)
    assert answer.status_code == status


def test_another_request_under_the_same_id_is_refused(shop):
    """The first one stands."""
    client = shop.client()
    assert client.post(f"{BASE}/requests", json=order(), headers=BEARER).status_code == 201
    other = order(subject_request_type="access")
    assert client.post(f"{BASE}/requests", json=other, headers=BEARER).status_code == 400
    assert [it.subject_request_type for it in shop.requests()] == [RequestType.ERASURE]


def test_a_request_of_another_controller_is_not_seen(shop):
    """Nor cancelled: ids are each controller's own."""
    client = shop.client()
    client.post(f"{BASE}/requests", json=order(), headers=BEARER)
    theirs = {"authorization": "Bearer me-too"}
    assert client.get(f"{BASE}/requests/{NUMBER}", headers=theirs).status_code == 404
    assert client.delete(f"{BASE}/requests/{NUMBER}", headers=theirs).status_code == 404
    client.post(f"{BASE}/requests", json=order(), headers=theirs)
    assert len(shop.requests()) == 2


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), "pending"),
        (("accepted",), "in_progress"),
        (("accepted", "in_progress"), "in_progress"),
        (("accepted", "in_progress", "fulfilled"), "completed"),
        (("accepted", "in_progress", "partially_fulfilled"), "completed"),
    ],
    ids=lambda it: it if isinstance(it, str) else " ".join(it) or "filed",
)
def test_states_have_the_words_of_the_specification(shop, steps, state):
    """And only what is pending can be cancelled."""
    client = shop.client()
    client.post(f"{BASE}/requests", json=order(), headers=BEARER)
    shop.move(*steps)
    told = client.get(f"{BASE}/requests/{NUMBER}", headers=BEARER).json()
    assert (told["request_status"], "extensions" in told) == (state, False)
    cancelled = client.delete(f"{BASE}/requests/{NUMBER}", headers=BEARER).status_code
    assert cancelled == (202 if state == "pending" else 400)


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [(("rejected",), "rejected"), (("accepted", "in_progress", "unfulfilled"), "unfulfilled")],
)
def test_what_has_no_word_is_completed_without_results(shop, steps, outcome):
    """An extension of ours says which."""
    client = shop.client()
    client.post(f"{BASE}/requests", json=order(), headers=BEARER)
    shop.move(*steps)
    told = client.get(f"{BASE}/requests/{NUMBER}", headers=BEARER).json()
    assert (told["request_status"], told["results_count"]) == ("completed", 0)
    assert told["extensions"]["shop.example"]["outcome"] == outcome


@pytest.mark.parametrize("route", ["opengdpr_requests", "opendsr_requests"])
def test_the_old_names_are_honoured(shop, route):
    """Of routes, and of headers (§10.1)."""
    pem = (shop.folder / "shop.crt").read_bytes()
    answer = shop.client().post(
        f"/privacy/requests/opendsr/1/{route}", json=order(), headers=BEARER
    )
    names = ("X-OpenGDPR-Processor-Domain", "X-OpenGDPR-Signature")
    if route == "opengdpr_requests":
        assert is_signed(answer, pem, names)
    else:
        assert is_signed(answer, pem)


class Listener:
    """A controller's callback, which fails as often as it is told and verifies what it takes."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.heard = []

    def __call__(self, method, path, headers, body):
        if self.failures:
            failure = self.failures.pop(0)
            return failure and (failure, {"location": "http://127.0.0.1:1/"}, b"no")
        key = rsa_key("shop").public_key()
        try:
            key.verify(
                b64decode(headers["x-opendsr-signature"]), body, padding.PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return 403, {}, b""
        self.heard.append((method, path, json.loads(body)))
        return 200, {}, b""


def tell(shop):
    """Do what the worker does."""
    context = shop.context()
    try:
        with PartyClient() as client:
            return StatusCallbacks(context, callback_words(context), client).send_due()
    finally:
        context.close()


def test_every_change_of_state_is_told_until_it_is_taken(tmp_path):
    """A controller that is away, broken, or leads elsewhere is told later."""
    listener = Listener(500, None, 302)
    with speaking(listener) as port:
        shop = ProtocolShop(tmp_path, opendsr(tmp_path, f"127.0.0.1:{port}"))
        url = f"http://127.0.0.1:{port}/hook"
        body = order(status_callback_urls=[url])
        answer = shop.client().post(f"{BASE}/requests", json=body, headers=BEARER)
        assert answer.status_code == 201
        assert tell(shop) == 0
        shop.move("accepted")
        for _ in range(3):
            shop.now += 3600
            assert tell(shop) == 0
        shop.now += 3600
        assert (tell(shop), tell(shop)) == (1, 0)
        shop.move("in_progress", "fulfilled")
        shop.now += 3600
        tell(shop)
    states = [(path, told["request_status"]) for _, path, told in listener.heard]
    assert states == [("/hook", "in_progress"), ("/hook", "completed")]
    assert listener.heard[0][2]["status_callback_url"] == url
    assert listener.heard[0][2]["subject_request_id"] == NUMBER


def test_a_callback_that_is_no_longer_agreed_on_is_not_called(tmp_path):
    """What was taken out of the configuration leads nowhere."""
    listener = Listener()
    with speaking(listener) as port:
        shop = ProtocolShop(tmp_path, opendsr(tmp_path, f"127.0.0.1:{port}"))
        url = f"http://127.0.0.1:{port}/hook"
        shop.client().post(
            f"{BASE}/requests", json=order(status_callback_urls=[url]), headers=BEARER
        )
        shop.path.write_text(shop.path.read_text().replace(f"127.0.0.1:{port}", "new.example"))
        shop.move("accepted")
        shop.now += 3600
        tell(shop)
    assert listener.heard == []


def test_either_padding_is_accepted_and_a_changed_body_by_none():
    """The specification names no algorithm."""
    key, body = rsa_key("shop"), b'{"request_status": "completed"}'
    pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.MAX_LENGTH)
    for scheme in (padding.PKCS1v15(), pss):
        signature = b64encode(key.sign(body, scheme, SHA256())).decode()
        assert signed_by(key.public_key(), body, signature)
        assert not signed_by(key.public_key(), body + b" ", signature)
    assert not signed_by(key.public_key(), body, "%%%")


@pytest.mark.parametrize(
    "told",
    [
        {"signer": "self"},
        {"signer": "another"},
        {"days": 1, "began": 3},
        {"domain": "evil.example"},
    ],
    ids=["self-signed", "another authority", "over", "another domain"],
)
def test_a_certificate_that_no_authority_vouches_for_is_none(told):
    """§6.3: issued by an authority, never self-signed."""
    told = dict(told)
    key, domain = rsa_key("peer"), told.pop("domain", "peer.example")
    roots = [x509.load_pem_x509_certificate(root().encode())]
    pem = certificate(domain, key, **told).encode()
    now = datetime.now(UTC).timestamp()
    with pytest.raises(KeyMaterialError):
        certified_key(pem, "peer.example", roots, now)
    good = certificate("peer.example", key).encode()
    assert certified_key(good, "peer.example", roots, now) == key.public_key()


@pytest.mark.parametrize("pem", ["", "key", pem_of(rsa_key("shop")).replace("A", "B")])
def test_what_is_no_key_is_refused(pem):
    """At the start, not at the first request."""
    with pytest.raises(KeyMaterialError):
        private_key(pem)


def test_a_certificate_of_another_key_stops_the_start(tmp_path):
    """PK370, with the key of the file."""
    shop = ProtocolShop(tmp_path, opendsr(tmp_path))
    (tmp_path / "shop.crt").write_text(certificate("shop.example", rsa_key("other")))
    context = shop.context()
    with pytest.raises(ConfigurationError, match=r"PK370.*certificate"):
        callback_words(context)
    context.close()
