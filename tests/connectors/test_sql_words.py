"""SQL text is read word by word, not by pattern."""

import pytest

from privacykit.connectors.sql.catalogue.words import (
    after_where,
    checks_in,
    expressions_of,
    lowered_in,
    names_in,
)
from privacykit.govern.datamap.schema import Check


def test_conditions_are_found_whatever_stands_around_them():
    """Strings, comments, quoted names and parentheses inside do not mislead."""
    definition = (
        "create table t (a text default 'check (x)', -- check (y)\n"
        ' "check" text, /* check (z) */ b int check (b in (1, (2))),'
        " constraint c check (length(\"a\") > 1 and a <> ')'), check"
    )
    assert checks_in(definition, ["a", "b", "check"]) == [
        Check(("b",), "b in (1, (2))"),
        Check(("a",), "length(\"a\") > 1 and a <> ')'", "c"),
    ]


def test_a_condition_that_does_not_end_is_none():
    """What cannot be read is left to the plan, which tries it."""
    assert checks_in("create table t (a int check (a > 1", ["a"]) == []


@pytest.mark.parametrize(
    ("expression", "column"),
    [
        ("lower(email)", "email"),
        ("lower((email)::text)", "email"),
        ('LOWER("email")', "email"),
        ("lower(a || b)", None),
        ("email", None),
    ],
)
def test_the_lower_case_of_a_column_is_known(expression, column):
    """An index on it serves a search regardless of case."""
    assert lowered_in(expression) == column


def test_the_parts_of_an_index_are_parted_at_its_own_commas():
    """A comma inside a call parts nothing."""
    definition = "create index i on t (a, coalesce(b, 'x,y'), lower(c)) where a is not null"
    assert expressions_of(definition) == ["a", "coalesce(b, 'x,y')", "lower(c)"]
    assert after_where(definition) == "where a is not null"


def test_a_definition_without_parentheses_has_no_parts():
    """As SQLite keeps none for the index of a constraint."""
    assert (expressions_of(""), after_where("")) == ([], "")


def test_names_are_read_regardless_of_case_and_quotes():
    """And never out of a string."""
    assert names_in("Length(`EMAIL`) > 2 or 'name' = ''", ["email", "name"]) == ("email",)


def test_an_index_whose_text_does_not_end_has_no_last_part():
    """What cannot be read to its end is not guessed."""
    assert expressions_of("create index i on t (a, lower(b") == ["a"]
