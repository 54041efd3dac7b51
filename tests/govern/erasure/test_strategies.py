"""What erasure writes into fields."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import InputError
from privacykit.govern.datamap.schema import Column
from privacykit.govern.erasure.strategies import constant, strategy_effect, weaken
from privacykit.govern.words import Effect
from privacykit.govern.words import ErasureStrategy as S

KEY = b"k" * 32
TEXT = Column("name", "text", length=40)


@pytest.mark.parametrize(
    ("value", "strategy", "column", "to", "expected"),
    [
        ("Anna", S.NULL, TEXT, None, None),
        ("Anna", S.DETACH, TEXT, None, None),
        ("Anna", S.MASK, TEXT, None, "[erased]"),
        ("Anna", S.MASK, TEXT, "gone", "gone"),
        ("Anna", S.MASK, Column("c", "text", length=3), None, "[er"),
        (17, S.MASK, Column("c", "int"), None, 0),
        (17, S.MASK, Column("c", "int"), -1, -1),
        ("Anna", S.TRUNCATE, TEXT, 1, "A"),
        ("Anna", S.KEEP, TEXT, None, "Anna"),
        (date(1990, 5, 17), S.GENERALISE, Column("c", "date"), "year", date(1990, 1, 1)),
        (date(1990, 5, 17), S.GENERALISE, Column("c", "date"), "day", date(1990, 5, 17)),
        ("1990-05-17", S.GENERALISE, TEXT, "month", "1990-05-01"),
        ("1990-05-17 10:11:12", S.GENERALISE, TEXT, "hour", "1990-05-17 10:00:00"),
        ("1990-05-17T10:11:12", S.GENERALISE, TEXT, "year", "1990-01-01T00:00:00"),
        (
            datetime(1990, 5, 17, 10, 11),  # noqa: DTZ001 - as a column without zone gives it
            S.GENERALISE,
            Column("c", "time"),
            "day",
            datetime(1990, 5, 17),  # noqa: DTZ001 - as a column without zone gives it
        ),
        (37, S.GENERALISE, Column("c", "int"), 10, 30),
        (-7, S.GENERALISE, Column("c", "int"), 10, -10),
        (Decimal("37.5"), S.GENERALISE, Column("c", "float"), 10, Decimal(30)),
        (None, S.HASH, TEXT, None, None),
    ],
)
def test_each_strategy_leaves_what_it_says(value, strategy, column, to, expected):
    """Value, strategy, parameter, result."""
    assert expected == weaken(value, strategy, column, to, key=KEY)


@pytest.mark.parametrize(
    ("value", "strategy", "column", "to", "why"),
    [
        (17, S.HASH, Column("c", "int"), None, "a token needs a text column"),
        (
            "Anna",
            S.HMAC,
            Column("c", "text", length=8),
            None,
            "the column is too short for a token",
        ),
        ("Anna", S.GENERALISE, TEXT, "year", "not a date or time"),
        (True, S.GENERALISE, Column("c", "bool"), 10, "a width needs a number"),
    ],
)
def test_a_strategy_that_does_not_fit_is_refused_without_the_value(
    value, strategy, column, to, why
):
    """Better an error than a value that stays."""
    with pytest.raises(InputError, match=f"^{why}$"):
        weaken(value, strategy, column, to, key=KEY)


def test_tokens_of_one_value_meet_except_random_ones():
    """Hash and hmac keep rows of a person linkable, random does not."""
    same = [weaken("Anna", S.HMAC, TEXT, key=KEY, row=row) for row in (b"1", b"2")]
    other = [weaken("Anna", S.RANDOM, TEXT, key=KEY, row=row) for row in (b"1", b"2")]
    assert (len(set(same)), len(set(other))) == (1, 2)


def test_a_token_can_look_like_an_address():
    """A suffix keeps an application's own checks content."""
    token = weaken("anna@example.org", S.HASH, TEXT, "@invalid", key=KEY)
    assert token.startswith("pk-")
    assert token.endswith("@invalid")
    assert len(token) <= TEXT.length


def test_a_value_that_can_be_linked_is_never_called_erased():
    """Hash, hmac, truncate and generalise are pseudonymised at best."""
    seen = {strategy: strategy_effect(strategy, Effect.ERASED) for strategy in S}
    assert {s for s, effect in seen.items() if effect is Effect.PSEUDONYMISED} == {
        S.HASH,
        S.HMAC,
        S.TRUNCATE,
        S.GENERALISE,
    }
    assert seen[S.KEEP] is Effect.NONE
    assert seen[S.SHRED] is Effect.UNREADABLE
    assert seen[S.DELETE] is Effect.ERASED


@given(
    value=st.text(max_size=60),
    strategy=st.sampled_from([S.NULL, S.MASK, S.HASH, S.HMAC, S.RANDOM, S.TRUNCATE]),
    to=st.integers(1, 9),
)
def test_twice_is_once_for_text(value, strategy, to):
    """What a crashed run did already is recognised and left alone."""
    once = weaken(value, strategy, TEXT, to, key=KEY, row=b"1")
    assert once == weaken(once, strategy, TEXT, to, key=KEY, row=b"1")


@given(value=st.datetimes(), to=st.sampled_from(["year", "month", "day", "hour"]))
def test_twice_is_once_for_times(value, to):
    """Coarser twice is coarser once."""
    column = Column("c", "time")
    once = weaken(value, S.GENERALISE, column, to)
    assert once == weaken(once, S.GENERALISE, column, to)


@given(value=st.integers(), to=st.integers(1, 1000))
def test_twice_is_once_for_numbers(value, to):
    """A bucket's lower end is in its own bucket."""
    column = Column("c", "int")
    once = weaken(value, S.GENERALISE, column, to)
    assert once == weaken(once, S.GENERALISE, column, to)


def test_a_mask_fits_its_column():
    """The type decides the mask."""
    kinds = ("text", "int", "float", "bool", "time", "date", "bytes", "json", "other")
    expected = [
        "[erased]",
        0,
        0.0,
        False,
        "1970-01-01 00:00:00",
        "1970-01-01",
        b"",
        None,
        "[erased]",
    ]
    assert expected == [constant(S.MASK, Column("c", kind), None) for kind in kinds]
