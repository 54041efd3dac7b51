"""Durations follow the calendar."""

from datetime import UTC, datetime

import pytest

from privacykit.errors import InputError
from privacykit.govern.datamap.duration import Duration, parse_duration


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 days", Duration(days=30)),
        ("1 day", Duration(days=1)),
        ("2 weeks", Duration(days=14)),
        ("36 months", Duration(months=36)),
        ("10 years", Duration(months=120)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text, expected):
    """Each unit, singular and plural."""
    assert expected == parse_duration(text)


@pytest.mark.parametrize("text", ["", "0 days", "forever", "-3 days", "3", "1.5 years"])
def test_what_is_no_duration_is_refused(text):
    """Nothing is guessed: forever is not a retention rule."""
    with pytest.raises(
        InputError, match="a duration reads like '30 days', '36 months' or '10 years'"
    ):
        parse_duration(text)


@pytest.mark.parametrize(
    ("duration", "now", "expected"),
    [
        ("1 month", "2026-03-31", "2026-02-28"),
        ("12 months", "2024-02-29", "2023-02-28"),
        ("1 day", "2026-01-01", "2025-12-31"),
        ("10 years", "2026-11-21", "2016-11-21"),
    ],
)
def test_before_counts_calendar_months(duration, now, expected):
    """A month before the 31st is the last day of the month before."""
    assert _at(expected) == parse_duration(duration).before(_at(now))


def test_after_counts_forward():
    """A month after the 31st of January is the last of February."""
    assert _at("2026-02-28") == parse_duration("1 month").after(_at("2026-01-31"))


@pytest.mark.parametrize("text", ["1 day", "30 days", "1 month", "36 months", "1 year"])
def test_a_duration_prints_as_it_reads(text):
    """Except that 12 months are a year."""
    expected = "3 years" if text == "36 months" else text
    assert expected == str(parse_duration(text))
