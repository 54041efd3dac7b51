"""Conditions: what is not stated is not met."""

import pytest

from privacykit.policy.condition import Condition, Conditions


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        (Condition("p", equals=True), True, True),
        (Condition("p", equals=True), 1, False),
        (Condition("p", equals=True), "true", False),
        (Condition("p", equals=False), False, True),
        (Condition("p", equals=False), None, False),
        (Condition("p", equals="x"), "x", True),
        (Condition("p", at_most=13), 13, True),
        (Condition("p", at_most=13), 13.5, False),
        (Condition("p", at_most=13), True, False),
        (Condition("p", at_most=13), "13", False),
        (Condition("p", at_most=13), float("nan"), False),
        (Condition("p", at_least=2), 2, True),
        (Condition("p", at_least=2), 1, False),
        (Condition("p", at_least=2, at_most=3), 4, False),
    ],
)
def test_a_condition_compares_value_and_type(condition, value, holds):
    """Numbers that only look like booleans do not count, nor the other way round."""
    assert condition.holds({"p": value}) is holds


def test_an_absent_property_meets_nothing():
    """Not even a condition that it be false."""
    assert not Condition("p", equals=False).holds({})


def test_conditions_join_with_and_and_or():
    """All of one list, one of the other, and lists in lists."""
    a, b, c = (Condition(name, equals=True) for name in "abc")
    conditions = Conditions((a,), (b, Conditions((c,))))
    assert conditions.holds({"a": True, "c": True})
    assert not conditions.holds({"a": True})
    assert not conditions.holds({"b": True})
    assert conditions.names() == {"a", "b", "c"}
