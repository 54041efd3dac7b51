"""Contract of every salt store. Subclass `SaltStoreContract` and give it a fixture ``store``."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Protocol

import pytest

from privacykit.errors import KeyMaterialError, StoreError
from privacykit.pseudonym.salts import SALT_BYTES, SaltAudit
from privacykit.stores.salts.rules import SaltRow

DAY = 86_400


class _Store(Protocol):
    def get_or_create(
        self, site: str, day: str, candidate: bytes, not_after: float, now: float
    ) -> bytes: ...
    def destroy_expired(self, now: float) -> int: ...
    def destroy_all(self, now: float) -> int: ...
    def rows(self) -> tuple[SaltRow, ...]: ...
    def audit(self, now: float) -> SaltAudit: ...


def _candidate(number: int) -> bytes:
    """Return what is told from every other candidate and appears nowhere by chance."""
    return f"candidate {number:>{SALT_BYTES - 10}}".encode()


class SaltStoreContract:
    """
    Laws of a salt store.

    The times are of today, so that a store may let its server's clock destroy what is dead.
    """

    @pytest.fixture
    def now(self) -> float:
        """Return noon of tomorrow in UTC: all salts used here die after the present."""
        return (time.time() // DAY + 1.5) * DAY

    @pytest.fixture
    def day(self, now: float) -> str:
        """Return the ISO date of *now* in UTC."""
        return datetime.fromtimestamp(now, UTC).date().isoformat()

    @pytest.fixture
    def midnight(self, now: float) -> float:
        """Return the end of the day of *now*."""
        return now + DAY / 2

    def test_the_first_candidate_becomes_the_salt(
        self, store: _Store, day: str, midnight: float, now: float
    ) -> None:
        """Whoever comes later reads what the first one wrote."""
        first = store.get_or_create("shop", day, _candidate(1), midnight, now)
        second = store.get_or_create("shop", day, _candidate(2), midnight, now)

        assert (first, second) == (_candidate(1), _candidate(1))

    def test_sites_and_days_have_salts_of_their_own(
        self, store: _Store, day: str, midnight: float, now: float
    ) -> None:
        """Nothing links two sites, or two days."""
        after = datetime.fromtimestamp(now + DAY, UTC).date().isoformat()
        scopes = (("shop", day, midnight), ("blog", day, midnight), ("shop", after, midnight + DAY))

        salts = {
            store.get_or_create(site, period, _candidate(i), until, now)
            for i, (site, period, until) in enumerate(scopes)
        }

        assert len(salts) == len(scopes)

    def test_an_hour_may_have_a_salt(self, store: _Store, day: str, now: float) -> None:
        """Rate-limit keys live an hour."""
        salt = store.get_or_create("shop", f"{day}T12", _candidate(1), now + 3600, now)

        assert salt == _candidate(1)

    def test_a_dead_salt_is_refused_while_its_row_stands(
        self, store: _Store, day: str, midnight: float, now: float
    ) -> None:
        """Even a process that believes the day is longer gets nothing."""
        store.get_or_create("shop", day, _candidate(1), midnight, now)

        for believed in (midnight, midnight + 3600):
            with pytest.raises(StoreError):
                store.get_or_create("shop", day, _candidate(2), believed, midnight)

    @pytest.mark.parametrize("shift", [-DAY, 0, 3 * DAY], ids=["past", "now", "far ahead"])
    def test_a_period_that_is_not_present_is_refused(
        self, store: _Store, now: float, shift: float
    ) -> None:
        """Neither a late event nor a wrong clock makes a salt."""
        until = now + shift
        day = datetime.fromtimestamp(until - 1, UTC).date().isoformat()

        with pytest.raises(StoreError):
            store.get_or_create("shop", day, _candidate(1), until, now)
        assert store.rows() == ()

    @pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "2001-01-01", "2026-10-16T14:00"])
    def test_a_period_that_ends_at_another_time_is_refused(
        self, store: _Store, day: str, midnight: float, now: float
    ) -> None:
        """A mistake in local time cannot keep a salt alive under an old date."""
        with pytest.raises(StoreError):
            store.get_or_create("shop", day, _candidate(1), midnight, now)

    def test_a_short_salt_is_refused(
        self, store: _Store, day: str, midnight: float, now: float
    ) -> None:
        """A salt has 32 bytes."""
        with pytest.raises(KeyMaterialError):
            store.get_or_create("shop", day, b"short", midnight, now)

    def test_the_dead_are_destroyed_and_the_living_are_not(
        self, store: _Store, day: str, midnight: float, now: float
    ) -> None:
        """At midnight yesterday goes, and today, fetched an hour early, stays."""
        after = datetime.fromtimestamp(now + DAY, UTC).date().isoformat()
        store.get_or_create("shop", day, _candidate(1), midnight, now)
        store.get_or_create("shop", after, _candidate(2), midnight + DAY, midnight - 3600)

        counts = [store.destroy_expired(at) for at in (midnight - 1, midnight, midnight)]

        assert counts == [0, 1, 0]
        assert store.rows() == (SaltRow("shop", after, midnight - 3600, midnight + DAY),)

    def test_everything_can_be_destroyed(
        self, store: _Store, day: str, midnight: float, now: float
    ) -> None:
        """After a suspected theft, the day begins anew."""
        store.get_or_create("shop", day, _candidate(1), midnight, now)

        assert store.destroy_all(now) == 1
        assert store.get_or_create("shop", day, _candidate(2), midnight, now) == _candidate(2)

    def test_the_audit_counts_the_living_and_the_overdue(
        self, store: _Store, day: str, midnight: float, now: float
    ) -> None:
        """A salt past its end that still stands is what the audit is for."""
        after = datetime.fromtimestamp(now + DAY, UTC).date().isoformat()
        store.get_or_create("shop", day, _candidate(1), midnight, now)
        store.get_or_create("shop", after, _candidate(2), midnight + DAY, midnight - 3600)

        before, late = store.audit(midnight - 1), store.audit(midnight)
        store.destroy_expired(midnight)
        clean = store.audit(midnight)

        counts = [(audit.alive, audit.overdue, audit.found) for audit in (before, late, clean)]
        assert counts == [(2, 0, 0), (1, 1, 0), (1, 0, 0)]
        assert (before.oldest, clean.oldest) == (midnight, midnight + DAY)

    def test_threads_agree(self, store: _Store, day: str, midnight: float, now: float) -> None:
        """However many ask at once, there is one salt."""
        with ThreadPoolExecutor(8) as pool:
            salts = pool.map(
                lambda i: store.get_or_create("shop", day, _candidate(i), midnight, now), range(32)
            )

        assert len(set(salts)) == 1

    def test_nothing_of_a_salt_is_printed(
        self, store: _Store, day: str, midnight: float, now: float
    ) -> None:
        """Neither the store nor what it tells about itself shows a salt."""
        store.get_or_create("shop", day, _candidate(1), midnight, now)

        printed = f"{store!r} {store} {store.rows()} {store.audit(now)}"

        assert not any(word in printed for word in ("candidate", _candidate(1).hex()))
