"""Tests of the keeper: days change at midnight, salts die there, failures are said once."""

from __future__ import annotations

import logging
import time
from threading import Thread

import pytest

from privacykit.collect.counters import Counters
from privacykit.collect.site import PageRule, Site
from privacykit.errors import StoreError
from privacykit.policy.audience import Audience
from privacykit.runtime.days import day_of
from privacykit.runtime.refresher import RuntimeRefresher, once
from privacykit.stores.salts.memory import MemorySaltStore

NOON = 1_763_722_800.0  # 2025-11-21 12:00 in Berlin
SITE = Site("shop", ("shop.example",), "Europe/Berlin", Audience(), (), PageRule(None))


class FakeSiteDay:
    """Stands for a site_day: what the keeper looks at."""

    def __init__(self, site, day, until, salt) -> None:
        self.site, self.day, self.until, self.salt = site, day, until, salt

    def prepare(self):
        """Nothing is to be answered ahead."""
        return iter(())


class Clock:
    """A clock that tests set."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Failing(MemorySaltStore):
    """A salt store that can be down."""

    down = False

    def get_or_create(self, *arguments, **named):
        if self.down:
            raise StoreError("the store is down")
        return super().get_or_create(*arguments, **named)


def _keeper(clock, salts=None) -> RuntimeRefresher:
    numbers = iter(range(1, 255))
    keeper = RuntimeRefresher(
        {"shop": SITE},
        FakeSiteDay,
        salts or MemorySaltStore(),
        clock=clock,
        random=lambda n: bytes([next(numbers)]) * (n - 1) + b"\0",
        counters=Counters(),
    )
    keeper.open()
    return keeper


def test_a_day_begins_without_a_salt_until_the_store_answered():
    """Before the first tick there are no ids, rather than unsalted ones."""
    keeper = _keeper(Clock())
    assert keeper.site_days["shop"].salt is None
    keeper.tick()
    assert keeper.site_days["shop"].salt is not None


def test_the_next_salt_is_fetched_an_hour_early_and_used_at_midnight():
    """At midnight the prepared site_day takes over; the old salt is not used a moment longer."""
    clock = Clock()
    keeper = _keeper(clock)
    keeper.tick()
    today = keeper.site_days["shop"]
    clock.now = today.until - 1800
    keeper.tick()
    assert keeper.site_days["shop"] is today
    tomorrow = keeper.renew("shop", today.until)
    assert tomorrow.day == day_of("Europe/Berlin", today.until)[0]
    assert tomorrow.salt.day == tomorrow.day.isoformat()


def test_a_late_keeper_gives_no_ids_rather_than_old_ones():
    """When nothing was prepared the new day starts without a salt."""
    clock = Clock()
    keeper = _keeper(clock)
    keeper.tick()
    clock.now = keeper.site_days["shop"].until
    assert keeper.renew("shop", clock.now).salt is None


def test_a_clock_that_jumps_back_changes_nothing():
    """A day that has begun is not begun again."""
    clock = Clock()
    keeper = _keeper(clock)
    keeper.tick()
    site_day = keeper.site_days["shop"]
    clock.now -= 7200
    keeper.tick()
    assert keeper.renew("shop", clock.now) is site_day


def test_dead_salts_are_destroyed_at_the_tick_after_midnight():
    """P3: the salt that died at midnight is gone from the store right after."""
    clock = Clock()
    salts = MemorySaltStore()
    keeper = _keeper(clock, salts)
    keeper.tick()
    clock.now = keeper.site_days["shop"].until + 1
    keeper.tick()
    assert salts.audit(clock.now).overdue == 0
    assert {row.day for row in salts.rows() if row.site == "shop"} == {
        keeper.site_days["shop"].day.isoformat()
    }


def test_the_hours_salt_changes_by_the_hour():
    """Rate-limit keys of one hour say nothing about the next."""
    clock = Clock()
    keeper = _keeper(clock)
    keeper.tick()
    first = keeper.hour_salt
    keeper.tick()
    assert keeper.hour_salt == first
    clock.now += 3600
    keeper.tick()
    assert keeper.hour_salt != first


def test_a_store_that_is_down_is_said_once_and_tried_again(caplog):
    """P9: one log line when it fails, one when it works again, a count each time."""
    salts = Failing()
    salts.down = True
    keeper = _keeper(Clock(), salts)
    with caplog.at_level(logging.WARNING, "privacykit"):
        keeper.tick()
        keeper.tick()
        salts.down = False
        keeper.tick()
    said = [record.getMessage() for record in caplog.records if "day" in record.getMessage()]
    assert said == [
        "privacykit: day of shop failed (the store is down); trying again",
        "privacykit: day of shop works again",
    ]
    assert keeper._counters.of("error", "day") == 2
    assert keeper.site_days["shop"].salt is not None


def test_policies_that_change_rebuild_the_lanes_with_their_salts():
    """A reload of the law changes no visitor's id."""
    keeper = _keeper(Clock())
    keeper.tick()
    before = keeper.site_days["shop"]
    keeper.rebuild()
    assert keeper.site_days["shop"] is not before
    assert keeper.site_days["shop"].salt is before.salt


def test_once_is_done_until_it_works():
    """A preparation that failed is tried again, and one that worked is not."""
    calls = []

    def prepare():
        calls.append(1)
        if len(calls) == 1:
            raise StoreError("down")

    chore = once(prepare)
    with pytest.raises(StoreError):
        chore()
    chore()
    chore()
    assert len(calls) == 2


def test_the_thread_starts_and_stops():
    """Start does the first tick before it returns; stop ends the thread."""
    keeper = _keeper(Clock())
    keeper.start()
    assert keeper.site_days["shop"].salt is not None
    keeper.stop(5)
    assert keeper._thread is None


@pytest.mark.parametrize("kind", ["chores", "reports"])
def test_one_thread_ticks_at_a_time(kind):
    """Whoever asks while another thread is at it waits: nothing is done or said twice at once."""
    keeper, at_it, most = _keeper(Clock()), [], []

    def slow():
        at_it.append(1)
        time.sleep(0.01)
        most.append(len(at_it))
        at_it.pop()

    getattr(keeper, kind)["slow"] = slow
    threads = [Thread(target=keeper.tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]
