"""Months, by which events are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.stores.events.periods import Period, periods_from

MOMENTS = st.integers(0, 4_000_000_000)


@given(MOMENTS)
def test_a_moment_lies_in_its_period(moment):
    """A period holds the moments it is the period of."""
    period = Period.of(moment)
    assert period.start <= moment < period.end


@given(MOMENTS)
def test_periods_follow_each_other_without_gap(moment):
    """The end of one is the start of the next."""
    period = Period.of(moment)
    assert Period.of(period.end) == period.next


@given(MOMENTS)
def test_a_name_is_read_back(moment):
    """What a period is called leads back to it."""
    period = Period.of(moment)
    assert Period.named(period.name) == period


@pytest.mark.parametrize("name", ["", "held", "2027_13", "2027_1", "2027_001", "x2027_01"])
def test_other_names_are_no_period(name):
    """Nothing but four digits, an underscore and a month is read."""
    assert Period.named(name) is None


def test_periods_ahead_include_the_present_one():
    """From December the next is January of the following year."""
    names = [period.name for period in periods_from(1_797_000_000, 2)]
    assert names == ["2026_12", "2027_01", "2027_02"]
