"""
Segments of units: which of them each unit belongs to, as the bits of a number. Pure.

A place, a channel or a device is that of the unit's first event; an event, a page or a property
may be any event's, and one that is denied must be no event's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import ibis

from privacykit.reports.conditions import Clauses
from privacykit.reports.expressions.conditions import condition


def units_of(keyed: Any, segments: Sequence[Clauses], **more: Any) -> Any:
    """
    Return the units of *keyed* events: ``visitor``, ``unit``, and ``segments``, a number.

    Args:
        keyed: Events with units and their beginnings.
        segments: Their conditions, in the order of the bits.
        more: What else is told of each unit: aggregates over its events.
    """
    told: dict[str, Any] = {}
    for bit, clauses in enumerate(segments):
        for number, clause in enumerate(clauses):
            for place, one in enumerate(clause):
                there = ibis.ifelse(condition(keyed, one), 1, 0)
                name = f"c{bit}_{number}_{place}"
                if not one.is_activity:
                    told[name] = (there * keyed.begins).max()
                elif one.is_negative:
                    told[name] = there.min()
                else:
                    told[name] = there.max()
    units = keyed.group_by("visitor", "unit").aggregate(events=keyed.count(), **more, **told)
    return units.select("visitor", "unit", *more, segments=_mask(units, segments))


def _mask(units: Any, segments: Sequence[Clauses]) -> Any:
    mask = ibis.literal(0, "int64")
    for bit, clauses in enumerate(segments):
        each = (
            reduce(
                lambda one, other: one | other,
                (units[f"c{bit}_{number}_{place}"] == 1 for place in range(len(clause))),
            )
            for number, clause in enumerate(clauses)
        )
        belongs = reduce(lambda one, other: one & other, each)
        mask += ibis.ifelse(belongs, 1 << bit, 0)
    return mask
