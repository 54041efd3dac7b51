"""What begins a clock: dates in every writing, and texts that only sort like one."""

from datetime import UTC, date, datetime

import pytest

from privacykit.connectors.files.conditions import meets
from privacykit.connectors.moments import period_of
from privacykit.govern.records import RowCondition

CUT = "2025-11-01T12:26:00+00:00"
OVER = [
    "2025-10-31", "2025-10", "2024", "2025-11-01 12:25:59", "2025-11-01T12:25:59Z", "20251031", "2025-11-01T13:26:00+02:00",
    "2020-01-01T99:99", "1761999900", "1761999900000", 1761999900, 1761999900000, 2024, 202510, 20251031, 2024.0,
    date(2025, 10, 31), datetime(2025, 11, 1, 12, 0, tzinfo=UTC), datetime(2025, 11, 1, 12, 0),  # noqa: DTZ001
]  # fmt: skip
NOT_OVER = [
    "2025-11-01", "2025-11", "2025", "2025-11-01T12:26:00Z", "1796127617", 1796127617000, 2025, 2026, 202511, 20261121,
    date(2025, 11, 1), "9999-12", "2025-11-01T11:26:01-01:00",
]  # fmt: skip
NO_DATE = [
    "", " ", "-", "n/a", "01.12.2026", "12/01/2026", " 2020-01-01", "+2020-01-01", "1 Dec 2020",
    "2020-13", "2020-00", "2020-02-31", "0000-00-00", "0", "-1", "2_20", True, None, 0, -1, 1.5, 7, 20261301, 202613,
    float("nan"), float("-inf"), b"2020-01-01", ["2020-01-01"],
]  # fmt: skip


def _before(value):
    return meets({"at": value}, [RowCondition("at", "<", CUT)])


@pytest.mark.parametrize("value", OVER, ids=str)
def test_a_date_is_over_with_its_end_in_whatever_writing(value):
    """Days, months and years count to their last second, moments by themselves."""
    assert _before(value)


@pytest.mark.parametrize("value", NOT_OVER, ids=str)
def test_what_may_not_be_over_stays(value):
    """A month is not over while one of its days is not."""
    assert not _before(value)


@pytest.mark.parametrize("value", NO_DATE, ids=repr)
def test_what_is_no_date_is_never_over(value):
    """However early a text sorts, nobody knows when its row is over."""
    assert period_of(value) is None
    assert not _before(value)


def test_a_month_begins_and_ends():
    """From its first second to the first one after it."""
    start, end = period_of("2026-02")
    assert (end - start) / 86_400 == 28
