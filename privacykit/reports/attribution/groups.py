"""
Groups of conversions of which the models say the same, and the credit each gives. Pure.

Laws of this file:

- a conversion's credits sum to one conversion, and its money to its value, in every model;
- a group is the conversions to which every model that looks at no times gives the same credits, so
  that any difference of these models is of all of a group's people or of none;
- labels of fewer than k people are one, ``(other)``, before there are groups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from privacykit.reports.attribution.conversions import Conversion
from privacykit.reports.attribution.models import weights
from privacykit.reports.attribution.question import (
    NO_ANSWER,
    NO_TOUCH,
    OTHER,
)
from privacykit.reports.numbers import split_whole

UNIT: Final = 720_720_000_000
"""Into how many parts a conversion is split; a multiple of all numbers to 16, and of 5 of each."""

MOST_LABELS: Final = 50
"""Labels that a report tells apart; those of the fewest people of more are ``(other)``."""

REPORTED: Final = "self_reported"
BLENDED: Final = "blended"
DECAYING: Final = "time_decay"

Labels = Mapping[str, str]
"""What stands for each label."""
Credits = dict[tuple[str, str], tuple[int, int]]
"""By model and label: parts of a conversion, and money."""
Signature = tuple[tuple[str, str, int], ...]
"""What the models that look at no times say: model, label and credit."""


class ConversionGroup:
    """Conversions of which the models say the same."""

    def __init__(self) -> None:
        self.persons: set[int] = set()
        self.conversions = 0
        self.value = 0
        self.credits: Credits = {}

    def add(self, one: Conversion, given: Credits) -> None:
        """Add a conversion and what it gives."""
        self.persons.add(one.person)
        self.conversions += 1
        self.value += one.value
        _add(self.credits, given)

    def merge(self, other: ConversionGroup) -> None:
        """Add all of *other*."""
        self.persons |= other.persons
        self.conversions += other.conversions
        self.value += other.value
        _add(self.credits, other.credits)


class CreditReading:
    """
    How conversions are read.

    Args:
        models: Those that give credit.
        half_life: Of ``time_decay``, in microseconds.
        labels: What stands for the label of a touch.
        answers: What stands for what people reported; ``None`` if it is not asked.
    """

    def __init__(
        self, models: Sequence[str], half_life: int, labels: Labels, answers: Labels | None
    ) -> None:
        self._models, self._half_life = models, half_life
        self._labels, self._answers = labels, answers

    def groups(
        self, conversions: Iterable[Conversion]
    ) -> dict[tuple[int, Signature], ConversionGroup]:
        """Return the groups of *conversions*, by the segments they belong to."""
        found: dict[tuple[int, Signature], ConversionGroup] = defaultdict(ConversionGroup)
        for one in conversions:
            given = self.credits(one)
            found[one.segments, signature(given)].add(one, given)
        return dict(found)

    def credits(self, one: Conversion) -> Credits:
        """Return what *one* gives to each label, by each model."""
        names = [self._labels[touch.label] for touch in one.path]
        if len(set(names)) <= 1:
            name = names[0] if names else self._labels[NO_TOUCH]
            given = {(model, name): (UNIT, one.value) for model in self._models}
        else:
            given = {}
            for model in self._models:
                given.update(self._of_model(model, one, names))
        if self._answers is not None:
            said = self._answers[one.reported or NO_ANSWER]
            given[REPORTED, said] = (UNIT, one.value)
            given[BLENDED, self._blended(one, said)] = (UNIT, one.value)
        return given

    def _of_model(self, model: str, one: Conversion, names: Sequence[str]) -> Credits:
        parts = weights(model, one.path, self._half_life)
        if parts.count(0) == len(parts) - 1:
            return {(model, names[parts.index(1)]): (UNIT, one.value)}
        given: Credits = {}
        shares = zip(names, split_whole(UNIT, parts), split_whole(one.value, parts), strict=True)
        for name, credit, value in shares:
            _add(given, {(model, name): (credit, value)})
        return given

    def _blended(self, one: Conversion, said: str) -> str:
        """Return the last label that is not direct, else what was said, else what was measured."""
        measured = [touch.label for touch in one.path if not touch.is_direct]
        if measured:
            return self._labels[measured[-1]]
        if one.reported:
            return said
        return self._labels[one.path[-1].label if one.path else NO_TOUCH]


def signature(given: Credits) -> Signature:
    """Return what the models that look at no times say, in an order that repeats."""
    return tuple(
        sorted((model, label, credit) for (model, label), (credit, _) in given.items()
               if model != DECAYING)
    )  # fmt: skip


def coarsened(people: Mapping[str, set[int]], k: int) -> dict[str, str]:
    """
    Return what stands for each label: itself, or ``(other)``.

    Args:
        people: Who has each label, as numbers.
        k: People that a label must have; ``(other)`` takes the next smallest until it has them.
    """
    # The smallest first; of equals the order of names decides, so that a report repeats.
    ordered = sorted(people, key=lambda label: (len(people[label]), label))
    beyond = max(len(ordered) - MOST_LABELS, 0)
    merged: set[str] = set()
    together: set[int] = set()
    for place, label in enumerate(ordered):
        small = len(people[label]) < k or place < beyond or label == OTHER
        if small or (merged and len(together) < k):
            merged.add(label)
            together |= people[label]
    return {label: OTHER if label in merged else label for label in ordered}


def _add(to: Credits, given: Credits) -> None:
    for key, (credit, value) in given.items():
        before = to.get(key, (0, 0))
        to[key] = (before[0] + credit, before[1] + value)
