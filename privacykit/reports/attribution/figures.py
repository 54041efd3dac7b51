"""
The figures of an attribution: shown groups summed up, rounded so that sums hold. Pure.

Of every model, the conversions sum to all shown conversions, and the money to all their money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from privacykit.reports.attribution.groups import (
    BLENDED,
    REPORTED,
    ConversionGroup,
    Signature,
)
from privacykit.reports.attribution.showing import count, shown_groups, shown_in_segments
from privacykit.reports.numbers import split_whole
from privacykit.reports.suppression import ShownCells

HUNDRED: Final = 100
SAID: Final = frozenset({REPORTED, BLENDED})
"""What is not by the labels of touches alone."""


class Credit(msgspec.Struct, frozen=True):
    """
    What a model gives to a label; ``None`` is hidden.

    Attributes:
        hundredths: Conversions, in hundredths.
        value: Money, in minor units.
    """

    hundredths: int | None
    value: int | None


class Attribution(msgspec.Struct, frozen=True):
    """
    The figures of one period and one segment.

    Attributes:
        conversions: Conversions that are shown; ``None`` if there are some and none is.
        value: Their money, in minor units.
        models: What each model gives to each label, by their names.
        hidden_cells: Groups of conversions that are in no figure, since they are too small.
        hidden_units: How many conversions they have.
    """

    conversions: int | None
    value: int | None
    models: Mapping[str, Mapping[str, Credit]]
    hidden_cells: int
    hidden_units: int


def attributions(
    groups: Mapping[tuple[int, Signature], ConversionGroup],
    models: Iterable[str],
    segments: int,
    k: int,
) -> list[Attribution]:
    """
    Return the attribution of all conversions, and that of each segment.

    Args:
        groups: From :meth:`.CreditReading.groups`.
        models: Names of the models, in order.
        segments: How many segments there are.
        k: People whom a figure must at least be of.
    """
    everybody = _merged(groups, lambda _: True)
    whole = shown_groups(everybody, k)
    cut = [(mask, key, count(group)) for (mask, key), group in groups.items()]
    each = shown_in_segments(whole, everybody, cut, segments, k) if segments else []
    names = tuple(models)
    labels = _labels(everybody.values())
    found = [_attribution(whole.cells, whole.has, everybody, names, labels)]
    for bit, cells in enumerate(each):
        part = _merged(groups, lambda mask, bit=bit: bool(mask >> bit & 1))  # type: ignore[misc]
        found.append(_attribution(cells, cells.cells.__contains__, part, names, labels))
    return found


def _merged(
    groups: Mapping[tuple[int, Signature], ConversionGroup], belongs: Callable[[int], bool]
) -> dict[Signature, ConversionGroup]:
    found: dict[Signature, ConversionGroup] = {}
    for (mask, key), group in groups.items():
        if belongs(mask):
            found.setdefault(key, ConversionGroup()).merge(group)
    return found


def _labels(groups: Iterable[ConversionGroup]) -> dict[str, list[str]]:
    """Return the labels that get anything, in order: by the models, which share theirs, or said."""
    found: dict[str, set[str]] = {}
    measured: set[str] = set()
    for group in groups:
        for model, label in group.credits:
            (found.setdefault(model, set()) if model in SAID else measured).add(label)
    return {**{model: sorted(names) for model, names in found.items()}, "": sorted(measured)}


def _attribution(
    cells: ShownCells[Signature],
    has: Callable[[Signature], bool],
    groups: Mapping[Signature, ConversionGroup],
    models: tuple[str, ...],
    labels: Mapping[str, list[str]],
) -> Attribution:
    visible, left_out = ConversionGroup(), ConversionGroup()
    for key, group in groups.items():
        if has(key):
            visible.merge(group)
        else:
            left_out.merge(group)
    nothing_told = not visible.conversions and bool(left_out.conversions)
    return Attribution(
        None if nothing_told else visible.conversions,
        None if nothing_told else visible.value,
        {
            model: _credits(
                model, visible, left_out, labels.get(model if model in SAID else "", [])
            )
            for model in models
        },
        len(cells.hidden),
        cells.units,
    )


def _credits(
    model: str, visible: ConversionGroup, left_out: ConversionGroup, labels: list[str]
) -> dict[str, Credit]:
    given = [visible.credits.get((model, label), (0, 0)) for label in labels]
    whole = visible.conversions * HUNDRED
    hundredths = split_whole(whole, [credit for credit, _ in given]) if whole else [0] * len(labels)
    return {
        # Nought of what is shown, and something is not: 0 would say that it is not that.
        label: Credit(None, None) if not credit and left_out.conversions else Credit(share, value)
        for label, (credit, value), share in zip(labels, given, hundredths, strict=True)
    }
