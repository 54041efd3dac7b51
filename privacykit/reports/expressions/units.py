"""
Units of a report: visits, visitor-days and people, as keys beside each event. Pure.

A visit is cut where half an hour or more lies between two events of a visitor, and where the local
day changes, since daily ids change there. Events of one instant are ordered by their tie.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from privacykit.reports.periods import DAY, SECOND
from privacykit.reports.question import Unit

PAUSE = 1800 * SECOND
"""From which on a new visit begins; Matomo begins one only after it."""


def local_day(at: Any, offsets: Sequence[tuple[int, int]]) -> Any:
    """Return when the local day of *at* began, on the local clock; see ``periods.offsets``."""
    ahead = ibis.literal(offsets[0][1])
    for since, offset in offsets[1:]:
        ahead = ibis.ifelse(at >= since, offset, ahead)
    local = at + ahead
    return local - local % DAY


def with_units(
    events: Any,
    unit: Unit,
    offsets: Sequence[tuple[int, int]],
    *,
    visits_told: bool = False,
) -> Any:
    """
    Return *events* with ``unit``, which numbers the units of a visitor.

    Args:
        events: Of the report table, in the period.
        unit: What is counted.
        offsets: How far the site's clock is ahead of UTC.
        visits_told: Whether the source has visits of its own: then they are not cut.

    Returns:
        The table; the unit of an event is its ``visitor`` and ``unit`` together. Visits that are
        cut have ``begins``, too.
    """
    if unit == "visit" and visits_told:
        return events.mutate(unit=events.visit.fill_null(""))
    if unit == "visit":
        order = {"group_by": "visitor", "order_by": ["at", "tie"]}
        keyed = events.mutate(day=local_day(events.at, offsets))
        window = ibis.window(**order)
        cut = keyed.mutate(
            begins=ibis.ifelse(
                keyed.at.lag().over(window).isnull()
                | (keyed.at - keyed.at.lag().over(window) >= PAUSE)
                | (keyed.day != keyed.day.lag().over(window)),
                1,
                0,
            )
        )
        numbered = cut.mutate(unit=cut.begins.sum().over(ibis.cumulative_window(**order)))
        return numbered.drop("day")
    if unit == "visitor_day":
        return events.mutate(unit=local_day(events.at, offsets))
    return events.mutate(unit=ibis.literal(0, "int64"))


def with_beginnings(keyed: Any) -> Any:
    """Return *keyed* events with ``begins``: 1 for the first event of a unit, else 0."""
    if "begins" in keyed.columns:  # of a visit that was cut
        return keyed
    window = ibis.window(group_by=["visitor", "unit"], order_by=["at", "tie"])
    return keyed.mutate(begins=ibis.ifelse(ibis.row_number().over(window) == 0, 1, 0))
