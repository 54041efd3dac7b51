"""
Somebody else's program: it checks a consent receipt with the public key and nothing of ours.

    python check_receipt.py RECEIPT PUBLIC_KEY_IN_HEX

Ends with 0 and prints what was agreed to, or ends with 1. It follows W3C Data Integrity, the
cryptosuite eddsa-jcs-2022, and knows no more of us than that.
"""

import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def canonical(value):
    """Return RFC 8785, for documents without fractions and with names in ASCII."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def base58(text):
    """Return the 64 bytes of a signature in base58btc."""
    number = 0
    for sign in text:
        number = number * 58 + ALPHABET.index(sign)
    return number.to_bytes(64, "big")


def main(path, key):
    """Check the receipt at *path*; return the exit code."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - the plainest way there is
        document = json.load(file)
    proof = document.pop("proof")
    signature = base58(proof.pop("proofValue")[1:])
    said = hashlib.sha256(canonical(proof)).digest() + hashlib.sha256(canonical(document)).digest()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, said)
    except InvalidSignature:
        return 1
    if "services" in document:
        purposes = [p["purpose"] for s in document["services"] for p in s["purposes"]]
    else:
        processes = document["dpv:hasRecordOfActivity"]["dpv:hasProcess"]
        given = [p for p in processes if "dpv:hasConsentStatus" not in p]
        purposes = [p["dpv:hasPurpose"]["dct:title"] for p in given]
    sys.stdout.write(", ".join(purposes) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
