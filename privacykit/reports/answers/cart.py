"""Carts, asked of an engine: how many were ordered, how many abandoned, and in which bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from privacykit.reports.answers.breakdowns import (
    NOTHING,
    cell_rows,
    fields,
    hidden,
    matches,
    of_all,
    withheld,
)
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.conditions import BUCKETS, CARTS
from privacykit.reports.expressions.kinds.breakdown import (
    BY,
    TRAITS,
    cut_visits,
    visits_of,
    with_visits,
)
from privacykit.reports.expressions.visit_fields import (
    ABANDONED_VALUE,
    ShopEvents,
    with_visit_fields,
)
from privacykit.reports.kinds.breakdown import BrokenDown, broken_down
from privacykit.reports.numbers import rate, rate_cell
from privacykit.reports.result import ReportColumn, ReportTable

_FIELDS: Final = ("cart", ABANDONED_VALUE)
_ABANDONED: Final = ("abandoned", "ordered_then_abandoned")
_WHEN: Final = (
    "A cart is abandoned if nothing was ordered after the last thing was put into it, in the same "
    "visit; an order in a later visit does not change that."
)
NOTES: Final = (
    _WHEN,
    "Money of different currencies is not converted: it is in the same buckets.",
)
WHOLE_COLUMNS: Final = (
    ReportColumn("visits", "Visits"),
    ReportColumn("carts", "With a cart"),
    ReportColumn("abandoned", "Abandoned it"),
    ReportColumn("rate", "Share of carts", "share"),
)
STATUS_COLUMNS: Final = (ReportColumn("cart", "Cart", "text"), ReportColumn("visits", "Visits"))
VALUE_COLUMNS: Final = (
    ReportColumn("bucket", "Money in it", "text"),
    ReportColumn("visits", "Visits"),
)


def answer(shop: ShopEvents) -> Answer:
    """Return what answers for carts of *shop*."""

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        told = with_visit_fields(
            events,
            setting.before,
            _FIELDS,
            setting.clock,
            ids=setting.ids,
            visits_told=setting.visits_told,
            shop=shop,
            under=BY,
        )
        keyed = with_visits(told, setting.offsets, visits_told=setting.visits_told)
        visits = visits_of(keyed, _FIELDS, matches(setting), setting.offsets)
        segments = setting.segments
        rows = cell_rows(engine, cut_visits(visits, _FIELDS, segmented=bool(segments)))
        count = len(segments)
        for found in broken_down(rows, TRAITS, count, setting.k, fields(setting)):
            yield _figures(found)

    return answered


def _figures(found: Mapping[str, BrokenDown]) -> Figures:
    told = hidden(found, ("cart",))
    if withheld(found):
        found = {}
    document = _document(found)
    return Figures(document, tuple(_tables(document)), told)


def _document(found: Mapping[str, BrokenDown]) -> dict[str, Any]:
    visits = of_all(found) if found else None
    by = found.get("cart", NOTHING)
    nought = None if by.hidden or visits is None else 0
    statuses = {name: by.units.get(name, nought) for name in CARTS}
    carts = _sum(statuses[name] for name in CARTS if name != "none")
    abandoned = _sum(statuses[name] for name in _ABANDONED)
    values = found.get(ABANDONED_VALUE, NOTHING)
    # Buckets add up to what is abandoned: where a part of that is hidden, they would show it.
    told = None if by.hidden or not abandoned else values.units
    return {
        "visits": visits,
        "carts": carts,
        "abandoned": abandoned,
        "rate": rate(abandoned, carts),
        "statuses": statuses,
        "abandoned_value": None
        if told is None
        else {name: told.get(name, None if values.hidden else 0) for name in BUCKETS[1:]},
    }


def _sum(figures: Iterable[int | None]) -> int | None:
    """Return the sum; ``None`` if a part of it is hidden."""
    known = list(figures)
    told = [one for one in known if one is not None]
    return sum(told) if len(told) == len(known) else None


def _tables(document: Mapping[str, Any]) -> Iterator[ReportTable]:
    share = rate_cell(document["abandoned"], document["carts"])
    whole = (document["visits"], document["carts"], document["abandoned"], share)
    yield ReportTable("whole", "Carts", WHOLE_COLUMNS, (whole,))
    statuses = tuple(document["statuses"].items())
    yield ReportTable("statuses", "What became of them", STATUS_COLUMNS, statuses)
    if document["abandoned_value"] is not None:
        values = tuple(document["abandoned_value"].items())
        caption = "What abandoned carts held, in the smallest unit of the currency"
        yield ReportTable("abandoned_value", caption, VALUE_COLUMNS, values)
