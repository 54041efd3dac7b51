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
SEEDS = pytest.mark.parametrize("seed", range(6))


def made(seed):
    """Return conversions of many people, by few paths and by rare ones; some convert often."""
    chance = random.Random(seed)
    found = []
    for number in range(300):
        length = chance.choice([1, 1, 1, 2, 2, 3, 4])
        channels = chance.choices(CHANNELS, weights=(8, 4, 4, 1), k=length)
        times = sorted(chance.sample(range(30 * DAY), length))
        path = tuple(
            PathTouch(at, channel, channel == "direct")
            for at, channel in zip(times, channels, strict=True)
        )
        person = number if number % 3 else chance.randrange(6)
        found.append(Conversion(person, chance.randrange(4), chance.randrange(1, 9999), path=path))
    return found


class Adversary:
    """
    Somebody who knows every conversion and every figure, and so which groups are in them.

    Attributes:
        figures: What is published, of everybody and of two segments.
        vectors: What each conversion adds to each column, as the reference counts it.
        alike: The conversions that no model without times tells apart, as places.
    """

    def __init__(self, conversions):
        self.conversions = conversions
        who = {}
        for one in conversions:
            for touch in one.path:
                who.setdefault(touch.label, set()).add(one.person)
        labels = coarsened(who, K)
        groups = CreditReading(MODELS, WEEK, labels, None).groups(conversions)
        self.figures = attributions(groups, MODELS, 2, K)
        self.vectors = [self._vector(one, labels) for one in conversions]
        self.alike = {}
        for place, vector in enumerate(self.vectors):
            told = {key: share for key, share in vector.items() if key[0] != "time_decay"}
            self.alike.setdefault(tuple(sorted(told.items())), []).append(place)

    def _vector(self, one, labels):
        touches = [(touch.at, touch.label) for touch in one.path]
        found = {}
        for model in MODELS:
            weights = shares(model, touches, touches[-1][0], WEEK)
            for (_, label), share in zip(touches, weights, strict=True):
                key = model, labels[label]
                found[key] = found.get(key, 0) + share
        return {key: share for key, share in found.items() if share}

    def people(self, places):
        """Return who made the conversions at *places*."""
        return {self.conversions[place].person for place in places}

    def visible(self):
        """Return the groups that make up the figures: those of k people, without the least."""
        large = [places for places in self.alike.values() if len(self.people(places)) >= K]
        shown = self.figures[0].conversions
        # Besides the small groups at most some of the smallest are left out.
        large.sort(key=lambda places: len(self.people(places)))
        while sum(map(len, large)) > shown:
            large.pop(0)
        return large


@SEEDS
def test_the_figures_are_sums_of_whole_groups(seed):
    """Groups are either in all columns or in none: so many conversions are shown."""
    adversary = Adversary(made(seed))
    sizes = [len(places) for places in adversary.visible()]
    large = [p for p in adversary.alike.values() if len(adversary.people(p)) >= K]
    assert adversary.figures[0].conversions in _sums([len(places) for places in large])
    assert 0 < sum(sizes) <= adversary.figures[0].conversions


def _sums(sizes):
    found = {0}
    for size in sizes:
        found |= {one + size for one in found}
    return found


@SEEDS
def test_no_difference_of_two_columns_is_of_few_people(seed):
    """Of any two columns, the people on whom they differ are none or at least k."""
    adversary = Adversary(made(seed))
    places = [place for group in adversary.visible() for place in group]
    columns = sorted({key for place in places for key in adversary.vectors[place]})
    few = {}
    for one, other in combinations(columns, 2):
        differs = adversary.people(
            place
            for place in places
            if adversary.vectors[place].get(one, 0) != adversary.vectors[place].get(other, 0)
        )
        if 0 < len(differs) < K:
            few[one, other] = differs
    assert few == {}


@SEEDS
def test_no_weights_of_columns_leave_few_people(seed):
    """
    Whatever weights an adversary gives the columns, those whom they do not cancel are k or none.

    Conversions with the same column entries are cancelled together, and are of k people.
    """
    adversary = Adversary(made(seed))
    assert min(len(adversary.people(places)) for places in adversary.visible()) >= K


@SEEDS
def test_what_is_left_out_is_of_many(seed):
    """All conversions less those that are shown are of k people, who may have made several."""
    conversions = made(seed)
    adversary = Adversary(conversions)
    figures = adversary.figures[0]
    shown = {place for group in adversary.visible() for place in group}
    left = adversary.people(set(range(len(conversions))) - shown)
    assert figures.hidden_units == len(conversions) - figures.conversions
    assert len(left) >= K


def test_a_few_people_of_several_rare_paths_are_still_few():
    """Three people by two paths each are not six: a larger group is left out with them."""
    search, email = PathTouch(1, "search"), PathTouch(2, "email")
    back = PathTouch(3, "search")
    conversions = [
        *(Conversion(person, path=(search,)) for person in range(20)),
        *(Conversion(person, path=(email,)) for person in range(20, 50)),
        *(Conversion(person, path=(search, email)) for person in range(50, 53)),
        *(Conversion(person, path=(email, back)) for person in range(50, 53)),
    ]
    figures = Adversary(conversions).figures[0]
    assert (figures.conversions, figures.hidden_units) == (30, 26)


@SEEDS
def test_no_segment_has_few_of_a_group(seed):
    """A group of which a segment, or both or none, has few people is in no segment."""
    adversary = Adversary(made(seed))
    safe = []
    for places in adversary.visible():
        parts = {}
        for place in places:
            parts.setdefault(adversary.conversions[place].segments, set()).add(place)
        if all(len(adversary.people(part)) >= K for part in parts.values()):
            safe += places
    for bit in range(2):
        most = sum(adversary.conversions[place].segments >> bit & 1 for place in safe)
        assert 0 < (adversary.figures[1 + bit].conversions or 0) <= most
