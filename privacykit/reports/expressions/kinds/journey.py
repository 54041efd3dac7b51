"""
Journeys as expressions: steps from one page or event to the next, and stages reached. Pure.

A visit's path begins at ``(start)`` and ends at ``(end)``; what repeats at once is one. Only pairs
are counted: longer paths are nearly those of single people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import ibis

from privacykit.reports.conditions import Clauses
from privacykit.reports.expressions.conditions import holds
from privacykit.reports.expressions.kinds.breakdown import NONE
from privacykit.reports.expressions.segments import units_of
from privacykit.reports.expressions.units import with_beginnings
from privacykit.reports.kinds.two_way import END, OTHER, START

By = Literal["page", "event"]


def named(events: Any, by: By) -> Any:
    """Return how many people each page or event is of: ``name`` and ``persons``."""
    found = events.filter(events[by].notnull())
    return found.group_by(name=found[by]).aggregate(persons=found.visitor.nunique())


def transitions(keyed: Any, by: By, names: Sequence[str], segments: Sequence[Clauses]) -> Any:
    """
    Return how often which step was made, of all visits and, where there are segments, cut by them.

    Args:
        keyed: Events with visits.
        by: Whether steps are between pages or events.
        names: Those that are told; all others are ``(other)``.
        segments: Their conditions.

    Returns:
        ``segments``, -1 where not cut; ``row``, where from; ``column``, where to; ``units``, how
        often, and ``persons``.
    """
    found = keyed.filter(keyed[by].notnull())
    label = ibis.ifelse(found[by].isin([*names, OTHER]), found[by], OTHER)
    found = found.select("visitor", "unit", "at", "tie", label=label)
    order = ibis.window(group_by=["visitor", "unit"], order_by=["at", "tie"])
    before = found.mutate(before=found.label.lag().over(order))
    once = before.filter(before.before.isnull() | (before.before != before.label))
    once = once.mutate(after=once.label.lead().over(order))
    steps = once.select(
        "visitor", "unit", row=once.before.fill_null(START), column=once.label
    ).union(
        once.filter(once.after.isnull()).select(
            "visitor", "unit", row="label", column=ibis.literal(END)
        )
    )
    return _counted(steps, _members(keyed, segments), segmented=bool(segments))


def reached(keyed: Any, stages: Sequence[Clauses], segments: Sequence[Clauses]) -> Any:
    """
    Return how many visits of each channel got to which stage, in the form of :func:`transitions`.

    Args:
        keyed: Events with visits.
        stages: What an event of the visit must fulfil, from the first stage to the last.
        segments: Their conditions.

    Returns:
        ``row`` is the channel, ``column`` the number of the furthest stage, from 1; ``(none)``
        where the visit got to none.
    """
    begun = with_beginnings(keyed)
    stage = ibis.cases(
        *((holds(begun, stages[at]), at + 1) for at in reversed(range(len(stages)))), else_=0
    )
    channel = ibis.ifelse(begun.begins == 1, begun.channel, ibis.null("string")).max()
    visits = units_of(begun, segments, channel=channel, stage=stage.max())
    told = visits.select(
        "visitor",
        "unit",
        row=visits.channel.fill_null(NONE),
        column=ibis.ifelse(visits.stage == 0, NONE, visits.stage.cast("string")),
    )
    return _counted(told, visits.select("visitor", "unit", "segments"), segmented=bool(segments))


def _members(keyed: Any, segments: Sequence[Clauses]) -> Any:
    return units_of(with_beginnings(keyed), segments)


def _counted(rows: Any, members: Any, *, segmented: bool) -> Any:
    uncut = rows.mutate(segments=ibis.literal(-1, "int64"))
    if segmented:
        cut = rows.inner_join(members, ["visitor", "unit"])
        uncut = uncut.union(cut.select(*uncut.columns))
    return uncut.group_by("segments", "row", "column").aggregate(
        units=uncut.count(), persons=uncut.visitor.nunique()
    )
