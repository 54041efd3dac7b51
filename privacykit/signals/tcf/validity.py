"""
May a TC string be relied upon: version, scope, age, policy and disclosure. Pure.

Sources: IAB Europe TCF Policies (renewal within 13 months); the v2.3 transition note: a string made
after 28 February 2026 needs its disclosed vendors, older ones stay valid; v2.2 mandatory since
20 November 2023; global scope is invalid.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from privacykit.signals.tcf.decode import VERSION_1, VERSION_2
from privacykit.signals.tcf.fields import moment
from privacykit.signals.tcf.model import TcString, TcStringV1

MAX_AGE_DAYS = 395
"""Thirteen months."""
SKEW_DAYS = 1
"""How far ahead the clock of a consent manager may be."""
DISCLOSURE_FROM = datetime(2026, 3, 1, tzinfo=UTC)
V2_2_FROM = datetime(2023, 11, 21, tzinfo=UTC)
OLDEST_POLICY = 4
NEWEST_POLICY = 5

Ground = Literal[
    "old_version",
    "global_scope",
    "created_in_future",
    "too_old",
    "old_policy",
    "unknown_policy",
    "no_disclosed_vendors",
]
"""Why a string that can be read is no consent."""


class TcFacts(msgspec.Struct, frozen=True):
    """
    What validity depends on.

    Attributes:
        version: 1 or 2.
        created: When it was made.
        last_updated: When it was last changed.
        tcf_policy_version: Of the policies.
        is_service_specific: Whether it is for one site.
        disclosed_vendors_segment: Whether the disclosed vendors are there.
    """

    version: int
    created: datetime
    last_updated: datetime
    tcf_policy_version: int = 0
    is_service_specific: bool = False
    disclosed_vendors_segment: bool = False

    @classmethod
    def of(cls, string: TcString | TcStringV1) -> TcFacts:
        """Return the facts of *string*."""
        if isinstance(string, TcStringV1):
            return cls(VERSION_1, moment(string.created), moment(string.last_updated))
        return cls(
            VERSION_2,
            string.created_at,
            string.last_updated_at,
            string.tcf_policy_version,
            string.is_service_specific,
            string.disclosed_vendors is not None,
        )


def unusable(facts: TcFacts, now: datetime, max_age_days: int = MAX_AGE_DAYS) -> Ground | None:
    """
    Return why the string of *facts* may not be relied upon at *now*, or ``None`` where it may.

    The two times of a string are written equal in v2.x; where they differ, the older one counts for
    its age and the newer one for lying in the future.

    Args:
        facts: What validity depends on.
        now: The time, with its zone.
        max_age_days: How old it may be.
    """
    newer, older = max(facts.created, facts.last_updated), min(facts.created, facts.last_updated)
    grounds: tuple[tuple[bool, Ground], ...] = (
        (facts.version != VERSION_2, "old_version"),
        (not facts.is_service_specific, "global_scope"),
        (newer - now > timedelta(days=SKEW_DAYS), "created_in_future"),
        (facts.tcf_policy_version > NEWEST_POLICY, "unknown_policy"),
        (facts.tcf_policy_version < OLDEST_POLICY and newer >= V2_2_FROM, "old_policy"),
        (now - older > timedelta(days=max_age_days), "too_old"),
        (newer >= DISCLOSURE_FROM and not facts.disclosed_vendors_segment, "no_disclosed_vendors"),
    )
    return next((ground for broken, ground in grounds if broken), None)
