"""Parsers of what parties send, with anything at all: an answer or a refusal, never a traceback."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from privacykit.recipients.protocols.book import ProtocolCall, digest_of_document
from privacykit.recipients.protocols.ddrf.recipient import DdrfRecipient, DdrfSetup
from privacykit.recipients.protocols.ddrf.requester import read_receipt, read_vendor_file
from privacykit.recipients.protocols.ddrf.tokens import (
    DdrfFault,
    check_claims,
    identifier_of,
    read_keys,
    signing_key,
    unverified_claims,
)
from privacykit.recipients.protocols.documents import MOST_DEPTH, read_object
from privacykit.recipients.protocols.drp.business import _people
from privacykit.recipients.protocols.drp.signed import DrpFault, check_message, opened_message
from privacykit.recipients.protocols.opendsr.controller import (
    read_created,
    read_status,
    supported_by,
)
from privacykit.recipients.protocols.opendsr.messages import may_call, read_request
from privacykit.recipients.protocols.opendsr.signature import signed_by
from tests.operate.protocols.authority import pem_of, rsa_key

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
OPENDSR = (
    "regulation", "subject_request_id", "subject_request_type", "submitted_time",
    "subject_identities", "status_callback_urls", "api_version",
)  # fmt: skip
CLAIMS = ("version", "jti", "iss", "iat", "sub", "idJWT", "rqJWT", "kty", "crv", "x", "n", "e")
DRP = ("agent-id", "business-id", "issued-at", "expires-at", "drp.version", "email", "phone_number")
PUBLIC = rsa_key("shop").public_key()
KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="


def documents(names):
    """Return documents that have some of *names*, with any values."""
    return st.dictionaries(st.sampled_from(names), VALUES, max_size=len(names))


@settings(deadline=None)
@given(documents(OPENDSR) | VALUES)
def test_any_document_is_an_opendsr_request_or_has_faults(document):
    """And each fault has a name."""
    body = json.dumps(document, allow_nan=False) if _plain(document) else "{"
    found = read_request(body.encode(), {"email": "email"}, {"a.example"}, 0.0)
    assert isinstance(found, list)
    assert all(fault.reason and fault.message for fault in found)


@settings(deadline=None)
@given(documents(CLAIMS))
def test_any_claims_are_checked_or_refused(claims):
    """By a code of the framework."""
    for check in (lambda: check_claims(claims, 0.0, 1.0), lambda: identifier_of(claims)):
        code = 1
        try:
            check()
        except DdrfFault as fault:
            code = fault.code
        assert 1 <= code <= 6
    assert isinstance(read_keys([claims]), list)


@settings(deadline=None)
@given(documents(DRP))
def test_any_message_is_checked_or_refused(message):
    """By a status of HTTP."""
    for check in (lambda: check_message(message, "A", "B", 0.0), lambda: _people(message)):
        status = 400
        try:
            check()
        except DrpFault as fault:
            status = fault.status
        assert 400 <= status < 500


@settings(deadline=None)
@given(st.binary(max_size=200), st.text(max_size=80))
def test_any_bytes_are_an_answer_or_none(body, text):
    """Of a processor, a partner, an agent."""
    supported_by(body)
    read_vendor_file(body)
    read_receipt(200, body, "t", "d", [])
    read_created(201, body, b"", b"{}", "n")
    read_status(200, body, "n")
    may_call(text, {"a.example"})
    assert not signed_by(PUBLIC, body, text)
    with suppress(DdrfFault):
        unverified_claims(text)
    with suppress(DrpFault):
        opened_message(body, [KEY])


LEAVES = st.sampled_from(
    ["0", "-1", "1e308", "1e999", "9" * 400, f"-{'9' * 5000}", '"a"', '"\\ud800"', '"\\u0000"',
     "null", "true", "NaN", "[", "{", "]"]
)  # fmt: skip
DEPTHS = st.sampled_from([1, MOST_DEPTH - 1, MOST_DEPTH + 1, 300, 6000])


@st.composite
def texts(draw, names):
    """Return JSON, or nearly, as no library would write it: deep, with numbers of any length."""
    members = []
    for name in draw(st.lists(st.sampled_from(names), max_size=5)):
        open_, close = draw(st.sampled_from([("[", "]"), ('{"a":', "}"), ("[", "")]))
        depth = draw(st.just(0) | DEPTHS)
        members.append(f'"{name}": {open_ * depth}{draw(LEAVES)}{close * depth}')
    return "{" + ", ".join(members) + draw(st.sampled_from(["}", "}", "}", ""]))


AGENT = Ed25519PrivateKey.from_private_bytes(bytes(32))
RING = [b64encode(AGENT.public_key().public_bytes_raw()).decode()]
SIGNER = signing_key(pem_of(rsa_key("shop")))
RECIPIENT = DdrfRecipient(
    DdrfSetup("shop.example", "", [SIGNER], frozenset({"a.example"}), (), None, ""),
    lambda *_: [SIGNER],
    None,
    lambda: 0.0,
    lambda: "1",
)


@settings(deadline=None)
@given(texts(OPENDSR))
@example('{"regulation": ' + "[" * 6000)
@example('{"api_version": ' + "9" * 400 + "}")
def test_any_shape_is_read_by_opendsr_or_has_faults(text):
    """And what is read can be written again."""
    assert isinstance(read_request(text.encode(), {}, (), 0.0), list)
    supported_by(text.encode())
    read_status(200, text.encode(), "n")
    if read_object(text) is not None:
        assert digest_of_document(text.encode())


@settings(deadline=None)
@given(texts(DRP))
@example('{"email": ' + "[" * 6000)
@example('{"other": ' + "9" * 400 + "}")
def test_any_shape_is_read_of_an_agent_or_refused(text):
    """Though it is signed well."""
    body = b64encode(AGENT.sign(text.encode()) + text.encode())
    with pytest.raises(DrpFault) as caught:
        check_message(opened_message(body, RING)[0], "A", "B", 0.0)
    assert 400 <= caught.value.status < 500


HEADERS = ("alg", "crit", "kid", "typ", "b64", "jwk")
FACTS = '"version": "1.0", "jti": "1", "iss": "a.example", "iat": 0'


@settings(deadline=None)
@given(header=texts(HEADERS), claims=texts(CLAIMS), good=st.booleans())
@example(header='{"crit": 5}', claims="{}", good=True)
@example(header="{}", claims='{"iat": ' + "9" * 400 + "}", good=True)
@example(header="{}", claims='{"sub": ' + "[" * 6000, good=False)
def test_any_shape_of_a_token_is_refused_with_a_receipt(header, claims, good):
    """Nobody signed it; a few facts that are right take it further."""
    inner = _token('{"alg": "RS256"}', "{" + FACTS + "}")
    if good:
        claims = _with(f'{FACTS}, "idJWT": "{inner}"', claims)
        header = _with('"alg": "RS256"', header)
    for body in (_token(header, claims), f'{{"rqJWT": "{_token(header, claims)}"}}', claims):
        answer = RECIPIENT.answer(ProtocolCall("POST", "", {}, body.encode()))
        assert (answer.status, b"acJWT" in answer.body) == (400, True)
    read_vendor_file(claims.encode())
    read_receipt(200, claims.encode(), "t", "d", [SIGNER])


def _with(members, text):
    """Put *members* before those of *text*."""
    rest = text[1:]
    return "{" + members + (", " if rest.startswith('"') else "") + rest


def _token(*parts):
    return ".".join(urlsafe_b64encode(it.encode()).decode().rstrip("=") for it in (*parts, "x"))


def _plain(value):
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
