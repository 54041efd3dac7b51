"""Models of attribution: the published example to the cent, and sums that hold for every path."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import InputError
from privacykit.reports.attribution.conversions import Conversion
from privacykit.reports.attribution.figures import attributions
from privacykit.reports.attribution.groups import UNIT, CreditReading, coarsened
from privacykit.reports.attribution.models import PathTouch, weights
from privacykit.reports.attribution.question import MODELS, AttributionQuestion
from privacykit.reports.conditions import read_step
from privacykit.reports.numbers import money, split, split_whole
from privacykit.reports.periods import DAY

WEEK = 7 * DAY
LABELS = ("direct", "email", "search", "(none)")
SAME = {label: label for label in LABELS}
EXAMPLE = (
    PathTouch(2 * DAY, "search"),
    PathTouch(9 * DAY, "email"),
    PathTouch(16 * DAY, "direct", is_direct=True),
)
touch = st.builds(
    lambda at, label: PathTouch(at, label, label == "direct"),
    st.integers(0, 90 * DAY),
    st.sampled_from(LABELS[:3]),
)
path = st.lists(touch, max_size=20).map(lambda found: tuple(sorted(found, key=lambda one: one.at)))
conversion = st.builds(
    Conversion,
    person=st.integers(0, 30),
    segments=st.integers(0, 3),
    value=st.integers(-(10**6), 10**9),
    path=path,
)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", {"search": 7000}),
        ("last", {"direct": 7000}),
        ("last_non_direct", {"email": 7000}),
        ("linear", {"search": 2334, "email": 2333, "direct": 2333}),
        ("position", {"search": 2800, "email": 1400, "direct": 2800}),
        ("time_decay", {"search": 1000, "email": 2000, "direct": 4000}),
    ],
)
def test_the_example_of_the_documentation_holds_to_the_cent(model, expected):
    """Three touches a week apart share 7,000 as the documentation says."""
    given_ = CreditReading((model,), WEEK, SAME, None).credits(
        Conversion(1, value=7000, path=EXAMPLE)
    )
    assert {label: value for (_, label), (_, value) in given_.items()} == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("linear", {"email": 3500, "direct": 3500}),
        ("position", {"email": 3500, "direct": 3500}),
        ("time_decay", {"email": 2333, "direct": 4667}),
    ],
)
def test_the_example_with_a_shorter_look_back(model, expected):
    """Without the first touch the other two share the 7,000."""
    found = CreditReading((model,), WEEK, SAME, None).credits(
        Conversion(1, value=7000, path=EXAMPLE[1:])
    )
    assert {label: value for (_, label), (_, value) in found.items()} == expected


@given(path.filter(len), st.sampled_from(MODELS), st.integers(1, 365))
def test_every_path_has_weights(found, model, days):
    """One for each touch; none is negative, and not all are nought."""
    parts = weights(model, found, days * DAY)
    assert (len(parts), min(parts) >= 0, max(parts) > 0) == (len(found), True, True)


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_whole_weights_split_as_fractions_do(amount, parts):
    """The fast way of splitting is the plain one."""
    exact = [Fraction(part, sum(parts)) for part in parts]
    assert split_whole(amount, parts) == split(amount, exact)


@pytest.mark.parametrize("text", ["", "a lot", "NaN", "Infinity", "1.000", "1e19", "1e999999999"])
def test_what_is_no_amount_of_two_decimals_is_refused(text):
    """Also what would be, with zeros that say how it is meant."""
    with pytest.raises(ValueError, match=r"decimals|amount"):
        money(text, 2)


@given(path.filter(len), st.integers(1, 365))
def test_a_later_touch_never_decays_more(found, days):
    """In time_decay no touch has less than one before it."""
    parts = weights("time_decay", found, days * DAY)
    assert list(parts) == sorted(parts)


@given(conversion)
def test_a_conversion_gives_itself_and_its_money_whole(one):
    """In every model the credits are one conversion, and the money is its value."""
    found = CreditReading(MODELS, WEEK, SAME, None).credits(one)
    sums = {
        model: tuple(
            sum(given_[part] for (name, _), given_ in found.items() if name == model)
            for part in (0, 1)
        )
        for model in MODELS
    }
    assert sums == dict.fromkeys(MODELS, (UNIT, one.value))


@given(st.lists(conversion, max_size=40), st.integers(1, 4))
def test_the_columns_sum_to_what_is_shown(found, k):
    """Of everybody and of each segment, all models have the same conversions and money."""
    groups = CreditReading(MODELS, WEEK, SAME, None).groups(found)
    for part in attributions(groups, MODELS, 2, k):
        for model in MODELS:
            told = part.models[model].values()
            assert sum(one.hundredths or 0 for one in told) == 100 * (part.conversions or 0)
            assert sum(one.value or 0 for one in told) == (part.value or 0)


@given(st.dictionaries(st.text(max_size=3), st.sets(st.integers(0, 20)), max_size=8))
def test_labels_of_few_people_are_one_of_many(people):
    """Each label has k people, unless all people together are fewer."""
    k = 5
    stands = coarsened(people, k)
    after = {}
    for label, who in people.items():
        after.setdefault(stands[label], set()).update(who)
    everybody = set().union(*people.values())
    assert all(len(who) >= min(k, len(everybody)) for who in after.values())


def test_a_look_back_that_is_not_offered_is_refused():
    """Only the look-backs that reports have in common can be compared."""
    with pytest.raises(InputError, match="1, 7, 30, 90"):
        AttributionQuestion("order", read_step("order"), 14)


@pytest.mark.parametrize("days", [0, 366])
def test_a_half_life_that_is_not_offered_is_refused(days):
    """It is at least a day and at most a year."""
    with pytest.raises(InputError, match="half-life is 1 to 365"):
        AttributionQuestion("order", read_step("order"), half_life_days=days)


@pytest.mark.parametrize(
    ("reported", "found", "expected"),
    [
        ("fair", EXAMPLE, "email"),
        ("fair", EXAMPLE[2:], "fair"),
        (None, EXAMPLE[2:], "direct"),
        (None, (), "(none)"),
    ],
)
def test_blended_is_the_measured_channel_where_there_is_one(reported, found, expected):
    """Else what the person said, else what was measured, which is nothing much."""
    answers = {"fair": "fair", "(no answer)": "(no answer)"}
    reading = CreditReading((), WEEK, SAME, answers)
    given_ = reading.credits(Conversion(1, reported=reported, path=found))
    assert [label for model, label in given_ if model == "blended"] == [expected]
