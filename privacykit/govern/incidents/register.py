"""
The register of incidents: how long an entry is kept, by the longest duty that applies. Pure data.

GDPR Art. 33(5) wants every breach written down and names no time; where one is named, the longest
counts for all, since one entry answers for every law.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegisterDuty:
    """
    How long one law wants an incident kept on record.

    Attributes:
        policy: Id of the policy.
        months: How long.
        citation: Where it says so.
        confidence: How well that was read.
    """

    policy: str
    months: int
    citation: str
    confidence: str


DUTIES: tuple[RegisterDuty, ...] = (
    RegisterDuty("BR", 60, "ANPD Res. 15/2024, annex Art. 10", "reported"),
    RegisterDuty("CA-QC", 60, "Regulation respecting confidentiality incidents, s. 8", "reported"),
    RegisterDuty(
        "CA", 24, "Breach of Security Safeguards Regulations, SOR/2018-64, s. 6", "reported"
    ),
)
LONGEST = 60
"""Months, where no law names a time: as long as the longest of all."""


def kept_months(policies: Iterable[str]) -> tuple[int, str]:
    """Return for how many months an entry is kept, and by which duty."""
    named = set(policies)
    found = [duty for duty in DUTIES if duty.policy in named]
    if not found:
        return LONGEST, "no law that applies names a time; as long as the longest of all"
    longest = max(found, key=lambda duty: duty.months)
    return longest.months, f"{longest.citation} ({longest.confidence})"
