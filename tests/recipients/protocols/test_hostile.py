"""Parsers of what parties send, with anything at all: an answer or a refusal, never a traceback."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.recipients.protocols.ddrf.requester import read_receipt, read_vendor_file
from privacykit.recipients.protocols.ddrf.tokens import (
    DdrfFault,
    check_claims,
    identifier_of,
    read_keys,
    unverified_claims,
)
from privacykit.recipients.protocols.drp.business import _people
from privacykit.recipients.protocols.drp.signed import DrpFault, check_message, opened_message
from privacykit.recipients.protocols.opendsr.controller import (
    read_created,
    read_status,
    supported_by,
)
from privacykit.recipients.protocols.opendsr.messages import may_call, read_request
from privacykit.recipients.protocols.opendsr.signature import signed_by
from tests.operate.protocols.authority import rsa_key

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


def _plain(value):
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
