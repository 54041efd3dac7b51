"""An adversary with all published figures of an attribution: no difference is of few people."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations

import pytest

from privacykit.reports.attribution.conversions import Conversion
from privacykit.reports.attribution.figures import attributions
from privacykit.reports.attribution.groups import CreditReading, coarsened, signature
from privacykit.reports.attribution.models import PathTouch
from privacykit.reports.attribution.question import MODELS
from privacykit.reports.attribution.showing import count, shown_groups, shown_in_segments
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
    few = seed < 4
    for number in range((120, 300)[seed % 2] if few else 600):
        length = chance.choice([1, 1, 1, 2, 2, 3, 4] if few else [1, 2, 3, 4, 5, 6, 7])
        channels = chance.choices(CHANNELS, weights=(8, 4, 4, 1) if few else (5, 4, 0, 0), k=length)
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
    Somebody who knows every conversion, every figure and which groups are in them.

    Attributes:
        conversions: All of them.
        figures: What is published, of everybody and of two segments.
        vectors: What each conversion adds to each column, as the reference counts it.
        keys: The group of each conversion.
        shown: The groups in the figures of everybody.
        parts: The groups in the figures of each segment.
    """

    def __init__(self, conversions):
        self.conversions = conversions
        who = {}
        for one in conversions:
            for touch in one.path:
                who.setdefault(touch.label, set()).add(one.person)
        labels = coarsened(who, K)
        reading = CreditReading(MODELS, WEEK, labels, None)
        groups = reading.groups(conversions)
        self.figures = attributions(groups, MODELS, 2, K)
        self.vectors = [self._vector(one, labels) for one in conversions]
        self.keys = [signature(reading.credits(one)) for one in conversions]
        whole = {
            key: group for (_, key), group in reading.groups(map(_unsegmented, conversions)).items()
        }
        found = shown_groups(whole, K)
        self.shown = {key for key in whole if found.has(key)}
        cut = [(mask, key, count(group)) for (mask, key), group in groups.items()]
        self.parts = [set(one.cells) for one in shown_in_segments(found, whole, cut, 2, K)]

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

    def places(self, keys):
        """Return the conversions of the groups *keys*."""
        return [place for place, key in enumerate(self.keys) if key in keys]

    def large(self, keys):
        """Return those of *keys* whose groups have k people."""
        return {key for key in keys if len(self.people(self.places({key}))) >= K}

    def exact(self, keys):
        """Return the vector of each of *keys*, without the model that looks at times."""
        found = {}
        for place in self.places(keys):
            found[self.keys[place]] = {
                key: share for key, share in self.vectors[place].items() if key[0] != "time_decay"
            }
        return list(found.values())

    def added(self, place):
        """Return what a conversion adds to each column of everybody and of each segment."""
        found = {(None, *key): share for key, share in self.vectors[place].items()}
        for bit, keys in enumerate(self.parts):
            if self.keys[place] in keys and self.conversions[place].segments >> bit & 1:
                found |= {(bit, *key): share for key, share in self.vectors[place].items()}
        return found


def _unsegmented(one):
    return Conversion(one.person, 0, one.value, one.reported, one.path)


def rank(vectors):
    """Return the rank of *vectors*, exactly."""
    rows = {}
    for one in vectors:
        left = {key: Fraction(part) for key, part in one.items() if part}
        while left:
            pivot = min(left)
            if pivot not in rows:
                rows[pivot] = left
                break
            scale = left[pivot] / rows[pivot][pivot]
            for key, part in rows[pivot].items():
                left[key] = left.get(key, 0) - scale * part
            left = {key: part for key, part in left.items() if part}
    return len(rows)


@SEEDS
def test_the_figures_are_sums_of_the_shown_groups(seed):
    """The adversary knows what is in the figures: everybody's and each segment's add up."""
    adversary = Adversary(made(seed))
    sizes = [len(adversary.places(adversary.shown))]
    for bit, keys in enumerate(adversary.parts):
        sizes.append(
            sum(
                adversary.conversions[place].segments >> bit & 1 for place in adversary.places(keys)
            )
        )
    assert [one.conversions or 0 for one in adversary.figures] == sizes


@SEEDS
def test_no_difference_of_two_columns_is_of_few_people(seed):
    """Of any two columns, also of a segment and everybody, they differ on k people or none."""
    adversary = Adversary(made(seed))
    added = {place: adversary.added(place) for place in adversary.places(adversary.shown)}
    columns = sorted({key for one in added.values() for key in one}, key=repr)
    few = {}
    for one, other in combinations(columns, 2):
        differs = adversary.people(
            place for place, parts in added.items() if parts.get(one, 0) != parts.get(other, 0)
        )
        if 0 < len(differs) < K:
            few[one, other] = differs
    assert few == {}


@SEEDS
def test_no_sum_of_columns_is_of_few_people(seed):
    """Nor of any three, added and subtracted."""
    adversary = Adversary(made(seed))
    added = {place: adversary.added(place) for place in adversary.places(adversary.shown)}
    columns = sorted({key for one in added.values() for key in one}, key=repr)
    chance = random.Random(seed)
    for _ in range(400):
        signs = {column: chance.choice([-1, 1]) for column in chance.sample(columns, 3)}
        left = adversary.people(
            place
            for place, parts in added.items()
            if sum(sign * parts.get(column, 0) for column, sign in signs.items())
        )
        assert not 0 < len(left) < K


@SEEDS
def test_whatever_cancels_the_large_groups_cancels_the_small_ones(seed):
    """
    What small groups add is a combination of what large ones do, which are in no segment.

    So no weights of columns at all leave a small group and none of the large ones.
    """
    adversary = Adversary(made(seed))
    large = adversary.large(adversary.shown)
    small = adversary.shown - large
    outside = large.difference(*adversary.parts) if small else large
    spanned = adversary.exact(outside)
    assert rank([*spanned, *adversary.exact(adversary.shown)]) == rank(spanned) or not small


def test_small_groups_are_shown_that_large_ones_cover():
    """Where there are many of them: else long paths would be in no figure."""
    adversary = Adversary(made(4))
    assert len(adversary.shown) > len(adversary.large(adversary.shown)) > 0


@SEEDS
def test_what_is_left_out_is_of_many_or_nothing(seed):
    """All conversions less those that are shown are of k people, who may have made several."""
    adversary = Adversary(made(seed))
    figures = adversary.figures[0]
    left = adversary.people(
        set(range(len(adversary.conversions))) - set(adversary.places(adversary.shown))
    )
    assert figures.hidden_units == len(adversary.conversions) - (figures.conversions or 0)
    assert not left or len(left) >= K


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
def test_segments_have_parts_of_k_people(seed):
    """Of a group in a segment, every part that the segments cut has k people."""
    adversary = Adversary(made(seed))
    for keys in adversary.parts:
        for key in keys:
            cut = {}
            for place in adversary.places({key}):
                cut.setdefault(adversary.conversions[place].segments, set()).add(place)
            assert min(len(adversary.people(places)) for places in cut.values()) >= K


@SEEDS
def test_everybody_s_figures_do_not_depend_on_segments(seed):
    """The same report with other segments shows the same of everybody: nothing to subtract."""
    conversions = made(seed)
    reading = CreditReading(MODELS, WEEK, {one: one for one in CHANNELS}, None)
    with_segments = attributions(reading.groups(conversions), MODELS, 2, K)[0]
    without = attributions(reading.groups(map(_unsegmented, conversions)), MODELS, 0, K)[0]
    assert with_segments == without
