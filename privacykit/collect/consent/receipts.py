"""Consent receipts of one site, made and signed; and the keys that others check them with. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, get_args

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.collect.consent.iso_27560 import iso_receipt
from privacykit.collect.consent.kantara import kantara_receipt
from privacykit.collect.consent.proof import check_signature, did, multikey, signed
from privacykit.collect.consent.shown import ConsentText
from privacykit.collect.consent.terms import ReceiptFacts, ReceiptTerms, instant
from privacykit.collect.ports import ConsentRecord
from privacykit.errors import InputError

ReceiptFormat = Literal["iso-27560", "kantara"]
FORMATS: Final[tuple[ReceiptFormat, ...]] = get_args(ReceiptFormat)

LONGEST_BYTES: Final = 1_048_576
"""Of a receipt that is checked; ours have some thousand."""


class ReceiptMaker:
    """
    Makes receipts.

    Args:
        terms: The site's terms.
        key: The key that signs them.
        keys: Every public key that ever did, the newest first.
    """

    def __init__(
        self, terms: ReceiptTerms, key: Ed25519PrivateKey, keys: Sequence[Ed25519PublicKey]
    ) -> None:
        self._terms = terms
        self._key = key
        self._keys = tuple(keys)

    def make(
        self,
        form: ReceiptFormat,
        record: ConsentRecord,
        text: ConsentText | None,
        *,
        at: float,
        id_: str,
    ) -> bytes:
        """
        Return a signed receipt, a JSON document to read and to check.

        Args:
            form: Which standard it follows.
            record: What it is about.
            text: What was shown; ``None`` where it is not kept.
            at: Unix seconds.
            id_: A fresh UUID.

        Raises:
            InputError: The form cannot tell it.
        """
        facts = ReceiptFacts(id_, at, record, text, self._terms)
        if form == "kantara":
            document = kantara_receipt(facts, multikey(self._key.public_key()))
        else:
            document = iso_receipt(facts)
        whole = signed(document, self._key, instant(at))
        return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"

    def keys(self) -> bytes:
        """Return the public keys as a controlled identifier document (W3C)."""
        return keys_document(self._keys, self._terms.issuer.url)


def keys_document(keys: Sequence[Ed25519PublicKey], url: str) -> bytes:
    """
    Return public *keys* as a JSON document.

    Args:
        keys: The newest first.
        url: Of the privacy pages of whoever holds them.
    """
    methods = [
        {
            "id": f"{did(key)}#{multikey(key)}",
            "type": "Multikey",
            "controller": did(key),
            "publicKeyMultibase": multikey(key),
            "publicKeyHex": key.public_bytes_raw().hex(),
        }
        for key in keys
    ]
    document = {"controller": url, "assertionMethod": methods}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def check_receipt(body: bytes, keys: Sequence[Ed25519PublicKey]) -> dict[str, Any]:
    """
    Return the receipt in *body*, if one of *keys* signed it as it stands.

    Raises:
        InputError: It is no receipt, or none of *keys* signed it.
    """
    if len(body) > LONGEST_BYTES:
        raise InputError("not a receipt: it is longer than any")
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InputError("not a receipt: it is no JSON object") from None
    try:
        check_signature(document, keys)
    except RecursionError:
        raise InputError("not a receipt: it is nested deeper than any") from None
    return document
