"""
Money of a funnel as an expression: the events that performed the steps of each unit's chain. Pure.

A chain is a set of steps; the events that count for it are the earliest that perform them in order,
from the earliest start that the chain fits behind. So an event's money counts for one step at most,
and of a unit each step has one event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from privacykit.reports.expressions.funnel import (
    UNIT,
    coded,
    group,
    looked_through,
    stepped,
)
from privacykit.reports.expressions.segments import units_of
from privacykit.reports.expressions.units import with_beginnings, with_units
from privacykit.reports.question import FunnelQuestion, Segment


def performed(
    events: Any,
    question: FunnelQuestion,
    offsets: Sequence[tuple[int, int]],
    *,
    visits_told: bool = False,
) -> Any:
    """
    Return the events with money that performed a step of the chain that counts of their unit.

    Args:
        events: Of the report table, in the period.
        question: The funnel.
        offsets: How far the site's clock is ahead of UTC.
        visits_told: Whether the source has visits of its own.

    Returns:
        ``visitor``, ``unit``, ``code`` of the chain, ``step`` from 1, ``value`` in minor units and
        ``currency``, empty where it is unsaid.
    """
    keyed = with_units(events, question.unit, offsets, visits_told=visits_told)
    rows = stepped(keyed, question, "value", "currency")
    if question.mode == "strict":
        found = _in_a_row(rows, question)
    elif question.mode == "loose":
        found = _in_any_order(_chosen(rows, question))
    else:
        found = _in_order(_chosen(rows, question), len(question.steps))
    found = found.mutate(currency=found.currency.fill_null(""))
    found = found.filter(found.value.notnull())
    if question.currency:
        found = found.filter(found.currency == question.currency)
    return found.select(*UNIT, "code", "step", "value", "currency")


def currencies(paid: Any) -> Any:
    """Return the currencies of *paid*: ``currency`` and ``persons``."""
    return paid.group_by("currency").aggregate(persons=paid.visitor.nunique())


def money(
    paid: Any,
    events: Any,
    question: FunnelQuestion,
    segments: Sequence[Segment],
    offsets: Sequence[tuple[int, int]],
    *,
    visits_told: bool = False,
) -> Any:
    """
    Return how much money there is: ``segments``, ``code``, ``step``, ``value``, ``persons``.

    Args:
        paid: From :func:`performed`.
        events: Of the report table, in the period.
        question: The funnel.
        segments: Parts whose members are counted apart.
        offsets: How far the site's clock is ahead of UTC.
        visits_told: Whether the source has visits of its own.

    Returns:
        A row for each step of each group of units that belong to the same segments and have the
        same chain; people are those with money.
    """
    if segments:
        keyed = with_units(events, question.unit, offsets, visits_told=visits_told)
        units = units_of(with_beginnings(keyed), [segment.match for segment in segments])
        paid = paid.inner_join(units, list(UNIT))
    else:
        paid = paid.mutate(segments=ibis.literal(0, "int64"))
    paid = paid.select("visitor", "segments", "code", "step", "value")
    return paid.group_by("segments", "code", "step").aggregate(
        value=paid.value.sum(), persons=paid.visitor.nunique()
    )


def _chosen(rows: Any, question: FunnelQuestion) -> Any:
    """Return the rows among which the chain that counts is, with its ``code``."""
    chains = coded(rows, question)
    keys = group(question)
    best = chains.group_by(*keys).aggregate(code=chains.code.max())
    order = ibis.window(group_by=list(UNIT), order_by=[ibis.desc("code"), *keys[len(UNIT) :]])
    best = best.mutate(place=ibis.row_number().over(order))
    best = best.filter(best.place == 0, best.code > 0).select(*keys, "code")
    found = looked_through(rows, question).inner_join(best, keys)
    return found.select(*UNIT, "at", "tie", "step", "value", "currency", "code")


def _in_order(rows: Any, number: int) -> Any:
    """Return those of *rows* that perform the steps of their chain, the earliest of each."""
    order = ibis.window(group_by=list(UNIT), order_by=["at", "tie"])
    whole = ibis.window(group_by=list(UNIT))
    rows = rows.mutate(place=ibis.row_number().over(order), reached=ibis.literal(-1, "int64"))
    rows = rows.mutate(performs=ibis.literal(False))
    for step in range(1, number + 1):
        is_in = rows.code % (1 << (number - step + 1)) >= 1 << (number - step)
        here = is_in & (rows.step == step) & (rows.place > rows.reached)
        first = ibis.ifelse(here, rows.place, ibis.null("int64")).min().over(whole)
        rows = rows.mutate(first=first)
        rows = rows.mutate(
            reached=ibis.coalesce(rows["first"], rows.reached),
            performs=rows.performs | (rows.place == rows["first"]).fill_null(False),
        )
    return rows.filter(rows.performs)


def _in_any_order(rows: Any) -> Any:
    """Return the first of *rows* of each step; the step that counts is how many were done by it."""
    each = ibis.window(group_by=[*UNIT, "step"], order_by=["at", "tie"])
    rows = rows.mutate(place=ibis.row_number().over(each))
    rows = rows.filter(rows.place == 0)
    order = ibis.window(group_by=list(UNIT), order_by=["at", "tie"])
    return rows.mutate(step=ibis.row_number().over(order) + 1)


def _in_a_row(rows: Any, question: FunnelQuestion) -> Any:
    """Return those of *rows* that perform the steps one right after the other."""
    chains = coded(rows, question)
    order = ibis.window(group_by=list(UNIT), order_by=["at", "tie"])
    chains = chains.mutate(place=ibis.row_number().over(order))
    best = ibis.window(group_by=list(UNIT), order_by=[ibis.desc("code"), "at", "tie"])
    ended = chains.mutate(rank=ibis.row_number().over(best))
    ended = ended.filter(ended["rank"] == 0, ended.code > 0)
    ended = ended.select(*UNIT, "code", end=ended.place, steps=ended.step)
    found = rows.mutate(place=ibis.row_number().over(order)).inner_join(ended, list(UNIT))
    return found.filter(
        found.step > 0,
        found.step <= found["steps"],
        found["end"] - found.place == found["steps"] - found.step,
    )
