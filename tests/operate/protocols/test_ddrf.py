"""
The Data Deletion Request Framework 1.0 spoken with parties that were written from the specification.

They know nothing of our code: JSON, base64url, P-256 and RSA alone.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from privacykit.errors import ConfigurationError
from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.notify import RecipientNotice, message
from privacykit.operate.protocols.served import served_protocols
from privacykit.operate.telling import RecipientService
from tests.browsers import served
from tests.operate.protocols.authority import pem_of, rsa_key, speaking
from tests.operate.protocols.conftest import MAP, ProtocolShop

ENDPOINT = "/privacy/requests/ddrf"
OURS = ec.generate_private_key(ec.SECP256R1())
NOTICE = "0123456789abcdef0123456789abcdef"


def b64(raw):
    """Write base64url without padding (RFC 7515)."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text):
    """Read it."""
    return urlsafe_b64decode(text + "==")


class Party:
    """
    A participant: a key, a domain on loopback, its ``dsrdelete.json``, and what it was sent.

    Args:
        kind: ``EC`` or ``RSA``.
    """

    def __init__(self, kind="EC"):
        self.kind = kind
        self.renew()
        self.domain = ""
        self.asked = []
        self.fetched = 0
        self.wrong = []
        self.code = 0
        self.published = None
        self.endpoint = ""

    def renew(self):
        """Take a new key."""
        made = ec.generate_private_key(ec.SECP256R1())
        self.key = made if self.kind == "EC" else rsa_key(f"ddrf{secrets.token_hex(2)}")

    def jwk(self):
        """Return the public key as RFC 7517 writes it."""
        numbers = self.key.public_key().public_numbers()
        if self.kind == "EC":
            x, y = (b64(it.to_bytes(32)) for it in (numbers.x, numbers.y))
            return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "one"}
        n, e = (b64(it.to_bytes((it.bit_length() + 7) // 8)) for it in (numbers.n, numbers.e))
        return {"kty": "RSA", "n": n, "e": e, "kid": "one"}

    def sign(self, claims, **header):
        """Return a token."""
        algorithm = "ES256" if self.kind == "EC" else "RS256"
        told = {"typ": "JWT", "alg": algorithm, "kid": "one"} | header
        text = f"{b64(json.dumps(told).encode())}.{b64(json.dumps(claims).encode())}"
        if self.kind == "EC":
            r, s = decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(SHA256())))
            return f"{text}.{b64(r.to_bytes(32) + s.to_bytes(32))}"
        return f"{text}.{b64(self.key.sign(text.encode(), padding.PKCS1v15(), SHA256()))}"

    def __call__(self, _method, path, _headers, body):
        """Serve the file, and take requests."""
        wrong = self.wrong.pop(0) if self.wrong else ""
        if wrong == "gone":
            return None
        if isinstance(wrong, int):
            return wrong, {"location": "http://127.0.0.1:1/"}, b"{}"
        if path == "/dsrdelete.json":
            self.fetched += 1
            return 200, {}, json.dumps(self.file()).encode()
        return self.receive(json.loads(body)["rqJWT"], wrong)

    def file(self):
        """Return the resource, as the example has it."""
        return {
            "endpoint": self.endpoint or f"http://{self.domain}/api/delete/",
            "identifiers": [
                {"id": 1, "type": "email", "format": "sha256"},
                {"id": 2, "type": "idfa", "format": "raw"},
            ],
            "publicKey": self.published or [{"kty": "oct", "k": "AAAA"}, self.jwk()],
            "vendorScriptRequirement": False,
        }

    def receive(self, token, wrong):
        """Answer a request with a receipt."""
        self.asked.append(token)
        claims = {
            "version": "1.0",
            "rqJWT": "another" if wrong == "another" else token,
            "jti": secrets.token_hex(8),
            "iss": "evil.example" if wrong == "issuer" else self.domain,
            "iat": 1,
            "raResultCode": self.code,
        }
        receipt = Party().sign(claims) if wrong == "forged" else self.sign(claims)
        status = 202 if self.code == 0 else 400
        return status, {}, json.dumps({"acJWT": receipt}).encode()


def claims_of(token):
    """Read the claims of a token."""
    return json.loads(unb64(token.split(".")[1]))


def is_ours(token):
    """Verify a token of ours by our public key."""
    text, _, signature = token.rpartition(".")
    raw = unb64(signature)
    der = encode_dss_signature(*(int.from_bytes(raw[at : at + 32]) for at in (0, 32)))
    OURS.public_key().verify(der, text.encode(), ec.ECDSA(SHA256()))
    assert json.loads(unb64(text.split(".")[0]))["alg"] == "ES256"
    return True


@pytest.fixture
def publisher():
    """A first party."""
    made = Party()
    with speaking(made) as port:
        made.domain = f"localhost:{port}"
        yield made


@pytest.fixture
def vendor():
    """A requester between the first party and us; or a recipient after us."""
    made = Party("RSA")
    with speaking(made) as port:
        made.domain = f"localhost:{port}"
        yield made


def ddrf(folder, *partners):
    """Return our table."""
    (folder / "ddrf.pem").write_text(pem_of(OURS))
    return f"""
[requests]
url = "https://shop.example"

[requests.ddrf]
domain = "shop.example"
keys = [{{ file = "ddrf.pem" }}]
partners = {json.dumps([it.domain for it in partners])}

[[requests.ddrf.identifiers]]
type = "email"
format = "raw"
identity = "email"

[[requests.ddrf.identifiers]]
type = "email"
format = "sha256"
identity = "email"

[[requests.ddrf.identifiers]]
type = "idfa"
identity = "maid"
"""


@pytest.fixture
def shop(tmp_path, publisher, vendor):
    """A recipient who knows both."""
    return ProtocolShop(tmp_path, ddrf(tmp_path, publisher, vendor))


EMAIL = {
    "identifierValue": "mara@example.org",
    "identifierType": "email",
    "identifierFormat": "raw",
}


def packet(shop, first, requester, *, sub=EMAIL, inner=None, outer=None, header=None):
    """Return a request token as the requester makes it."""
    base = {"version": "1.0", "sub": sub, "iat": int(shop.now)}
    told = base | {"jti": secrets.token_hex(8), "iss": first.domain} | (inner or {})
    id_token = first.sign({name: it for name, it in told.items() if it is not None})
    told = base | {"jti": secrets.token_hex(8), "iss": requester.domain, "idJWT": id_token}
    told |= outer or {}
    return requester.sign(
        {name: it for name, it in told.items() if it is not None}, **(header or {})
    )


def sends(shop, token):
    """Send a token; return the status and the claims of our receipt."""
    answer = shop.client().post(ENDPOINT, json={"rqJWT": token})
    receipt = answer.json()["acJWT"]
    assert is_ours(receipt)
    claims = claims_of(receipt)
    assert (claims["iss"], claims["version"]) == ("shop.example", "1.0")
    return answer.status_code, claims


def test_a_chain_of_three_parties_over_http(tmp_path, publisher, vendor):
    """The first party's identity, a requester between, our receipt that both can verify."""
    import time

    import httpx2

    shop = ProtocolShop(tmp_path, ddrf(tmp_path, publisher, vendor))
    shop.now = time.time()
    with served(shop.app) as address, httpx2.Client(base_url=address) as http:
        file = http.get("/dsrdelete.json").json()
        assert file["endpoint"] == f"https://shop.example{ENDPOINT}"
        assert file["identifiers"][0] == {"id": 1, "type": "email", "format": "raw"}
        (key,) = file["publicKey"]
        assert (key["kty"], key["crv"], "d" in key) == ("EC", "P-256", False)
        assert file["vendorScriptRequirement"] is False
        token = packet(shop, publisher, vendor)
        answer = http.post(ENDPOINT, content=token, headers={"content-type": "application/jwt"})
        receipt = answer.json()["acJWT"]
    assert (answer.status_code, is_ours(receipt)) == (202, True)
    claims = claims_of(receipt)
    assert (claims["rqJWT"], claims["raResultCode"]) == (token, 0)
    (filed,) = shop.requests()
    assert (filed.subject_request_type, filed.status) == (
        RequestType.ERASURE,
        RequestStatus.INITIATED,
    )
    assert [(it.type, it.value) for it in filed.subject_identities] == [
        ("email", "mara@example.org")
    ]


def test_the_same_token_again_is_the_same_request(shop, publisher, vendor):
    """And another one under its number is refused."""
    token = packet(shop, publisher, vendor, outer={"jti": "t1"})
    assert [sends(shop, token)[0] for _ in range(2)] == [202, 202]
    other = packet(shop, publisher, vendor, outer={"jti": "t1"})
    assert sends(shop, other)[1]["raResultCode"] == 1
    assert len(shop.requests()) == 1


FAULTS = {
    "no token": (lambda *_: "abc", 3),
    "empty": (lambda *_: "", 3),
    "two parts": (lambda *_: "a.b", 3),
    "no jti": (lambda s, p, v: packet(s, p, v, outer={"jti": None}), 1),
    "no iss": (lambda s, p, v: packet(s, p, v, outer={"iss": None}), 1),
    "no idJWT": (lambda s, p, v: packet(s, p, v, outer={"idJWT": None}), 1),
    "idJWT": (lambda s, p, v: packet(s, p, v, outer={"idJWT": "x"}), 3),
    "version": (lambda s, p, v: packet(s, p, v, outer={"version": "2.0"}), 1),
    "no sub": (lambda s, p, v: packet(s, p, v, sub=None), 1),
    "sub text": (lambda s, p, v: packet(s, p, v, sub="mara@example.org"), 1),
    "sub part": (lambda s, p, v: packet(s, p, v, sub={"identifierValue": "x"}), 1),
    "iat text": (lambda s, p, v: packet(s, p, v, outer={"iat": "now"}), 6),
    "iat future": (lambda s, p, v: packet(s, p, v, outer={"iat": s.now + 900}), 6),
    "iat old": (lambda s, p, v: packet(s, p, v, outer={"iat": s.now - 8 * 86400}), 6),
    "id old": (lambda s, p, v: packet(s, p, v, inner={"iat": s.now - 91 * 86400}), 6),
    "stranger": (lambda s, p, v: packet(s, p, v, outer={"iss": "evil.example"}), 2),
    "first stranger": (lambda s, p, v: packet(s, p, v, inner={"iss": "evil.example"}), 2),
    "swapped": (lambda s, p, v: packet(s, v, v, inner={"iss": p.domain}), 2),
    "changed": (lambda s, p, v: packet(s, p, v)[:-4] + "AAAA", 2),
    "alg none": (lambda s, p, v: packet(s, p, v, header={"alg": "none"}), 2),
    "alg other": (lambda s, p, v: packet(s, p, v, header={"alg": "HS256"}), 2),
    "type": (lambda s, p, v: packet(s, p, v, sub=EMAIL | {"identifierType": "phone"}), 4),
    "format": (lambda s, p, v: packet(s, p, v, sub=EMAIL | {"identifierFormat": "md5"}), 5),
    "value": (lambda s, p, v: packet(s, p, v, sub=EMAIL | {"identifierFormat": "sha256"}), 5),
    "nobody": (lambda s, p, v: packet(s, p, v, sub=EMAIL | {"identifierValue": "n/a"}), 5),
}


def bare(header, claims):
    """Return a token that nobody signed."""
    return f"{b64(header.encode())}.{b64(claims.encode())}.{b64(bytes(64))}"


DEEP = "[" * 4000
HEADER = '{"alg": "ES256"}'
UNSIGNED = {
    "deep body": lambda *_: '{"rqJWT": ' + DEEP,
    "number": lambda *_: '{"rqJWT": 1, "a": ' + "9" * 5000 + "}",
    "deep claims": lambda *_: bare(HEADER, '{"sub": ' + DEEP),
    "closed claims": lambda *_: bare(HEADER, '{"sub": ' + DEEP + "]" * 4000 + "}"),
    "deep header": lambda *_: bare('{"alg": ' + DEEP, "{}"),
    "header": lambda *_: bare('["alg"]', "{}"),
    "header text": lambda *_: bare('"alg"', "{}"),
    "deep sub": lambda s, p, v: packet(s, p, v, sub=DEEP),
    "iat": lambda s, p, v: packet(s, p, v, outer={"iat": 10**400}),
    "id iat": lambda s, p, v: packet(s, p, v, inner={"iat": -(10**400)}),
    "crit": lambda s, p, v: packet(s, p, v, header={"crit": 5}),
    "crit list": lambda s, p, v: packet(s, p, v, header={"crit": [[5]]}),
    "b64": lambda s, p, v: packet(s, p, v, header={"b64": False, "crit": ["b64"]}),
    "alg": lambda s, p, v: packet(s, p, v, header={"alg": {"a": 1}}),
    "kid": lambda s, p, v: packet(s, p, v, header={"kid": 5}),
}


@pytest.mark.parametrize("body", UNSIGNED)
def test_what_a_stranger_sends_is_no_error_of_ours(shop, publisher, vendor, body):
    """It is refused like any other: whoever wants cannot ring our alarm."""
    sent = UNSIGNED[body](shop, publisher, vendor)
    answer = shop.client().post(ENDPOINT, content=sent.encode())
    assert answer.status_code == 400
    assert 1 <= claims_of(answer.json()["acJWT"])["raResultCode"] <= 6
    assert shop.requests() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_code(shop, publisher, vendor, fault):
    """In a receipt that is signed like any other; nothing is filed."""
    make, code = FAULTS[fault]
    status, claims = sends(shop, make(shop, publisher, vendor))
    assert (status, claims["raResultCode"]) == (400, code)
    assert "mara" not in claims["raResultString"]
    assert shop.requests() == []


def test_the_object_of_sub_may_come_in_text(shop, publisher, vendor):
    """As the table of the framework has it."""
    assert sends(shop, packet(shop, publisher, vendor, sub=json.dumps(EMAIL)))[0] == 202


def test_a_hash_finds_whom_the_value_finds(shop, publisher, vendor):
    """As the identity has its format."""
    hashed = sha256(b"mara@example.org").hexdigest()
    sub = {"identifierValue": hashed, "identifierType": "email", "identifierFormat": "sha256"}
    assert sends(shop, packet(shop, publisher, vendor, sub=sub))[0] == 202
    (filed,) = shop.requests()
    assert filed.subject_identities == (Identity("email", hashed, "sha256"),)


def test_a_partner_that_rotates_is_looked_up_again_and_not_too_often(shop, publisher):
    """What strangers send does not make us call others."""
    client = shop.client()

    def send():
        token = packet(shop, publisher, publisher)
        return client.post(ENDPOINT, json={"rqJWT": token}).status_code

    assert (send(), publisher.fetched) == (202, 1)
    publisher.renew()
    assert (send(), publisher.fetched) == (400, 1)
    shop.now += 301
    assert (send(), publisher.fetched) == (202, 2)


@pytest.mark.parametrize("wrong", ["gone", 302, 500])
def test_a_partner_that_does_not_answer_verifies_nothing(shop, publisher, vendor, wrong):
    """No redirect is followed; it is tried again later."""
    vendor.wrong = [wrong] * 2
    assert sends(shop, packet(shop, publisher, vendor))[1]["raResultCode"] == 2


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "oct", "k": "AAAA"},
        "text",
    ],
    ids=str,
)
def test_a_key_that_is_not_allowed_verifies_nothing(shop, publisher, vendor, key):
    """P-256, or RSA of 2048 bits."""
    vendor.published = [key]
    assert sends(shop, packet(shop, publisher, vendor))[1]["raResultCode"] == 2


def test_what_the_receipt_needs_goes_with_the_person(shop, publisher, vendor):
    """The token names them."""
    sends(shop, packet(shop, publisher, vendor))
    context = shop.context()
    (filed,) = context.requests.filed(RequestStatus)
    id_ = filed.request.subject_request_id
    (channel,) = context.channels.of(id_)
    assert claims_of(channel.private.decode())["sub"] == EMAIL
    context.channels.forget(id_)
    (channel,) = context.channels.of(id_)
    context.close()
    assert (channel.private, channel.details) == (b"", {"first_party": publisher.domain})


def forwarding(tmp_path, vendor, *partners):
    """Return a shop whose data map has a recipient of the framework."""
    recipient = f"""
[recipients.vendor]
name = "Vendor Ltd"
url = "http://{vendor.domain}"
protocol = "ddrf"
"""
    return ProtocolShop(tmp_path, ddrf(tmp_path, *partners), MAP + recipient)


def notice(request_id="5f" * 16, *identities):
    """Return what the recipient is to be told."""
    people = identities or (Identity("email", "Mara@Example.org"), Identity("maid", "AB-12"))
    request = SubjectRequest(
        request_id,
        RequestType.ERASURE,
        people,
        "EU@1",
        RequestStatus.IN_PROGRESS,
        "DE",
        0.0,
        "aa",
    )
    body = message(request, "2026-11-30T10:00:00+00:00")
    return RecipientNotice(NOTICE, request_id, "vendor", body, "pending", 0, 0.0, 0.0)


def told(shop, first=None, rounds=1):
    """Do what the worker does; return how the recipient stands."""
    context = shop.context()
    try:
        if first is not None:
            context.notices.add([first])
        for _ in range(rounds):
            RecipientService(context, "system").send_due()
            shop.now += 90_000
        return next(iter(context.notices.of(first.request_id if first else "5f" * 16)))
    finally:
        context.close()


def test_a_recipient_is_told_about_each_identity_in_its_format(tmp_path, vendor):
    """Hashed where it takes hashes, and its receipts are verified."""
    shop = forwarding(tmp_path, vendor)
    done = told(shop, notice())
    assert (done.status, done.body) == ("acknowledged", b"")
    first, second = (claims_of(token) for token in vendor.asked)
    assert all(map(is_ours, vendor.asked))
    assert first["sub"] == {
        "identifierValue": sha256(b"mara@example.org").hexdigest(),
        "identifierType": "email",
        "identifierFormat": "sha256",
    }
    assert second["sub"]["identifierType"] == "idfa"
    assert (first["iss"], claims_of(first["idJWT"])["iss"]) == ("shop.example", "shop.example")


def test_what_came_to_us_goes_on_with_its_own_identity_token(tmp_path, publisher, vendor):
    """The first party's, unchanged."""
    shop = forwarding(tmp_path, vendor, publisher)
    token = packet(shop, publisher, publisher)
    sends(shop, token)
    (filed,) = shop.requests()
    assert told(shop, notice(filed.subject_request_id)).status == "acknowledged"
    assert {claims_of(it)["idJWT"] for it in vendor.asked} == {claims_of(token)["idJWT"]}


@pytest.mark.parametrize("wrong", ["forged", "another", "issuer", "gone", 500])
def test_a_receipt_that_is_wrong_is_not_believed(tmp_path, vendor, wrong):
    """It is sent again under the same number, and what was acknowledged is not."""
    shop = forwarding(tmp_path, vendor)
    vendor.wrong = ["", "", wrong] if wrong != "forged" else ["", "", wrong, ""]
    assert told(shop, notice()).status == "pending"
    assert told(shop).status == "acknowledged"
    numbers = [claims_of(token)["jti"] for token in vendor.asked]
    assert numbers.count(f"{NOTICE}-0") == 1
    assert f"{NOTICE}-1" in numbers


@pytest.mark.parametrize(
    ("code", "status"), [(1, "refused"), (4, "refused"), (2, "failed"), (6, "failed")]
)
def test_a_refusal_is_noted(tmp_path, vendor, code, status):
    """By its code."""
    vendor.code = code
    assert told(forwarding(tmp_path, vendor), notice()).status == status


def test_an_endpoint_inside_our_network_is_sent_nothing(tmp_path, vendor):
    """A partner writes its file: what listens beside it on this machine is not its own."""
    inside = []
    with speaking(lambda *told: inside.append(told) or (200, {}, b"")) as port:
        vendor.endpoint = f"http://localhost:{port}/"
        assert told(forwarding(tmp_path, vendor), notice()).status == "pending"
    assert inside == []


def test_whom_it_has_no_identifier_for_is_told_by_hand(tmp_path, vendor):
    """Nothing is sent."""
    other = notice("5f" * 16, Identity("customer.id", "7"))
    assert told(forwarding(tmp_path, vendor), other).status == "unable"
    assert vendor.asked == []


def test_a_key_that_is_none_stops_the_start(tmp_path):
    """PK370, with the key of the file."""
    shop = ProtocolShop(tmp_path, ddrf(tmp_path))
    (tmp_path / "ddrf.pem").write_text(pem_of(ec.generate_private_key(ec.SECP384R1())))
    context = shop.context()
    with pytest.raises(ConfigurationError, match=r"PK370.*ddrf\.keys\.0"):
        served_protocols(context)
    context.close()
