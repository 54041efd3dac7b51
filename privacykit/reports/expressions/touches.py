"""
Touches as an expression: the starts of visits before each conversion, in order. Pure.

A touch is the first event of a visit. People are numbered, so that no visitor id leaves the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from privacykit.reports.attribution.question import NOT_SET, AttributionQuestion
from privacykit.reports.expressions.conditions import holds
from privacykit.reports.expressions.events import told_channel
from privacykit.reports.expressions.segments import units_of
from privacykit.reports.expressions.units import local_day, with_beginnings, with_units
from privacykit.reports.question import Segment

INTERNAL = "internal"
"""The channel of a visit that only goes on: from a page of the same site."""


def touches(
    events: Any,
    question: AttributionQuestion,
    start: int,
    segments: Sequence[Segment],
    offsets: Sequence[tuple[int, int]],
    *,
    visits_told: bool = False,
    same_day: bool = False,
) -> Any:
    """
    Return the paths of all conversions, a row for each touch.

    Args:
        events: Of the report table, in the period and the look-back before it.
        question: The attribution.
        start: When the period begins: conversions before it are none.
        segments: Parts whose members are counted apart.
        offsets: How far the site's clock is ahead of UTC, from the first event on.
        visits_told: Whether the source has visits of its own.
        same_day: Whether a path ends at midnight, as ids of a day do.

    Returns:
        The columns of :mod:`privacykit.reports.attribution.conversions`, in order of conversions
        and touches; a conversion without a touch has one row, without ``touch_at``.
    """
    keyed = with_beginnings(with_units(events, "visit", offsets, visits_told=visits_told))
    # Visits are cut for the conversions too only where something asks of which visit they are.
    of_visits = bool(segments) or question.once_per_visit
    found = _conversions(keyed if of_visits else events, question, start)
    found = _numbered(found, keyed, segments)
    starts = visit_starts(keyed, question.by, question.transparent_hosts)
    near = found.inner_join(starts, [("visitor", "of")]).select(
        "conversion", "at", "tie", "touch_at", "touch_tie", "label", "channel"
    )
    before = (near.touch_at < near.at) | ((near.touch_at == near.at) & (near.touch_tie <= near.tie))
    near = near.filter(before, near.at - near.touch_at <= question.lookback)
    if same_day:
        near = near.filter(local_day(near.touch_at, offsets) == local_day(near.at, offsets))
    near = near.select("touch_at", "touch_tie", "label", "channel", path=near.conversion)
    rows = found.left_join(near, [("conversion", "path")]).select(
        "conversion", "person", "segments", "value", "reported", "touch_at", "touch_tie", "label",
        "channel",
    )  # fmt: skip
    return rows.order_by("conversion", "touch_at", "touch_tie").drop("touch_tie")


def currencies(events: Any, question: AttributionQuestion, start: int) -> Any:
    """Return currencies of conversions: ``currency``, empty if unsaid, and of how many it is."""
    found = events.filter(holds(events, question.match), events.at >= start, events.value.notnull())
    return found.group_by(currency=found.currency.fill_null("")).aggregate(
        persons=found.visitor.nunique()
    )


def visit_starts(keyed: Any, by: str = "channel", transparent: Sequence[str] = ()) -> Any:
    """
    Return the first event of each visit: ``of`` whom, ``touch_at``, ``channel``, ``label``.

    Args:
        keyed: Events with units and their beginnings.
        by: The column of the label.
        transparent: Hosts that visitors only come back from: such a visit, and one from within
            the site, only goes on.
    """
    starts = keyed.filter(keyed.begins == 1)
    channel = told_channel(starts)
    named = starts[by] if by != "channel" else channel
    starts = starts.select(
        "referrer_host", of=starts.visitor, touch_at=starts.at, touch_tie=starts.tie,
        channel=channel, label=named.nullif("").fill_null(NOT_SET),
    )  # fmt: skip
    starts = starts.filter(starts.channel != INTERNAL)
    if transparent:
        host = starts.referrer_host.fill_null("")
        starts = starts.filter(~host.isin(list(transparent)))
    return starts.drop("referrer_host")


def _conversions(keyed: Any, question: AttributionQuestion, start: int) -> Any:
    found = keyed.filter(holds(keyed, question.match), keyed.at >= start)
    if question.currency:
        found = found.filter(found.value.isnull() | (found.currency == question.currency))
    if question.once_per_visit:
        window = ibis.window(group_by=["visitor", "unit"], order_by=["at", "tie"])
        found = found.mutate(place=ibis.row_number().over(window))
        found = found.filter(found.place == 0)
    reported = found[question.reported] if question.reported else ibis.null("string")
    unit = ["unit"] if "unit" in found.columns else []
    return found.select("visitor", *unit, "at", "tie", "value", reported=reported)


def _numbered(found: Any, keyed: Any, segments: Sequence[Segment]) -> Any:
    if segments:
        units = units_of(keyed, [segment.match for segment in segments])
        found = found.inner_join(units, ["visitor", "unit"]).select(
            "visitor", "at", "tie", "value", "reported", "segments"
        )
    else:
        found = found.mutate(segments=ibis.literal(0, "int64"))
    everywhere = ibis.window(order_by=["visitor", "at", "tie"])
    return found.mutate(
        conversion=ibis.row_number().over(everywhere),
        person=ibis.dense_rank().over(ibis.window(order_by=["visitor"])),
    )
