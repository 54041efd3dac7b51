"""Tests of the keeper in trouble: clocks that jump, stores that fail, files that are wrong."""

from __future__ import annotations

import logging
import random
import time
from datetime import UTC, date, datetime

import pytest

from privacykit.collect.counters import Counters
from privacykit.errors import ConfigurationError, Problem, StoreError
from privacykit.runtime.refresher import HOUR_SITE, RuntimeRefresher
from privacykit.stores.salts.rules import check_salt

HOUR = 3600.0
DAY = 24 * HOUR
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()


class FakeSite:
    """A site as the keeper sees it."""

    id = "shop"
    timezone = "UTC"


class FakeLane:
    """A site day as the keeper sees it."""

    def __init__(self, site, day, until, salt) -> None:
        self.site, self.day, self.until, self.salt = site, day, until, salt

    def prepare(self):
        """Nothing is to be answered ahead."""
        return iter(())


class FakeSalts:
    """A salt store in memory that holds the rules of all, and can be broken."""

    def __init__(self) -> None:
        self.rows, self.error, self.destroyed = {}, None, []

    def prepare(self):
        """Need nothing."""
        self._work()

    def _work(self):
        if self.error:
            raise self.error

    def get_or_create(self, site, day, candidate, not_after, now):
        """Keep the candidate unless there is one."""
        self._work()
        check_salt(day, candidate, not_after, now)
        return self.rows.setdefault((site, day), (candidate, not_after))[0]

    def destroy_expired(self, now):
        """Destroy what is dead."""
        self._work()
        self.destroyed.append(now)
        self.rows = {key: row for key, row in self.rows.items() if row[1] > now}


class House:
    """A keeper with everything set by hand."""

    def __init__(self) -> None:
        self.now = NOON
        self.salts = FakeSalts()
        self.counters = Counters()
        self.keeper = RuntimeRefresher(
            {"shop": FakeSite},
            FakeLane,
            self.salts,
            clock=lambda: self.now,
            random=random.Random(7).randbytes,
            counters=self.counters,
        )
        self.keeper.open()

    def tick(self, now=None):
        """Tick at *now* and return the site_day."""
        self.now = self.now if now is None else now
        self.keeper.tick()
        return self.site_day

    @property
    def site_day(self):
        """The present site_day."""
        return self.keeper.site_days["shop"]


@pytest.fixture
def house():
    """A keeper that was opened and has not ticked."""
    return House()


@pytest.fixture
def said(caplog):
    """Return what was said, line by line."""
    caplog.set_level(logging.WARNING, "privacykit")
    return lambda: [record.getMessage() for record in caplog.records]


def test_the_next_salt_is_fetched_ahead(house):
    """So that midnight needs no store."""
    house.tick(NOON + 11.5 * HOUR)
    house.salts.error = StoreError("gone")
    assert house.keeper.renew("shop", NOON + 12 * HOUR).salt is not None


def test_after_midnight_the_dead_salt_is_destroyed_at_the_next_tick(house):
    """Not after the ten minutes between purges."""
    house.tick()
    house.keeper.renew("shop", NOON + 12 * HOUR)
    house.tick(NOON + 12 * HOUR)
    assert ("shop", "2026-11-21") not in house.salts.rows


@pytest.mark.parametrize("back", [13 * HOUR, 40 * HOUR], ids=["over midnight", "over two"])
def test_a_clock_set_back_gets_the_law_and_salt_of_the_day_it_shows(house, back):
    """Law date and salt date follow the clock, both."""
    house.tick()
    site_day = house.tick(NOON - back)
    assert site_day.day == datetime.fromtimestamp(NOON - back, UTC).date()
    assert site_day.salt.until == site_day.until > NOON - back


def test_a_clock_that_jumps_ahead_and_back_ends_where_it_began(house):
    """Whatever was made for tomorrow is not used today."""
    house.tick(NOON + 11.5 * HOUR)
    house.tick(NOON + 2 * DAY)
    site_day = house.tick(NOON)
    assert (site_day.day, site_day.until) == (date(2026, 11, 21), NOON + 12 * HOUR)
    assert house.keeper.renew("shop", NOON + 12 * HOUR).day == date(2026, 11, 22)


def test_a_clock_set_back_has_a_salt_of_the_hour_it_shows(house):
    """One of an hour to come would live too long."""
    house.tick(NOON + HOUR)
    later = house.keeper.hour_salt
    house.tick(NOON)
    assert house.keeper.hour_salt == house.salts.rows[HOUR_SITE, "2026-11-21T12"][0] != later


def test_without_a_store_the_hour_has_one_salt_of_its_own(house):
    """A limiter goes on limiting while the store is gone."""
    house.salts.error = StoreError("gone")
    house.keeper._failing.add("day of shop")
    house.keeper.chores.clear()
    house.tick()
    first = house.keeper.hour_salt
    house.tick(NOON + 10)
    assert house.keeper.hour_salt == first
    house.salts.error = None
    house.tick(NOON + 20)
    assert house.salts.rows[HOUR_SITE, "2026-11-21T12"][0] == house.keeper.hour_salt


@pytest.mark.parametrize("since", ["the start", "later"])
def test_the_hours_salt_rotates_while_the_store_is_gone(house, since):
    """Whatever fails, keys of one hour say nothing about the next."""
    if since == "later":
        house.tick()
    house.salts.error = StoreError("gone")
    house.keeper.chores["geo"] = house.salts.prepare
    seen = []
    for hour in range(3):
        house.tick(NOON + (hour + 1) * HOUR)
        seen.append(house.keeper.hour_salt)
    assert len(set(seen)) == 3


def test_a_store_that_is_gone_at_the_start_is_said_once_and_taken_up_later(house, said):
    """The start is degraded: no ids, one line, and all of it when the store is back."""
    house.salts.error = StoreError("PK146 the server does not answer")
    for _ in range(3):
        assert house.tick().salt is None
    house.salts.error = None
    assert house.tick().salt is not None
    assert said() == [
        "privacykit: salts failed (PK146 the server does not answer); trying again",
        "privacykit: salts works again",
    ]
    assert house.counters.of("error", "salts") == 3


def test_a_wrong_configuration_stops_the_start(house):
    """A store that cannot hold its promise is refused, not retried."""
    problem = Problem("PK149", "privacykit.toml", "salts.url", "it keeps snapshots")
    house.salts.error = ConfigurationError(problem)
    with pytest.raises(ConfigurationError):
        house.keeper.start()
    assert house.keeper._thread is None


def test_later_a_wrong_configuration_is_only_said(house, said):
    """A server that runs is not stopped by a file that was changed under it."""
    house.keeper.start()

    def changed():
        raise ConfigurationError(Problem("PK050", "FR.toml", "", "not TOML"))

    house.keeper.chores["policies"] = changed
    house.tick()
    house.keeper.stop(5)
    assert said() == ["privacykit: policies failed (PK050 FR.toml: not TOML); trying again"]


def test_the_thread_ticks_by_itself_at_midnight(house):
    """A few milliseconds after the day's end the salt of the next is in use."""
    house.now = NOON + 12 * HOUR - 0.05
    house.keeper.start()
    house.now = NOON + 12 * HOUR
    while house.site_day.salt is None or house.site_day.day != date(2026, 11, 22):
        time.sleep(0.001)  # for as long as the test may take: a busy machine is no fault
    house.keeper.stop(5)
    assert house.site_day.salt is not None
