"""
The Data Deletion Request Framework 1.0 as a recipient: its file, a request, the receipt. Pure.

Decided where the text is silent: the body is the token itself, or ``{"rqJWT": …}``; the answer is
``{"acJWT": …}``; only domains that the operator wrote down are believed and looked up; a request
token is good for a week, the identity token in it for ninety days; 202 says received, not done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from privacykit.errors import InputError
from privacykit.govern.records import Identity, IdentityFormat, RequestType
from privacykit.recipients.protocols.book import (
    ChannelOrder,
    ProtocolAnswer,
    ProtocolCall,
    RequestBook,
    digest_of,
    json_answer,
)
from privacykit.recipients.protocols.ddrf.tokens import (
    ACCEPTED,
    IDENTIFIER_FORMAT,
    IDENTIFIER_TYPE,
    MALFORMED,
    SIGNATURE,
    VERSION,
    DdrfFault,
    Identifier,
    ResultCode,
    TokenKey,
    check_claims,
    check_signature,
    identifier_of,
    public_keys,
    signed_token,
    unverified_claims,
)
from privacykit.recipients.protocols.documents import read_object

WEEK, QUARTER = 7 * 86_400.0, 90 * 86_400.0
ACCEPTED_STATUS, REFUSED_STATUS = 202, 400
RESOURCE = "/dsrdelete.json"
_HEX = {"sha1": 40, "md5": 32, "sha256": 64}
LONGEST_VALUE = 1024


class KnownIdentifier(msgspec.Struct, frozen=True):
    """
    A kind of identifier that requests may name.

    Attributes:
        type: As the framework's file calls it.
        format: How it is written.
        identity: What the data map calls it.
    """

    type: str
    format: IdentityFormat
    identity: str


class DdrfSetup(msgspec.Struct, frozen=True):
    """
    What the recipient is told.

    Attributes:
        domain: Ours.
        endpoint: Where requests are sent.
        keys: Ours, the one that signs first.
        partners: Domains that are believed.
        identifiers: What may be asked by.
        place: Whose law sets the deadline.
        proof: What a first party's signature proves.
    """

    domain: str
    endpoint: str
    keys: Sequence[TokenKey]
    partners: frozenset[str]
    identifiers: Sequence[KnownIdentifier]
    place: str | None
    proof: str


def resource(setup: DdrfSetup) -> dict[str, Any]:
    """Return our ``dsrdelete.json``."""
    return {
        "endpoint": setup.endpoint,
        "identifiers": [
            {"id": number, "type": it.type, "format": it.format}
            for number, it in enumerate(setup.identifiers, 1)
        ],
        "publicKey": public_keys(setup.keys),
        "vendorScriptRequirement": False,
    }


class DdrfRecipient:
    """
    Answers requesters.

    Args:
        setup: What it is told.
        keys_of: Returns the published keys of a domain, read anew where asked so.
        book: Where requests are filed.
        clock: Unix seconds.
        new_id: A fresh random id.
    """

    def __init__(
        self,
        setup: DdrfSetup,
        keys_of: Callable[[str, bool], Sequence[TokenKey]],
        book: RequestBook,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._setup = setup
        self._keys_of = keys_of
        self._book = book
        self._clock = clock
        self._new_id = new_id

    def file(self, call: ProtocolCall) -> ProtocolAnswer:
        """Serve ``dsrdelete.json``."""
        if call.method != "GET":
            return json_answer({"error": "this route takes no such method"}, 405)
        headers = {"Cache-Control": "public, max-age=3600"}
        return json_answer(resource(self._setup), headers=headers)

    def answer(self, call: ProtocolCall) -> ProtocolAnswer:
        """
        Take one request, and answer with a receipt that says what became of it.

        Raises:
            BackendError: A store failed: nothing was filed.
        """
        if call.method != "POST":
            return json_answer({"error": "this route takes no such method"}, 405)
        token = _token_of(call)
        try:
            self._book_of(token)
        except DdrfFault as fault:
            return self._receipt(token, REFUSED_STATUS, fault.code, fault.words)
        return self._receipt(token, ACCEPTED_STATUS, ACCEPTED, "")

    def _book_of(self, token: str) -> None:
        now = self._clock()
        claims = unverified_claims(token)
        check_claims(claims, now, WEEK, "idJWT")
        inner = unverified_claims(claims["idJWT"])
        check_claims(inner, now, QUARTER)
        self._check_signed(claims["iss"], token)
        self._check_signed(inner["iss"], claims["idJWT"])
        identifier_of(inner)
        identity = self._identity(identifier_of(claims))
        order = ChannelOrder(
            channel="ddrf",
            party=claims["iss"],
            number=claims["jti"],
            digest=digest_of(token.encode()),
            wanted=RequestType.ERASURE,
            identities=(identity,),
            proof=self._setup.proof,
            place=self._setup.place,
            details={"first_party": inner["iss"]},
            private=token.encode(),
        )
        try:
            filed = self._book.file(order)
        except InputError:
            raise DdrfFault(IDENTIFIER_FORMAT, "the identifier names nobody") from None
        if filed.digest != order.digest:
            raise DdrfFault(MALFORMED, "another request has this jti")

    def _check_signed(self, issuer: str, token: str) -> None:
        if issuer not in self._setup.partners:
            raise DdrfFault(SIGNATURE, "the issuer is no partner of ours")
        try:
            check_signature(token, self._keys_of(issuer, False))
        except DdrfFault:
            check_signature(token, self._keys_of(issuer, True))

    def _identity(self, named: Identifier) -> Identity:
        kinds = [it for it in self._setup.identifiers if it.type == named.type]
        if not kinds:
            raise DdrfFault(IDENTIFIER_TYPE, "this identifier type is not supported")
        known = next((it for it in kinds if it.format == named.format), None)
        if known is None or not _is_of(named.value, known.format):
            raise DdrfFault(IDENTIFIER_FORMAT, "the identifier is not of a format that we take")
        value = named.value if known.format == "raw" else named.value.lower()
        return Identity(known.identity, value, known.format)

    def _receipt(self, token: str, status: int, code: ResultCode, words: str) -> ProtocolAnswer:
        claims: dict[str, Any] = {
            "version": VERSION,
            "rqJWT": token,
            "jti": self._new_id(),
            "iss": self._setup.domain,
            "iat": int(self._clock()),
            "raResultCode": code,
        }
        if words:
            claims["raResultString"] = words
        return json_answer({"acJWT": signed_token(claims, self._setup.keys[0])}, status)


def _token_of(call: ProtocolCall) -> str:
    """Return the token of a body: the body itself, or a member of its JSON."""
    try:
        text = call.body.decode("ascii").strip()
    except UnicodeDecodeError:
        return ""
    if not text.startswith("{"):
        return text
    found = (read_object(text) or {}).get("rqJWT")
    return found if isinstance(found, str) else ""


def _is_of(value: str, written: str) -> bool:
    if written == "raw":
        return len(value) <= LONGEST_VALUE and bool(value.strip())
    return len(value) == _HEX[written] and all(c in "0123456789abcdefABCDEF" for c in value)
