"""The rules that all salt stores share."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from privacykit.errors import ConfigurationError, StoreError
from privacykit.pseudonym.salts import local_day
from privacykit.stores.salts.open import open_salts, workers_of
from privacykit.stores.salts.rules import check_salt


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu"]
)
@pytest.mark.parametrize("moment", ["2026-03-29T01:30", "2026-10-25T02:30", "2026-07-01T23:59:59"])
def test_every_local_day_is_accepted(zone, moment):
    """Days of 23, 24 and 25 hours, at every distance from UTC."""
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp()
    day = local_day(now, ZoneInfo(zone))

    check_salt(day.date, bytes(32), day.until, now)
    with pytest.raises(StoreError, match=r"PK14[12]"):
        check_salt(day.date, bytes(32), day.until + 31 * 3600, now)  # in no zone of the world


def test_a_salt_may_be_fetched_an_hour_early():
    """The next day's salt is there before it is needed."""
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 24, 23, tzinfo=berlin).timestamp()
    following = local_day(now + 3600, berlin)

    check_salt(following.date, bytes(32), following.until, now)
    with pytest.raises(StoreError, match="PK141"):
        check_salt(following.date, bytes(32), following.until, now - 26 * 3600)


def test_a_salt_for_the_day_after_tomorrow_is_refused():
    """What lies that far ahead comes of a wrong clock."""
    with pytest.raises(StoreError, match="PK141"):
        check_salt("2026-10-16", bytes(32), 1_792_195_200 + 3600, 1_792_195_200 - 50 * 3600)


@pytest.mark.parametrize(
    ("environ", "workers"),
    [
        ({}, 1),
        ({"WEB_CONCURRENCY": "4"}, 4),
        ({"WEB_CONCURRENCY": "2", "GRANIAN_WORKERS": "3"}, 3),
        ({"WEB_CONCURRENCY": "auto"}, 1),
    ],
)
def test_the_number_of_workers_is_read_from_the_environment(environ, workers):
    """Servers announce it there."""
    assert workers_of(environ) == workers


def test_memory_refuses_to_serve_several_processes():
    """Each would give a visitor another id."""
    with pytest.raises(ConfigurationError, match="PK144"):
        open_salts("memory://", workers=2)


def test_memory_is_not_carried_into_another_process(monkeypatch):
    """A store made before a fork would go on differently in each child."""
    store = open_salts("memory://")
    monkeypatch.setattr("privacykit.stores.salts.memory.os.getpid", lambda: -1)

    with pytest.raises(StoreError, match="PK145"):
        store.prepare()


@pytest.mark.parametrize("day", ["2026-10-18", "2026-13-16", "today"])
def test_a_salt_whose_end_is_not_that_of_its_day_is_refused(day):
    """It would outlive its day, or leave a day without an id."""
    now = datetime(2026, 10, 16, 12, tzinfo=ZoneInfo("UTC")).timestamp()
    with pytest.raises(StoreError, match="PK142"):
        check_salt(day, bytes(32), now + 12 * 3600, now)
