"""
The Data Deletion Request Framework 1.0 as a requester: tokens made, receipts read. Pure.

What reached us by the framework is passed on with the identity token that came with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import md5, sha1, sha256

import msgspec

from privacykit.govern.records import Identity
from privacykit.govern.requests.notify import RecipientAnswer
from privacykit.govern.requests.suppression import normalised
from privacykit.recipients.protocols.ddrf.tokens import (
    ACCEPTED,
    SIGNATURE,
    TIMESTAMP,
    VERSION,
    DdrfFault,
    Identifier,
    TokenKey,
    check_signature,
    signed_token,
    unverified_claims,
)
from privacykit.recipients.protocols.documents import read_object

STEP = "ddrf"
"""The member of a notice's body that says which identities were taken."""
FORMATS: Mapping[str, Callable[[bytes], str]] = {
    "sha256": lambda value: sha256(value).hexdigest(),
    "sha1": lambda value: sha1(value).hexdigest(),  # noqa: S324 - what the recipient takes
    "md5": lambda value: md5(value).hexdigest(),  # noqa: S324 - the same
}


class VendorFile(msgspec.Struct, frozen=True):
    """
    What a recipient's ``dsrdelete.json`` says.

    Attributes:
        endpoint: Where requests are sent.
        identifiers: Types and formats.
        keys: What it signs receipts with, as published.
    """

    endpoint: str
    identifiers: frozenset[tuple[str, str]]
    keys: object


def read_vendor_file(body: bytes) -> VendorFile | None:
    """Read a ``dsrdelete.json`` strictly; ``None`` where it is none."""
    told = read_object(body)
    try:
        if told is None:
            return None
        pairs = frozenset((str(it["type"]), str(it["format"])) for it in told["identifiers"])
        return VendorFile(str(told["endpoint"]), pairs, told["publicKey"])
    except (KeyError, TypeError):
        return None


def identifier_for(
    identity: Identity, names: Mapping[str, str], taken: frozenset[tuple[str, str]]
) -> Identifier | None:
    """
    Return *identity* as the recipient takes it.

    Args:
        identity: Whom it is about.
        names: What the framework calls the identity types of the data map, where it differs.
        taken: Types and formats that the recipient takes.

    Returns:
        ``None`` where it takes none such; a hash is made of the value as it is written for
        comparison, in lower case and without outer space for an e-mail address.
    """
    kind = names.get(identity.type, identity.type)
    if (kind, identity.format) in taken:
        return Identifier(identity.value, kind, identity.format)
    if identity.format != "raw":
        return None
    value = normalised(identity.type, identity.value).encode()
    for written, hashed in FORMATS.items():
        if (kind, written) in taken:
            return Identifier(hashed(value), kind, written)
    return None


def request_token(
    named: Identifier, domain: str, key: TokenKey, now: float, number: str, original: str = ""
) -> str:
    """
    Return the request token for one identity.

    Args:
        named: Whom it is about.
        domain: Ours.
        key: Ours.
        now: Unix seconds.
        number: Its ``jti``, the same on every try.
        original: The identity token that came to us; a new one is made where there is none.
    """
    claims = {"version": VERSION, "iss": domain, "sub": named.document(), "iat": int(now)}
    inner = original or signed_token({**claims, "jti": f"{number}-id"}, key)
    return signed_token({**claims, "jti": number, "idJWT": inner}, key)


def read_receipt(
    status: int, body: bytes, sent: str, domain: str, keys: Sequence[TokenKey]
) -> RecipientAnswer:
    """
    Understand the answer to one request.

    Args:
        status: The HTTP status.
        body: The answer.
        sent: The request token.
        domain: The recipient's.
        keys: What it signs with.

    Returns:
        *acknowledged* where a receipt that it signed names our request and says so: received, not
        done. *pending* where there is no receipt to be believed: it is sent again.
    """
    try:
        token = (read_object(body) or {}).get("acJWT")
        claims = unverified_claims(token)
        check_signature(str(token), keys)
    except DdrfFault:
        return RecipientAnswer("pending", f"http {status}, no receipt" if status else "no answer")
    if claims.get("rqJWT") != sent or claims.get("iss") != domain:
        return RecipientAnswer("pending", "the receipt is about another request")
    code = claims.get("raResultCode")
    if code == ACCEPTED:
        return RecipientAnswer("acknowledged", "received")
    if code in (SIGNATURE, TIMESTAMP):
        return RecipientAnswer("failed", f"raResultCode {code}")
    told = f"raResultCode {code}" if isinstance(code, int) else "no raResultCode"
    return RecipientAnswer("refused", told)
