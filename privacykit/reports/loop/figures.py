"""
The figures of the closed loop: shown groups of leads summed up. Pure.

A group is the leads of one month, channel, rule and furthest stage, and beside them the visitors of
one month and channel who became no lead; every figure is a sum of shown groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from privacykit.reports.attribution.groups import coarsened
from privacykit.reports.loop.leads import RULES, Lead
from privacykit.reports.loop.links import STAGES
from privacykit.reports.numbers import nearest_ranks
from privacykit.reports.suppression import Count, ShownCells, shown

VISITOR: Final = "visitor"
ALL: Final = "(all)"
"""The row of all channels."""


class LeadPlace(NamedTuple):
    """What a group has in common: ``rule`` is empty of visitors who became no lead."""

    month: str
    channel: str
    rule: str
    stage: str


class LeadCohort(msgspec.Struct, frozen=True):
    """The leads of a month and a channel; ``None`` is hidden."""

    month: str
    channel: str
    visitors: int | None
    leads: int | None
    opportunities: int | None
    customers: int | None
    value: int | None


class SalesCycle(msgspec.Struct, frozen=True):
    """
    Days from first contact to order of a channel's customers, quartiles by nearest rank.

    ``open`` is how many leads are not customers yet: without them, the days look too few.
    """

    channel: str
    customers: int | None
    open: int | None
    lower: int | None = None
    median: int | None = None
    upper: int | None = None


class ClosedLoop(msgspec.Struct, frozen=True):
    """
    The figures of a loop.

    Attributes:
        cohorts: Of each month and channel.
        rules: Leads of each channel, by the rule that told it.
        cycles: Of each channel, and of all.
        labels: What stands for each channel: those of too few people are one.
        hidden_cells: Groups that are in no figure, since they are too small.
        hidden_share: How many of all they are, from 0 to 1.
    """

    cohorts: tuple[LeadCohort, ...]
    rules: Mapping[str, Mapping[str, int | None]]
    cycles: tuple[SalesCycle, ...]
    labels: Mapping[str, str]
    hidden_cells: int
    hidden_share: float


class _Counted(NamedTuple):
    """Sums of shown groups, and what an empty sum is told as."""

    sums: Mapping[tuple[str, ...], int]
    nought: int | None

    def figure(self, *key: str) -> int | None:
        return self.sums.get(key, self.nought)


def loop(leads: Sequence[Lead], visitors: Mapping[tuple[str, str], int], k: int) -> ClosedLoop:
    """
    Return the figures of *leads*.

    Args:
        leads: All of a period.
        visitors: Visitors who became no lead, by month and channel of their first visit.
        k: People whom a figure must at least be of.
    """
    labels = _labels(leads, visitors, k)
    groups: dict[LeadPlace, list[Lead]] = {}
    for one in leads:
        place = LeadPlace(one.month, labels[one.channel], one.rule, one.stage)
        groups.setdefault(place, []).append(one)
    # A company is one of k, and so are its people; of somebody's leads all are one.
    cells = {key: Count(len(group), _people(group)) for key, group in groups.items()}
    overlap = sum(cell.persons for cell in cells.values()) > _people(leads)
    for (month, channel), number in visitors.items():
        key = LeadPlace(month, labels[channel], "", VISITOR)
        before = cells.get(key, Count()).units
        cells[key] = Count(before + number, before + number)
    found = shown(cells, k, overlap=overlap)
    counted = _Counted(_sums(found.cells), found.nought)
    months = sorted({(key.month, key.channel) for key in cells})
    channels = sorted({key.channel for key in groups})
    return ClosedLoop(
        tuple(_cohort(month, channel, counted, found, groups) for month, channel in months),
        {
            channel: {rule: counted.figure("rule", channel, rule) for rule in RULES}
            for channel in channels
        },
        tuple(_cycle(channel, counted, found, groups) for channel in (*channels, ALL)),
        labels,
        len(found.hidden),
        found.share,
    )


def _people(leads: Sequence[Lead]) -> int:
    """Return how many people *leads* are at least, and how many leads at most."""
    known = frozenset[int]().union(*(one.persons for one in leads))
    alone = sum(not one.persons for one in leads)
    return min(len(leads), len(known) + alone)


def _labels(
    leads: Sequence[Lead], visitors: Mapping[tuple[str, str], int], k: int
) -> dict[str, str]:
    """Return what stands for each channel; those of too few are one."""
    people: dict[str, set[int]] = {}
    number = 1 + max((person for one in leads for person in one.persons), default=-1)
    for one in leads:
        alone = frozenset() if one.persons else frozenset({number})
        number += len(alone)
        people.setdefault(one.channel, set()).update(one.persons or alone)
    for (_, channel), many in visitors.items():
        people.setdefault(channel, set()).update(range(number, number + many))
        number += many
    return coarsened(people, k)


def _sums(cells: Mapping[LeadPlace, int]) -> dict[tuple[str, ...], int]:
    sums: dict[tuple[str, ...], int] = {}

    def add(units: int, *key: str) -> None:
        sums[key] = sums.get(key, 0) + units

    for place, units in cells.items():
        month, channel = place.month, place.channel
        add(units, VISITOR, month, channel)
        if place.stage == VISITOR:
            continue
        add(units, "rule", channel, place.rule)
        for stage in STAGES[: STAGES.index(place.stage) + 1]:
            add(units, stage, month, channel)
        for row in (channel, ALL):
            add(units, "customers" if place.stage == "customer" else "open", row)
    return sums


def _cohort(
    month: str,
    channel: str,
    counted: _Counted,
    found: ShownCells[LeadPlace],
    groups: Mapping[LeadPlace, Sequence[Lead]],
) -> LeadCohort:
    visitors, leads, opportunities, customers = (
        counted.figure(stage, month, channel) for stage in (VISITOR, *STAGES)
    )
    value = sum(
        one.value
        for key, group in groups.items()
        if key in found.cells and (key.month, key.channel) == (month, channel)
        for one in group
    )
    return LeadCohort(
        month,
        channel,
        visitors,
        leads,
        opportunities,
        customers,
        None if customers is None else value,
    )


def _cycle(
    channel: str,
    counted: _Counted,
    found: ShownCells[LeadPlace],
    groups: Mapping[LeadPlace, Sequence[Lead]],
) -> SalesCycle:
    counts: dict[int, int] = {}
    for key, group in groups.items():
        if key in found.cells and channel in {key.channel, ALL}:
            for one in group:
                if one.cycle_days is not None:
                    counts[one.cycle_days] = counts.get(one.cycle_days, 0) + 1
    customers = counted.figure("customers", channel)
    quartiles = nearest_ranks(counts, (1, 2, 3), of=4) if counts else (None, None, None)
    return SalesCycle(channel, customers, counted.figure("open", channel), *quartiles)
