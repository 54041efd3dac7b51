"""
The rules that every salt store holds. Pure.

What "dead" and "destroyed" mean stands in `privacykit.pseudonym.salts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from privacykit.errors import KeyMaterialError, StoreError
from privacykit.pseudonym.salts import SALT_BYTES, SaltAudit, SaltLevel, SaltStore

LONGEST_AHEAD = timedelta(hours=50)
"""How far away the end of a salt may be: a day of 25 hours, fetched early, clocks that differ."""

_ZONES = (timedelta(hours=-15), timedelta(hours=15))
"""Local time differs from UTC by at most 14 hours, and an hour for clocks that change."""

_PERIOD = re.compile(r"\d{4}-\d\d-\d\d(T\d\d)?")


@dataclass(frozen=True, slots=True)
class SaltRow:
    """
    What may be told about a salt.

    Attributes:
        site: The site's id.
        day: The site-local period.
        made_at: Unix seconds when it was made.
        not_after: Unix seconds from which on it is dead.
    """

    site: str
    day: str
    made_at: float
    not_after: float


class DurableSaltStore(SaltStore, Protocol):
    """A salt store as the commands use it."""

    def prepare(self) -> None:
        """
        Connect, create what is missing, check what the store promises.

        Raises:
            ConfigurationError: The store is set up so that it cannot hold its promise.
            StoreError: The store failed.
        """
        ...

    def destroy_all(self, now: float) -> int:
        """
        Destroy every salt, living ones too; return how many there were.

        Processes that run keep theirs in memory until the period ends: restart them all.

        Raises:
            StoreError: Not all of them could be destroyed as far as the store promises.
        """
        ...

    def rows(self) -> tuple[SaltRow, ...]:
        """
        Return what stands in the store, without the salts, by site and period.

        Raises:
            StoreError: The store failed.
        """
        ...


def check_salt(day: str, candidate: bytes, not_after: float, now: float) -> None:
    """
    Refuse a salt that is dead, belongs to another time, or is no salt.

    Args:
        day: ``2026-10-16``, or ``2026-10-16T14`` for an hour.
        candidate: What is to become the salt.
        not_after: Unix seconds of the period's end.
        now: Unix seconds.

    Raises:
        StoreError:
            If the period is over, further away than `LONGEST_AHEAD`, unreadable, or ends at
            another time than *not_after* in every time zone.
        KeyMaterialError:
            If *candidate* is not 32 bytes.
    """
    if len(candidate) != SALT_BYTES:
        raise KeyMaterialError(f"a salt has {SALT_BYTES} bytes")
    if not_after <= now:
        raise StoreError("PK140 the salt's period is over: no salt is handed out for it")
    if not_after - now > LONGEST_AHEAD.total_seconds():
        raise StoreError("PK141 the salt's period is too far ahead; is a clock wrong?")
    if not _ends_at(day, not_after):
        raise StoreError("PK142 the salt's period does not end when it is said to")


def _ends_at(day: str, not_after: float) -> bool:
    if not _PERIOD.fullmatch(day):
        return False
    try:
        start = datetime.fromisoformat(day if len(day) == 10 else f"{day}:00")  # noqa: PLR2004 - ISO dates have ten characters
    except ValueError:
        return False
    length = timedelta(days=1) if "T" not in day else timedelta(hours=1)
    end = datetime.fromtimestamp(not_after, UTC).replace(tzinfo=None)
    earliest, latest = _ZONES
    return earliest <= end - (start + length) <= latest


_DEAD = "PK143 the stored salt is dead: it is not handed out any more"


def check_alive(not_after: float, now: float) -> None:
    """
    Refuse a stored salt that is dead, though its row still stands.

    Raises:
        StoreError: If it is dead.
    """
    if not_after <= now:
        raise StoreError(_DEAD)


def check_kept(salt: bytes | None) -> bytes:
    """
    Return the salt read back; there is none when another process, or the server, held it for dead.

    Raises:
        StoreError: If there is none.
    """
    if salt is None:
        raise StoreError(_DEAD)
    return salt


def audit_of(
    rows: Sequence[SaltRow],
    now: float,
    *,
    level: SaltLevel,
    searched: bool,
    found: int = 0,
    notes: tuple[str, ...],
) -> SaltAudit:
    """Return the audit of a store in which *rows* stand."""
    overdue = sum(row.not_after <= now for row in rows)
    return SaltAudit(
        alive=len(rows) - overdue,
        oldest=min((row.not_after for row in rows), default=None),
        overdue=overdue,
        level=level,
        searched=searched,
        found=found,
        notes=notes,
    )
