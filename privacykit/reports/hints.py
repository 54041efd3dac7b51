"""Hints for readers: what fits nothing, and why segments are blank. Asks an engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from privacykit.reports.question import Step
from privacykit.reports.result import DataSet

if TYPE_CHECKING:
    from privacykit.reports.asking import ReportEngine

_ALL: Final = "1.00"


def unmet(engine: ReportEngine, tables: Sequence[Any], named: Sequence[Step], k: int) -> list[str]:
    """
    Return a sentence for each name that fits nothing: it may be misspelt.

    Args:
        engine: Where the events are.
        tables: The events of each period.
        named: What was asked by name.
        k: People whom a figure must at least be of: events of fewer are as if there were none.
    """
    if not named:
        return []
    from privacykit.reports.expressions.conditions import people_of  # noqa: PLC0415 - Ibis

    most = [0] * len(named)
    for table in tables:
        for row in engine.rows(people_of(table, [one.match for one in named])):
            most = [max(known, row[f"people_{at}"] or 0) for at, known in enumerate(most)]
    few = "" if k == 1 else f", or only those of fewer than {k} people"
    return [
        f"No event fits '{one.name}'{few}: is it spelt as the events have it?"
        for one, people in zip(named, most, strict=True)
        if people < k
    ]


def blank(sets: Iterable[DataSet], segments: int, k: int) -> Iterator[str]:
    """Yield a sentence if there is a segment of which nothing is told."""
    if not any(one.segment is not None and one.hidden.share == _ALL for one in sets):
        return
    if segments == 1:
        yield (
            "Nothing of the segment is told: it, what is not in it, or what a list hides of either "
            f"has fewer than {k} people."
        )
    else:
        yield (
            f"Cut by {segments} segments, some groups have fewer than {k} people, so that nothing "
            "of a segment is told: ask for fewer."
        )
