"""Conditions are read as people write them."""

import pytest

from privacykit.errors import InputError
from privacykit.govern.condition import parse_condition
from privacykit.govern.records import Condition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status = 'paid'", Condition("status", "=", "paid")),
        ('status="paid"', Condition("status", "=", "paid")),
        ("total >= 10.5", Condition("total", ">=", 10.5)),
        ("paid_at IS NOT  NULL", Condition("paid_at", "is not null")),
        ("paid_at is null", Condition("paid_at", "is null")),
        ("day < 2024-01-31", Condition("day", "<", "2024-01-31")),
        ("at < 2024-01-31T10:00:00Z", Condition("at", "<", "2024-01-31T10:00:00+00:00")),
        ("kind in ['a', 'b']", Condition("kind", "in", ["a", "b"])),
        ("open != true", Condition("open", "!=", True)),
    ],
)
def test_a_condition_is_column_operator_value(text, expected):
    """Each operator, with and without spaces."""
    assert expected == parse_condition(text)


@pytest.mark.parametrize(
    "text",
    ["", "paid_at", "= 3", "a = ", "a = anna", "a in 3", "a = [1]", "a = {b = 1}", "a = 1\nb = 2"],
)
def test_what_is_not_a_condition_is_refused_without_quoting_it(text):
    """The message says what is expected and never repeats what was written."""
    with pytest.raises(InputError) as error:
        parse_condition(text)
    assert "anna" not in str(error.value)
