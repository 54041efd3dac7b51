"""An adversary with all published figures of an attribution: no difference is of few people."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from privacykit.reports.attribution.conversions import Conversion
from privacykit.reports.attribution.figures import attributions
from privacykit.reports.attribution.groups import CreditReading, coarsened
from privacykit.reports.attribution.models import PathTouch
from privacykit.reports.attribution.question import MODELS
from privacykit.reports.periods import DAY
from tests.reports.attribution_reference import shares

K = 5
WEEK = 7 * DAY
CHANNELS = ("direct", "email", "search", "social")


def people(seed):
    """Return one conversion of each of many people, most of them by few paths."""
    chance = random.Random(seed)
    found = []
    for person in range(300):
        length = chance.choice([1, 1, 1, 2, 2, 3, 4])
        channels = chance.choices(CHANNELS, weights=(8, 4, 4, 1), k=length)
        times = sorted(chance.sample(range(30 * DAY), length))
        path = tuple(
            PathTouch(at, channel, channel == "direct")
            for at, channel in zip(times, channels, strict=True)
        )
        found.append(Conversion(person, chance.randrange(4), chance.randrange(1, 9999), path=path))
    return found


def coefficients(one):
    """Return what *one* adds to each published column, as the reference counts it."""
    touches = [(touch.at, touch.label) for touch in one.path]
    found = {}
    for model in MODELS:
        for (_, label), share in zip(
            touches, shares(model, touches, touches[-1][0], WEEK), strict=True
        ):
            found[model, label] = found.get((model, label), 0) + share
    return {key: share for key, share in found.items() if share}


def published(conversions, k):
    """Return the figures of everybody and two segments, and which conversions each is made of."""
    labels = coarsened(_who(conversions), k)
    reading = CreditReading(MODELS, WEEK, labels, None)
    figures = attributions(reading.groups(conversions), MODELS, 2, k)
    # The figures do not say which conversions they are of: the one way to make their sums.
    signatures = {one.person: key[1] for one in conversions for key in reading.groups([one])}
    return figures, signatures, labels


def _who(conversions):
    who = {}
    for one in conversions:
        for touch in one.path:
            who.setdefault(touch.label, set()).add(one.person)
    return who


def shown_people(conversions, signatures, k):
    """Return the conversions in the figures of everybody: those of groups of k, found anew."""
    size = {}
    for one in conversions:
        size[signatures[one.person]] = size.get(signatures[one.person], 0) + 1
    return [one for one in conversions if size[signatures[one.person]] >= k]


@pytest.mark.parametrize("seed", range(4))
def test_no_difference_of_two_columns_is_of_few_people(seed):
    """Of any two columns, the people on which they differ are none or at least k."""
    conversions = people(seed)
    _, signatures, labels = published(conversions, K)
    visible = shown_people(conversions, signatures, K)
    vectors = [_merged(coefficients(one), labels) for one in visible]
    columns = sorted({key for vector in vectors for key in vector})
    few = {}
    for one, other in combinations(columns, 2):
        differs = sum(vector.get(one, 0) != vector.get(other, 0) for vector in vectors)
        if 0 < differs < K:
            few[one, other] = differs
    assert (few, len(visible) > 0) == ({}, True)


def _merged(vector, labels):
    found = {}
    for (model, label), share in vector.items():
        found[model, labels[label]] = found.get((model, labels[label]), 0) + share
    return found


@pytest.mark.parametrize("seed", range(4))
def test_no_combination_of_columns_is_of_few_people(seed):
    """
    Whatever weights an adversary gives the columns, those whom they do not cancel are k or none.

    People on whom the columns agree are cancelled together: each set of them has k.
    """
    conversions = people(seed)
    _, signatures, labels = published(conversions, K)
    alike = {}
    for one in shown_people(conversions, signatures, K):
        vector = {
            key: share
            for key, share in _merged(coefficients(one), labels).items()
            if key[0] != "time_decay"
        }
        alike.setdefault(tuple(sorted(vector.items())), set()).add(one.person)
    assert min(len(who) for who in alike.values()) >= K


@pytest.mark.parametrize("seed", range(4))
def test_what_is_left_out_is_of_many(seed):
    """The number of all conversions less the shown ones is of k people, or none is left out."""
    conversions = people(seed)
    figures, _, _ = published(conversions, K)
    left = len(conversions) - figures[0].conversions
    assert left == figures[0].hidden_units
    assert left == 0 or left >= K


@pytest.mark.parametrize("seed", range(4))
def test_no_segment_differs_from_everybody_in_few_people(seed):
    """Nor does a segment from another, nor what two have in common."""
    conversions = people(seed)
    figures, signatures, _ = published(conversions, K)
    parts = {}
    for one in conversions:
        parts.setdefault((signatures[one.person], one.segments), set()).add(one.person)
    safe = {
        key
        for key, _ in parts
        if all(len(who) >= K for (other, _), who in parts.items() if other == key)
    }
    for bit in range(2):
        of_segment = [one for one in conversions if one.segments >> bit & 1]
        expected = sum(signatures[one.person] in safe for one in of_segment)
        assert (figures[1 + bit].conversions or 0) <= expected
