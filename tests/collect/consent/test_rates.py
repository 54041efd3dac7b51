"""Rates of consent: no group is told that could point at somebody, not even by subtraction."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.collect.consent.rates import DIMENSIONS, REST, Choices, Group, rates

_COUNT = st.integers(0, 40)
_CHOICES = st.tuples(_COUNT, _COUNT, _COUNT, _COUNT).map(
    lambda n: Choices(n[0] + n[1] + n[2], n[0], n[1], n[2], min(n[3], n[0] + n[1]))
)
_KEYS = st.tuples(*(st.sampled_from(["", "a", "b", "c", "d"]) for _ in DIMENSIONS))
_GROUPS = st.lists(st.builds(Group, _KEYS, _CHOICES), max_size=12)


@settings(max_examples=40)
@given(_GROUPS, st.integers(2, 50))
def test_no_small_group_is_told(groups, threshold):
    """Neither one that is named, nor the rest, nor the whole."""
    found = rates(groups, threshold)
    told = [choices for named in found.by.values() for choices in named.values()]
    whole = [found.whole] if found.whole else []
    assert [it for it in told + whole if it.total < threshold] == []


@settings(max_examples=40)
@given(_GROUPS, st.integers(2, 50))
def test_nothing_is_lost_or_made_up(groups, threshold):
    """The groups of each dimension add up to the whole."""
    found = rates(groups, threshold)
    if found.whole is None:
        assert sum(group.choices.total for group in groups) < threshold
        return
    assert set(found.by) == set(DIMENSIONS)
    for named in found.by.values():
        assert sum(named.values(), Choices()) == found.whole


def test_the_smallest_told_group_hides_a_lone_one():
    """12 of the whole 33 less 20 would tell the 1."""
    groups = [
        Group(("shop", place, "en", "1", "page"), Choices(number, number))
        for place, number in (("DE", 20), ("FR", 12), ("IS", 1))
    ]
    found = rates(groups, 10)
    assert found.by["place"] == {"DE": Choices(20, 20), REST: Choices(13, 13)}


def test_shares_are_whole_percent():
    """Of those who withdrew, among those who had allowed something."""
    choices = Choices(total=30, everything=10, some=5, refused=15, withdrawn=5)
    shares = [choices.percent(name) for name in ("everything", "some", "refused", "withdrawn")]
    assert shares == [33, 17, 50, 33]
    assert Choices().percent("refused") == 0
