"""
Signatures of OpenDSR 2.0: RSA with SHA-256 over raw bodies, and the certificates behind them. Pure.

The specification says "SHA 256 digest" and no more (opengdpr issues 34 and 50). We sign by PKCS#1
v1.5 (RFC 8017 §8.2), as those who built it do, and accept PSS as well.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from privacykit.errors import KeyMaterialError

DOMAIN_HEADER, SIGNATURE_HEADER = "X-OpenDSR-Processor-Domain", "X-OpenDSR-Signature"
OLD_DOMAIN_HEADER, OLD_SIGNATURE_HEADER = (
    "X-OpenGDPR-Processor-Domain",
    "X-OpenGDPR-Signature",
)
LEAST_BITS = 2048
"""Of an RSA key (NIST SP 800-131A)."""
MOST_CHAIN = 65_536
"""Bytes of a file of certificates that are read."""


def private_key(pem: str) -> RSAPrivateKey:
    """
    Read the key that signs.

    Raises:
        KeyMaterialError: It is no RSA key in PEM, has a passphrase, or is too short.
    """
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise KeyMaterialError("not a private key in PEM without a passphrase") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise KeyMaterialError(f"not an RSA key of {LEAST_BITS} bits or more")
    return key


def sign(key: RSAPrivateKey, body: bytes) -> str:
    """Return the signature of *body*, base64."""
    return b64encode(key.sign(body, padding.PKCS1v15(), SHA256())).decode()


def signed_by(key: RSAPublicKey, body: bytes, signature: str) -> bool:
    """Tell whether *signature*, base64, is *key*'s of *body*, by either padding."""
    try:
        raw = b64decode(signature, validate=True)
    except ValueError:
        return False
    pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO)
    for scheme in (padding.PKCS1v15(), pss):
        try:
            key.verify(raw, body, scheme, SHA256())
        except InvalidSignature:
            continue
        return True
    return False


def certified_key(
    pem: bytes, domain: str, roots: Sequence[x509.Certificate], now: float
) -> RSAPublicKey:
    """
    Return the key of a processor's certificate, which an authority issued for *domain* (§6.3).

    Args:
        pem: The certificate and those between it and a root, in this order.
        domain: The processor's.
        roots: Authorities that are trusted.
        now: Unix seconds.

    Raises:
        KeyMaterialError: No authority vouches for it, it is another's, over, or of another kind.
    """
    try:
        leaf, *between = x509.load_pem_x509_certificates(pem[:MOST_CHAIN])
    except ValueError:
        raise KeyMaterialError("not a certificate in PEM") from None
    at = datetime.fromtimestamp(now, UTC)
    verifier = PolicyBuilder().store(Store(list(roots))).time(at)
    try:
        verifier.build_server_verifier(x509.DNSName(domain)).verify(leaf, between)
    except (VerificationError, ValueError):
        raise KeyMaterialError("no authority vouches for this certificate") from None
    key = leaf.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise KeyMaterialError("the certificate holds no RSA key that is long enough")
    return key


def fits(key: RSAPrivateKey, pem: bytes) -> bool:
    """Tell whether *pem* begins with a certificate of *key*."""
    try:
        leaf, *_ = x509.load_pem_x509_certificates(pem)
    except ValueError:
        return False
    return leaf.public_key() == key.public_key()
