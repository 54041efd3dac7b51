"""
Contacts as an expression: the visits of linked people before they became leads. Pure.

Links go into the engine with their visitor ids; only their numbers come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import pyarrow as pa

from privacykit.reports.expressions.touches import visit_starts
from privacykit.reports.expressions.units import local_day, with_beginnings, with_units


def linked(links: Sequence[tuple[str, int]]) -> Any:
    """Return a table of *links*, visitor ids and when they became leads, numbered from 0."""
    columns = {
        "link": pa.array(range(len(links)), pa.int64()),
        "person": pa.array([visitor for visitor, _ in links], pa.string()),
        "lead_at": pa.array([at for _, at in links], pa.int64()),
    }
    return ibis.memtable(pa.table(columns))


def contacts(
    events: Any,
    links: Any,
    offsets: Sequence[tuple[int, int]],
    *,
    visits_told: bool = False,
) -> Any:
    """
    Return the visits of the visitors of *links* that began at or before them.

    Args:
        events: Of the report table, in the period and the look-back before it.
        links: From :func:`linked`.
        offsets: How far the site's clock is ahead of UTC.
        visits_told: Whether the source has visits of its own.

    Returns:
        ``link``, ``touch_at``, ``channel``, in order.
    """
    starts = _starts(events, offsets, visits_told=visits_told)
    near = links.inner_join(starts, [("person", "of")])
    near = near.filter(near.touch_at <= near.lead_at)
    return near.select("link", "touch_at", "touch_tie", "channel").order_by(
        "link", "touch_at", "touch_tie"
    )


def others(
    events: Any,
    links: Any,
    start: int,
    offsets: Sequence[tuple[int, int]],
    *,
    visits_told: bool = False,
) -> Any:
    """
    Return how many visitors have no link, by the day and the channel of their first visit.

    Returns:
        ``day``, when it began on the local clock, ``channel`` and ``visitors``.
    """
    starts = _starts(events, offsets, visits_told=visits_told)
    starts = starts.filter(starts.touch_at >= start)
    starts = starts.anti_join(links, [("of", "person")])
    window = ibis.window(group_by=["of"], order_by=["touch_at", "touch_tie"])
    starts = starts.mutate(place=ibis.row_number().over(window))
    first = starts.filter(starts.place == 0)
    first = first.mutate(day=local_day(first.touch_at, offsets))
    return first.group_by("day", "channel").aggregate(visitors=first.count())


def _starts(events: Any, offsets: Sequence[tuple[int, int]], *, visits_told: bool) -> Any:
    keyed = with_beginnings(with_units(events, "visit", offsets, visits_told=visits_told))
    return visit_starts(keyed)
