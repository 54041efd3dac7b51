"""Conditions are read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import InputError
from privacykit.govern.datamap.condition import column_words, parse_condition
from privacykit.govern.records import RowCondition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status = 'paid'", RowCondition("status", "=", "paid")),
        ('status="paid"', RowCondition("status", "=", "paid")),
        ("total >= 10.5", RowCondition("total", ">=", 10.5)),
        ("paid_at IS NOT  NULL", RowCondition("paid_at", "is not null")),
        ("paid_at is null", RowCondition("paid_at", "is null")),
        ("day < 2024-01-31", RowCondition("day", "<", "2024-01-31")),
        ("at < 2024-01-31T10:00:00Z", RowCondition("at", "<", "2024-01-31T10:00:00+00:00")),
        ("kind in ['a', 'b']", RowCondition("kind", "in", ["a", "b"])),
        ("open != true", RowCondition("open", "!=", True)),
        ('"paid at" is null', RowCondition("paid at", "is null")),
        ('"a""b"="x"', RowCondition('a"b', "=", "x")),
        ("größe > 3", RowCondition("größe", ">", 3)),
    ],
)
def test_a_condition_is_column_operator_value(text, expected):
    """Each operator, with and without spaces."""
    assert expected == parse_condition(text)


@given(st.text(min_size=1))
def test_any_column_can_be_named(column):
    """In the words in which holds are listed."""
    assert parse_condition(f"{column_words(column)} = 1") == RowCondition(column, "=", 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a condition reads: column, operator, value"),
        ("paid_at", "a condition reads: column, operator, value"),
        ("= 3", "a condition reads: column, operator, value"),
        ("a = ", "the value of a condition is written as in TOML: 'text', 3, true"),
        ("a = anna", "the value of a condition is written as in TOML: 'text', 3, true"),
        ("a in 3", "'in' takes a list, the other comparisons one value"),
        ("a = [1]", "'in' takes a list, the other comparisons one value"),
        ("a = {b = 1}", "the value of a condition is one value or a list of values"),
        ("a = 1\nb = 2", "the value of a condition is one value or a list of values"),
    ],
)
def test_what_is_not_a_condition_is_refused_without_quoting_it(text, why):
    """The message says what is expected and never repeats what was written."""
    with pytest.raises(InputError) as error:
        parse_condition(text)
    assert str(error.value) == why
