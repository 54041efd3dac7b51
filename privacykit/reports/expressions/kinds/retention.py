"""Cohorts as expressions: people by their first month, and the months they came again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from privacykit.reports.conditions import Clauses
from privacykit.reports.expressions.segments import units_of
from privacykit.reports.expressions.units import local_day, with_beginnings, with_units

SIZE = -1
"""Stands in ``after`` for the cohort itself."""


def cohorts(
    events: Any,
    before: Any,
    months: Sequence[int],
    segments: Sequence[Clauses],
    offsets: Sequence[tuple[int, int]],
) -> Any:
    """
    Return how many people each cohort has, and how many of them came in each month.

    Args:
        events: Of people whose ids last, in the period.
        before: Those before it: who is among them is in no cohort.
        months: When each month begins, on the local clock.
        segments: Their conditions.
        offsets: How far the site's clock is ahead of UTC.

    Returns:
        ``segments``, -1 where not cut by them; ``cohort``, a month's number from 0; ``after``, how
        many months later, or -1 for the cohort itself; ``persons``.
    """
    known = before.select("visitor").distinct()
    fresh = events.anti_join(known, "visitor")
    keyed = with_units(fresh, "person", offsets)
    day = local_day(keyed.at, offsets)
    month = ibis.cases(
        *((day >= start, number) for number, start in reversed(list(enumerate(months)))), else_=0
    )
    seen = keyed.select("visitor", month=month.cast("int64")).distinct()
    first = seen.group_by("visitor").aggregate(cohort=seen.month.min())
    came = seen.inner_join(first, "visitor").select(
        "visitor", "cohort", after=lambda row: row.month - row.cohort
    )
    rows = came.union(first.select("visitor", "cohort", after=ibis.literal(SIZE, "int64")))
    uncut = rows.mutate(segments=ibis.literal(-1, "int64"))
    if segments:
        members = units_of(with_beginnings(keyed), segments).select("visitor", "segments")
        uncut = uncut.union(rows.inner_join(members, "visitor").select(*uncut.columns))
    return uncut.group_by("segments", "cohort", "after").aggregate(persons=uncut.count())
