"""
States of a consent record: which of them processing may rest on. Pure.

Source: W3C Data Privacy Vocabulary 2, "Consent Records and Receipts" section 8.5 (ISO/IEC TS
27560). Only a consent that is given, or was renewed, permits anything.
"""

from __future__ import annotations

VALID = frozenset({"ConsentGiven", "RenewedConsentGiven"})

_PREFIXES = ("dpv:", "https://w3id.org/dpv#", "https://w3id.org/dpv/owl#")


def valid_for_processing(status: str) -> bool:
    """Return whether processing may rest on *status*, a term of DPV with or without its prefix."""
    for prefix in _PREFIXES:
        status = status.removeprefix(prefix)
    return status in VALID
