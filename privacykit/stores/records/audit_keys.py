"""The audit keys of an installation: what links log and consent records, what signs. Pure."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.govern.audit.chain import AuditKey
from privacykit.stores.keys import KeyRing


def audit_keys(keys: KeyRing) -> list[AuditKey]:
    """
    Return the audit keys in *keys*, the newest first: it links, all of them verify.

    Raises:
        ConfigurationError: There is none.
    """
    return [AuditKey(key.value) for key in keys.all("audit")]


def public_keys(keys: KeyRing) -> tuple[Ed25519PublicKey, ...]:
    """
    Return the public halves of all keys in *keys* that sign or signed, the newest first.

    Raises:
        ConfigurationError: There is none.
    """
    signing = [Ed25519PrivateKey.from_private_bytes(key.value) for key in keys.all("audit_sign")]
    return tuple(key.public_key() for key in signing)
