"""Conditions: what is not stated is not met."""

import pytest

from privacykit.policy.condition import Conditions, PropertyCondition


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        (PropertyCondition("p", equals=True), True, True),
        (PropertyCondition("p", equals=True), 1, False),
        (PropertyCondition("p", equals=True), "true", False),
        (PropertyCondition("p", equals=False), False, True),
        (PropertyCondition("p", equals=False), None, False),
        (PropertyCondition("p", equals="x"), "x", True),
        (PropertyCondition("p", at_most=13), 13, True),
        (PropertyCondition("p", at_most=13), 13.5, False),
        (PropertyCondition("p", at_most=13), True, False),
        (PropertyCondition("p", at_most=13), "13", False),
        (PropertyCondition("p", at_most=13), float("nan"), False),
        (PropertyCondition("p", at_least=2), 2, True),
        (PropertyCondition("p", at_least=2), 1, False),
        (PropertyCondition("p", at_least=2, at_most=3), 4, False),
    ],
)
def test_a_condition_compares_value_and_type(condition, value, holds):
    """Numbers that only look like booleans do not count, nor the other way round."""
    assert condition.holds({"p": value}) is holds


def test_an_absent_property_meets_nothing():
    """Not even a condition that it be false."""
    assert not PropertyCondition("p", equals=False).holds({})


def test_conditions_join_with_and_and_or():
    """All of one list, one of the other, and lists in lists."""
    a, b, c = (PropertyCondition(name, equals=True) for name in "abc")
    conditions = Conditions((a,), (b, Conditions((c,))))
    assert conditions.holds({"a": True, "c": True})
    assert not conditions.holds({"a": True})
    assert not conditions.holds({"b": True})
    assert conditions.names() == {"a", "b", "c"}
