"""
Tokens of the Data Deletion Request Framework 1.0: who asks, who passes on, who has it. Pure.

JWS in compact form (RFC 7515) by joserfc. The algorithm is the key's, RS256 or ES256, and never the
token's. ``sub`` is an object, as in every example of the framework, though its table and RFC 7519
say text: an object in text is read as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from privacykit.errors import KeyMaterialError
from privacykit.recipients.protocols.documents import read_object

VERSION = "1.0"
FUTURE_SECONDS = 300.0
"""How far a party's clock may be ahead of ours."""
LONGEST_TOKEN = 12_288
"""Characters of a token that are looked at."""
MOST_KEYS = 20
LEAST_BITS = 2048
ALGORITHMS: dict[type, str] = {RSAKey: "RS256", ECKey: "ES256"}
TokenKey = RSAKey | ECKey
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError)
"""What the library raises over headers and keys of strangers; it looks at few kinds itself."""
KINDS: dict[str, type[RSAKey | ECKey]] = {"EC": ECKey, "RSA": RSAKey}

ResultCode = Literal[0, 1, 2, 3, 4, 5, 6]
ACCEPTED: ResultCode = 0
MALFORMED: ResultCode = 1
SIGNATURE: ResultCode = 2
TOKEN: ResultCode = 3
IDENTIFIER_TYPE: ResultCode = 4
IDENTIFIER_FORMAT: ResultCode = 5
TIMESTAMP: ResultCode = 6


class DdrfFault(Exception):  # noqa: N818 - an answer of the framework, no error of ours
    """
    A token that is refused.

    Attributes:
        code: ``raResultCode``.
        words: ``raResultString``; nothing of a person.
    """

    def __init__(self, code: ResultCode, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


class Identifier(msgspec.Struct, frozen=True):
    """
    Whom a token is about. Its ``repr`` names nobody.

    Attributes:
        value: The identifier.
        type: What it is.
        format: How it is written.
    """

    value: str
    type: str
    format: str

    def __repr__(self) -> str:
        return f"<Identifier {self.type} {self.format}>"

    def document(self) -> dict[str, str]:
        """Return it as ``sub`` has it."""
        return {
            "identifierValue": self.value,
            "identifierType": self.type,
            "identifierFormat": self.format,
        }


def signing_key(pem: str) -> TokenKey:
    """
    Read a private key.

    Raises:
        KeyMaterialError: It is neither P-256 nor RSA of 2048 bits or more, in PEM.
    """
    for kind in (ECKey, RSAKey):
        try:
            key: TokenKey = kind.import_key(pem)
        except (ValueError, TypeError, JoseError):
            continue
        if key.is_private and _is_allowed(key):
            return key
    raise KeyMaterialError("not a private key in PEM, of P-256 or of RSA with 2048 bits or more")


def public_keys(keys: Sequence[TokenKey]) -> list[dict[str, Any]]:
    """Return the public halves as JWK, each with its thumbprint (RFC 7638) as its id."""
    return [
        {**key.as_dict(private=False), "kid": key.thumbprint(), "alg": ALGORITHMS[type(key)]}
        for key in keys
    ]


def read_keys(told: object) -> list[TokenKey]:
    """Return the usable keys of a ``publicKey`` list; others are passed over."""
    found: list[TokenKey] = []
    for one in told[:MOST_KEYS] if isinstance(told, list) else ():
        kind = KINDS.get(str(one.get("kty"))) if isinstance(one, dict) else None
        if kind is None:
            continue
        public = {
            name: it for name, it in one.items() if name in {"kty", "crv", "x", "y", "n", "e"}
        }
        try:
            key: TokenKey = kind.import_key(public)
            allowed = _is_allowed(key)
        except _UNREADABLE:
            continue
        if allowed:
            found.append(key)
    return found


def signed_token(claims: Mapping[str, Any], key: TokenKey) -> str:
    """Sign *claims*."""
    header = {"typ": "JWT", "alg": ALGORITHMS[type(key)], "kid": key.thumbprint()}
    return jws.serialize_compact(header, msgspec.json.encode(claims), key)


def unverified_claims(token: object) -> dict[str, Any]:
    """
    Read the claims of *token*, to learn whose key to look for; nothing of them is to be believed.

    Raises:
        DdrfFault: It is no token.
    """
    if not isinstance(token, str) or not token or len(token) > LONGEST_TOKEN:
        raise DdrfFault(TOKEN, "not a token")
    try:
        claims = read_object(jws.extract_compact(token.encode("ascii")).payload)
    except _UNREADABLE:
        claims = None
    if claims is None:
        raise DdrfFault(TOKEN, "not a token")
    return claims


def check_signature(token: str, keys: Sequence[TokenKey]) -> None:
    """
    Check that one of *keys* signed *token*, by that key's algorithm.

    Raises:
        DdrfFault: None did.
    """
    for key in keys:
        try:
            jws.deserialize_compact(token, key, algorithms=[ALGORITHMS[type(key)]])
        except _UNREADABLE:
            continue
        return
    raise DdrfFault(SIGNATURE, "the signature is not the issuer's")


def check_claims(claims: Mapping[str, Any], now: float, oldest: float, *more: str) -> None:
    """
    Check that the required claims are there, and the time.

    Args:
        claims: The claims.
        now: Unix seconds.
        oldest: How many seconds ago it may have been issued.
        more: Names of text claims that are required besides.

    Raises:
        DdrfFault: One is missing or of another kind, or the time is none of now.
    """
    for name in ("version", "jti", "iss", *more):
        if not isinstance(claims.get(name), str) or not claims[name]:
            raise DdrfFault(MALFORMED, f"{name} is missing")
    if str(claims["version"]).partition(".")[0] != "1":
        raise DdrfFault(MALFORMED, "this version is not known")
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        raise DdrfFault(TIMESTAMP, "iat is no time")
    if not now - oldest <= issued <= now + FUTURE_SECONDS:
        raise DdrfFault(TIMESTAMP, "iat is too old, or lies in the future")


def identifier_of(claims: Mapping[str, Any]) -> Identifier:
    """
    Read ``sub``: an object, or the same in text.

    Raises:
        DdrfFault: It is neither.
    """
    told = claims.get("sub")
    if isinstance(told, str):
        told = read_object(told)
    if isinstance(told, dict):
        named = (told.get(f"identifier{it}") for it in ("Value", "Type", "Format"))
        value, kind, written = (it if isinstance(it, str) else "" for it in named)
        if value and kind and written:
            return Identifier(value, kind, written)
    raise DdrfFault(MALFORMED, "sub names no identifierValue, identifierType and identifierFormat")


def _is_allowed(key: TokenKey) -> bool:
    if isinstance(key, ECKey):
        return key.curve_name == "P-256"
    return key.raw_value.key_size >= LEAST_BITS
