"""The first sentence of a report: what it found, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from privacykit.reports.numbers import rate
from privacykit.reports.output.charts.scale import drawn, text_columns, worth
from privacykit.reports.output.numbers_text import figure, printable
from privacykit.reports.result import DataSet, Report, ReportColumn, ReportTable

UNITS: Final[Mapping[str, str]] = {
    "visitor_day": "visitor-days",
    "person": "people",
}
"""What is counted, in the plural where that is not an s more."""
LISTS: Final = frozenset({"overview", "segments", "cart", "journey"})
"""Kinds of several lists, of which the one that hides the most is told."""
MATTERS: Final = Decimal("0.05")
"""A share of what is hidden above which readers are told what that means."""
_SHARE: Final = ReportColumn("", "", "share")
_COUNT: Final = ReportColumn("", "")


def sentence(report: Report, one: DataSet) -> str:
    """Return what *one* of *report* says; empty where nothing may be said."""
    said = _KINDS.get(report.report, _of_tables)(report, one)
    return printable(said)


def units(report: Report) -> str:
    """Return what *report* counts, in the plural."""
    return UNITS.get(report.unit, f"{report.unit.replace('_', ' ')}s")


def left_out(report: Report, one: DataSet, when: str = "") -> Iterator[str]:
    """Yield what is not shown of *one*, and what that means; nothing where all is."""
    if one.hidden.cells:
        share = "" if one.hidden.share is None else f"; {per_cent(one.hidden.share)} of all"
        yield (
            f"Not shown{when}: groups of fewer than {report.k} people, and what is beside such"
            f"{share}."
        )
        yield from _lowered(report, one)


def _lowered(report: Report, one: DataSet) -> Iterator[str]:
    """Yield by how much the figures of *one* are low, where so much is hidden that it matters."""
    counted, lists = units(report), report.report in LISTS
    share, conversions = one.hidden.share, one.hidden.conversions
    if share is not None and Decimal(share) > MATTERS:
        whose = "Up to {} of what a list counts is" if lists else f"{{}} of {counted} are"
        yield (
            f"{whose.format(per_cent(share))} in groups too small to show, or beside such: figures "
            "are lower by so much."
        )
    if conversions is not None and Decimal(conversions) > MATTERS:
        yield (
            f"{per_cent(conversions)} of conversions are in groups too small to show, or beside "
            "such: their number is lower by so much, and so are most of their rates."
        )


def per_cent(share: str | None) -> str:
    """Return *share* as people say it: without a nought behind the point."""
    return figure(share, _SHARE).replace(".0 %", " %")


def _of_funnel(report: Report, one: DataSet) -> str:
    entered, conversions = one.document["entered"], one.document["conversions"]
    steps: Sequence[Mapping[str, Any]] = one.document["steps"]
    counted, goal = units(report), steps[-1]["name"]
    if entered == 0:
        return f"None of the {counted} entered."
    if entered is None:
        return f"Too few {counted} entered to say more."
    if conversions is None:
        through = f"so few reached {goal} that we may not say how many"
    else:
        share = per_cent(rate(conversions, entered))
        through = f"{_number(conversions)} ({share}) reached {goal}"
    who = "who" if report.unit == "person" else "that"
    return f"Of {_number(entered)} {counted} {who} entered, {through}{_loss(steps)}."


def _loss(steps: Sequence[Mapping[str, Any]]) -> str:
    """Return where the most were lost, with what comes before it."""
    lost = [step["exits"] or 0 for step in steps[:-1]]
    if not any(lost):
        return ""
    at = lost.index(max(lost))
    here, after = steps[at], steps[at + 1]
    much = "most were lost" if 2 * lost[at] > sum(lost) else "the largest part was lost"
    share = here["step_rate"]
    went = "" if share is None else f": only {per_cent(share)} went on"
    if share is not None and 2 * Decimal(share) > 1:
        went = f": {per_cent(share)} went on"
    return f"; {much} between {here['name']} and {after['name']}{went}"


def _of_overview(report: Report, one: DataSet) -> str:
    """Return how many visits there were, and whence most of them came."""
    visits, channels = one.document.get("visits"), one.document.get("channels")
    if not visits or not channels or not (most := max(row["visits"] or 0 for row in channels)):
        return _of_tables(report, one)
    first = next(row["channel"] for row in channels if row["visits"] == most)
    share = per_cent(rate(most, visits))
    return f"{_number(visits)} {units(report)}; the most by {first}: {_number(most)} ({share})."


def _of_carts(report: Report, one: DataSet) -> str:
    """Return how many carts were abandoned."""
    carts, abandoned = one.document.get("carts"), one.document.get("abandoned")
    if not carts or abandoned is None:
        return _of_tables(report, one)
    share = per_cent(rate(abandoned, carts))
    return (
        f"Of {_number(carts)} {units(report)} with a cart, {_number(abandoned)} ({share}) left it."
    )


def _of_tables(_: Report, one: DataSet) -> str:
    """Return the largest row of the first table that has several; else its only row."""
    for table in one.tables:
        if len(table.rows) > 1 and drawn(table) and text_columns(table):
            return _largest(table)
    for table in one.tables:
        if len(table.rows) == 1:
            return _row(table)
    return ""


def _largest(table: ReportTable) -> str:
    place, column = drawn(table)[0]
    row = max(table.rows, key=lambda cells: worth(cells[place]))
    if not worth(row[place]):
        return ""
    name = " → ".join(str(cell) for cell in row[: text_columns(table)])
    told = f"{table.caption}: the most at {name}, {figure(row[place], column)}"
    if column.kind not in {"count", "credit"}:
        return f"{told} ({column.label.lower()})."
    whole = sum(worth(cells[place]) for cells in table.rows)
    share = per_cent(str(worth(row[place]) / whole))
    return f"{told} ({column.label.lower()}; {share} of all shown here)."


def _row(table: ReportTable) -> str:
    told = (
        f"{column.label.lower()}: {figure(value, column)}"
        for value, column in zip(table.rows[0], table.columns, strict=True)
        if value != ""
    )
    return f"{table.caption}: {'; '.join(told)}."


def _number(value: int) -> str:
    return figure(value, _COUNT)


_KINDS: Final[Mapping[str, Callable[[Report, DataSet], str]]] = {
    "funnel": _of_funnel,
    "overview": _of_overview,
    "cart": _of_carts,
}
