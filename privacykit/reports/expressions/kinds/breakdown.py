"""
Breakdowns as expressions: visits, and events, by what they have, cut by segments and traits. Pure.

A visit's traits are ``converted``, where an event of it fulfils the goal, and ``first``, where it
is the first of its visitor in the period: so many people there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis

from privacykit.reports.conditions import Clauses
from privacykit.reports.expressions.conditions import holds, visit_column
from privacykit.reports.expressions.segments import units_of
from privacykit.reports.expressions.units import local_day, with_beginnings, with_units

NONE: Final = "(none)"
"""What has no value."""
WHOLE: Final = "whole"
"""The dimension of a single value, which all have."""
BY: Final = "by"
"""What the columns of fields of whole visits begin with, for what visits are told apart by."""
TRAITS: Final = ("converted", "first")

_COUNTED: Final = {"visits": (1, 2, 3, 5, 10), "orders": (0, 1, 2, 3, 5, 10)}
"""Where groups of numbers begin."""


def visits_of(
    keyed: Any,
    dimensions: Sequence[str],
    segments: Sequence[Clauses],
    offsets: Sequence[tuple[int, int]],
    *,
    goal: Clauses | None = None,
    events: Sequence[str] = (),
) -> Any:
    """
    Return visits: ``visitor``, ``unit``, ``segments``, both traits, and a text ``by_NAME`` each.

    Args:
        keyed: Events with visits, and columns under :data:`BY` for the fields of visits among
            *dimensions*.
        dimensions: What visits are told apart by: columns of the report table, fields of visits,
            ``day``, or ``event``, a number whose bit ``i`` says that ``events[i]`` happened.
        segments: Their conditions.
        offsets: How far the site's clock is ahead of UTC.
        goal: What an event of a visit that converted fulfils.
        events: Names that ``event`` tells.
    """
    begun = with_beginnings(keyed)
    first = begun.begins == 1
    told: dict[str, Any] = {}
    for name in dimensions:
        if name == "event":
            told["by_event"] = _happened(begun, events)
        elif name == "day":
            told["by_day"] = local_day(begun.at, offsets).min().cast("string")
        else:
            value = _value(begun, name)
            told[f"by_{name}"] = ibis.ifelse(first, value, ibis.null("string")).max()
    told["begun_at"] = begun.at.min()
    told["begun_tie"] = ibis.ifelse(first, begun.tie, ibis.null("string")).max()
    met = holds(begun, goal) if goal else begun.begins < 0
    told["converted"] = ibis.ifelse(met, 1, 0).max()
    units = units_of(begun, segments, **told)
    order = ibis.window(group_by="visitor", order_by=["begun_at", "begun_tie"])
    return units.mutate(first=ibis.ifelse(ibis.row_number().over(order) == 0, 1, 0))


def cut_visits(visits: Any, dimensions: Sequence[str], *, segmented: bool) -> Any:
    """
    Return how many visits there are by each dimension, and of all, cut by each trait.

    Returns:
        ``dimension``, ``value``; ``segments``, a number, or -1 where not cut by them; ``trait``,
        empty where not cut by one; ``with_trait``, 0 or 1; ``units`` and ``persons``.
    """
    each = [
        visits.select(
            "visitor", "segments", *TRAITS,
            dimension=ibis.literal(name),
            value=ibis.literal("") if name == WHOLE else visits[f"by_{name}"].fill_null(NONE),
        )
        for name in (WHOLE, *dimensions)
    ]  # fmt: skip
    rows = ibis.union(*each) if len(each) > 1 else each[0]
    return _cuts(rows, ("", *TRAITS), segmented=segmented)


def events_of(keyed: Any, visits: Any, texts: Mapping[str, Any], *, segmented: bool) -> Any:
    """
    Return how many events there are by each of *texts*, in the form of :func:`cut_visits`.

    Args:
        keyed: Events with visits.
        visits: The visits.
        texts: By dimension, which of the events count and their text: two expressions over
            *keyed*.
        segmented: Whether the figures are cut by segments too.
    """
    told = [
        keyed.filter(chosen).select(
            "visitor", "unit", dimension=ibis.literal(name), value=text.fill_null(NONE)
        )
        for name, (chosen, text) in texts.items()
    ]
    rows = ibis.union(*told) if len(told) > 1 else told[0]
    if segmented:
        member = visits.select("visitor", "unit", "segments")
        rows = rows.inner_join(member, ["visitor", "unit"])
    else:
        rows = rows.mutate(segments=ibis.literal(0, "int64"))
    return _cuts(rows, ("",), segmented=segmented)


def _cuts(rows: Any, traits: Sequence[str], *, segmented: bool) -> Any:
    found = []
    for by_segment in (False, True) if segmented else (False,):
        for trait in traits:
            cut = rows.select(
                "visitor", "dimension", "value",
                segments=rows.segments if by_segment else ibis.literal(-1, "int64"),
                trait=ibis.literal(trait),
                with_trait=rows[trait].cast("int64") if trait else ibis.literal(0, "int64"),
            )  # fmt: skip
            keys = ("dimension", "value", "segments", "trait", "with_trait")
            counted = cut.group_by(*keys).aggregate(
                units=cut.count(), persons=cut.visitor.nunique()
            )
            found.append(counted)
    return ibis.union(*found) if len(found) > 1 else found[0]


def _happened(events: Any, names: Sequence[str]) -> Any:
    bits = ibis.literal(0, "int64")
    for place, name in enumerate(names):
        bits += ibis.ifelse(events.event == name, 1 << place, 0).max()
    return bits.cast("string")


def _value(events: Any, name: str) -> Any:
    """Return the text of a dimension beside each event."""
    if name in _COUNTED:
        number = events[visit_column(name, BY)]
        return ibis.cases(
            (number.isnull(), "not_available"),
            *(
                (number < above, str(least) if above == least + 1 else f"{least}-{above - 1}")
                for least, above in zip(_COUNTED[name], _COUNTED[name][1:], strict=False)
            ),
            else_=f"{_COUNTED[name][-1]}+",
        )
    if name == "visitor":
        return events[visit_column(name, BY)].fill_null("not_available")
    column = visit_column(name, BY)
    return events[column if column in events.columns else name]


def with_visits(events: Any, offsets: Sequence[tuple[int, int]], *, visits_told: bool) -> Any:
    """Return *events* with the visit that each is in."""
    return with_units(events, "visit", offsets, visits_told=visits_told)
