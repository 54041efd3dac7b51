"""
The funnel as an expression: each unit's best chain, and how many units have which. Pure.

A chain is a strictly increasing row of steps in the order of events. Of a unit's chains the one
counts that ends furthest; of these the one with most steps, then the one with the earliest steps.
Each is written as a number, :func:`code_of`, so that the greatest is the one that counts, and a
running maximum for each step finds it: a step's best chain is the best one of an earlier step,
longer by one. Greedy search would miss chains, such as A, C, D of A, C, B, D.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import ibis

from privacykit.reports.chains import code_of
from privacykit.reports.expressions.conditions import holds
from privacykit.reports.expressions.segments import units_of
from privacykit.reports.expressions.units import with_beginnings, with_units
from privacykit.reports.periods import SECOND
from privacykit.reports.question import FunnelQuestion, Segment

UNIT = ("visitor", "unit")
"""The columns that tell units apart."""


def cells(
    events: Any,
    question: FunnelQuestion,
    segments: Sequence[Segment],
    offsets: Sequence[tuple[int, int]],
    *,
    visits_told: bool = False,
) -> Any:
    """
    Return how many units did what: ``segments``, ``code``, ``units``, ``persons``.

    Args:
        events: Of the report table, in the period.
        question: The funnel.
        segments: Parts whose members are counted apart.
        offsets: How far the site's clock is ahead of UTC.
        visits_told: Whether the source has visits of its own.

    Returns:
        A row for each group of units that belong to the same segments and have the same chain;
        code 0 has none.
    """
    keyed = with_units(events, question.unit, offsets, visits_told=visits_told)
    best = _best(keyed, question)
    if segments:
        units = units_of(with_beginnings(keyed), [segment.match for segment in segments])
    else:
        units = keyed.select(*UNIT).distinct().mutate(segments=ibis.literal(0, "int64"))
    found = units.left_join(best, list(UNIT)).select(
        units.visitor, units.segments, code=ibis.coalesce(best.code, 0)
    )
    return found.group_by("segments", "code").aggregate(
        units=found.count(), persons=found.visitor.nunique()
    )


def durations(
    events: Any,
    question: FunnelQuestion,
    offsets: Sequence[tuple[int, int]],
    *,
    visits_told: bool = False,
) -> Any:
    """
    Return how long the chains took that count and reach the last step.

    Returns:
        ``took``, microseconds cut to whole seconds, and ``units``: how many took so long. Of the
        chains of a unit that are alike, the one that begins first and then ends first.
    """
    keyed = with_units(events, question.unit, offsets, visits_told=visits_told)
    ended = coded(stepped(keyed, question), question)
    ended = ended.filter(ended.code >= _ends(len(question.steps), len(question.steps)))
    ended = ended.mutate(best=ended.code.max().over(ibis.window(group_by=list(UNIT))))
    ended = ended.filter(ended.code == ended.best)
    order = ibis.window(group_by=list(UNIT), order_by=["since", "at"])
    ended = ended.mutate(place=ibis.row_number().over(order))
    ended = ended.filter(ended.place == 0)
    took = ended.at - ended.since
    ended = ended.select(took=took - took % SECOND)
    return ended.group_by("took").aggregate(units=ended.count())


def stepped(keyed: Any, question: FunnelQuestion, *more: str) -> Any:
    """Return events with the number of the first step that they fit, 0 if none, and *more*."""
    step = ibis.cases(
        *(
            (holds(keyed, one.match), ibis.literal(number, "int64"))
            for number, one in enumerate(question.steps, 1)
        ),
        else_=ibis.literal(0, "int64"),
    )
    return keyed.select(*UNIT, "at", "tie", *more, step=step)


def _best(keyed: Any, question: FunnelQuestion) -> Any:
    """Return the code of each unit's best chain, for units that have one."""
    ended = coded(stepped(keyed, question), question)
    found = ended.filter(ended.code > 0)
    return found.group_by(*UNIT).aggregate(code=found.code.max())


def coded(rows: Any, question: FunnelQuestion) -> Any:
    """
    Return chains: ``at`` which event each ends, ``since`` when it lasts, and its ``code``.

    Args:
        rows: From :func:`stepped`.
        question: The funnel.
    """
    if question.mode == "strict":
        return _strict(rows, question)
    rows = looked_through(rows, question)
    return _loose(rows, question) if question.mode == "loose" else _chained(rows, question)


def looked_through(rows: Any, question: FunnelQuestion) -> Any:
    """Return those of stepped *rows* that chains are made of, once for each :func:`group`."""
    rows = rows.filter(rows.step > 0)
    return rows if question.within is None else _from_each_start(rows, question)


def group(question: FunnelQuestion) -> list[str]:
    """Return what chains are looked for within: a unit, or what follows one of its events."""
    return list(UNIT) if question.within is None else [*UNIT, "start_at", "start_tie"]


def _chained(rows: Any, question: FunnelQuestion) -> Any:
    """Return the best chain that ends with each row, by running maxima."""
    number = len(question.steps)
    window = ibis.cumulative_window(group_by=group(question), order_by=["at", "tie"])
    for step in range(1, number + 1):
        before = max((one for one in question.required if one < step), default=0)
        chains = [
            ibis.ifelse(rows[f"best{prior}"] > 0, rows[f"best{prior}"] + _longer(step, number), 0)
            for prior in range(max(before, 1), step)
        ]
        if not before:
            chains.append(_begun(rows, question, _longer(step, number)))
        longest = ibis.greatest(*chains) if len(chains) > 1 else chains[0]
        rows = rows.mutate(**{f"code{step}": ibis.ifelse(rows.step == step, longest, 0)})
        if step < number:
            rows = rows.mutate(**{f"best{step}": rows[f"code{step}"].max().over(window)})
    ended = [
        ibis.ifelse(rows[f"code{step}"] > 0, rows[f"code{step}"] + _ends(step, number), 0)
        for step in range(1, number + 1)
    ]
    found = rows.mutate(code=ibis.greatest(*ended))
    return found.select(*group(question), "at", "code", since=_since(found, question))


def _begun(rows: Any, question: FunnelQuestion, code: int) -> Any:
    """Return *code* where a chain may begin with a row: anywhere, or where the window begins."""
    if question.within is None:
        return ibis.literal(code, "int64")
    here = (rows.at == rows.start_at) & (rows.tie == rows.start_tie)
    return ibis.ifelse(here, code, 0)


def _since(found: Any, question: FunnelQuestion) -> Any:
    """Return when each chain began: with the first event of its first step."""
    if question.within is not None:
        return found.start_at
    number = len(question.steps)
    window = ibis.window(group_by=list(UNIT))
    bits = found.code % (1 << number)
    return ibis.cases(
        *(
            (
                bits >= 1 << (number - step),
                ibis.ifelse(found.step == step, found.at, ibis.null("int64")).min().over(window),
            )
            for step in range(1, number + 1)
        ),
        else_=found.at,
    )


def _longer(step: int, number: int) -> int:
    """Return by how much a chain's code grows with *step*, its end left out."""
    return (1 << number) + (1 << (number - step))


def _ends(step: int, number: int) -> int:
    return step * (number + 1) << number


def _from_each_start(rows: Any, question: FunnelQuestion) -> Any:
    """Return, for each row that may begin a chain, the rows that may belong to it."""
    anywhere = question.mode == "loose" or not question.required
    last = len(question.steps) if anywhere else 1
    begun = rows.filter(rows.step <= last).select(*UNIT, start_at=rows.at, start_tie=rows.tie)
    pairs = begun.inner_join(rows, list(UNIT))
    later = (pairs.at > pairs.start_at) | (
        (pairs.at == pairs.start_at) & (pairs.tie >= pairs.start_tie)
    )
    return pairs.filter(later, pairs.at - pairs.start_at <= question.within)


def _strict(rows: Any, question: FunnelQuestion) -> Any:
    """Return how far the rows that end with each row follow the steps one by one."""
    number = len(question.steps)
    window = ibis.window(group_by=list(UNIT), order_by=["at", "tie"])
    codes = []
    for step in range(1, number + 1):
        in_a_row = [rows.step == step]
        in_a_row += [
            (rows.step.lag(back).over(window) == step - back).fill_null(False)
            for back in range(1, step)
        ]
        if question.within is not None and step > 1:
            lasted = rows.at - rows.at.lag(step - 1).over(window)
            in_a_row.append((lasted <= question.within).fill_null(False))
        follows = reduce(lambda one, other: one & other, in_a_row)
        code = code_of(step, frozenset(range(1, step + 1)), number)
        codes.append(ibis.ifelse(follows, code, 0))
    since = ibis.cases(
        *((rows.step == step, rows.at.lag(step - 1).over(window)) for step in range(2, number + 1)),
        else_=rows.at,
    )
    return rows.select(*UNIT, "at", "tie", "step", code=ibis.greatest(*codes), since=since)


def _loose(rows: Any, question: FunnelQuestion) -> Any:
    """Return how many of the steps were done, written as the chain of as many first ones."""
    number = len(question.steps)
    firsts = rows.group_by(*group(question), "step").aggregate(at=rows.at.min())
    done = firsts.group_by(*group(question)).aggregate(
        done=firsts.count(), since=firsts.at.min(), at=firsts.at.max()
    )
    code = ibis.cases(
        *(
            (done.done == count, code_of(count, frozenset(range(1, count + 1)), number))
            for count in range(1, number + 1)
        ),
        else_=0,
    )
    return done.select(*group(question), "at", "since", code=code)
