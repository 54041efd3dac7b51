"""Tests of orders in memory."""

from __future__ import annotations

import pytest

from privacykit.collect.suppressed import NOBODY, Suppressed

ORDERS = Suppressed([("a", "", 5.0), ("a", "ads", 7.0), ("b", "ads", 6.0)])


@pytest.mark.parametrize(
    ("key", "purpose", "expected"),
    [
        ("a", "ads", 7.0),
        ("a", "analytics", 5.0),
        ("b", "ads", 6.0),
        ("b", "analytics", None),
        ("c", "ads", None),
        (None, "ads", None),
    ],
)
def test_the_later_of_two_orders_counts(key, purpose, expected):
    """One about everything, one about the purpose, or neither."""
    assert ORDERS.since(key, purpose) == expected


def test_without_orders_nobody_is_meant():
    """The state before the first look."""
    assert NOBODY.since("a", "ads") is None
