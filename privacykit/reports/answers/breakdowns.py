"""Parts of answers with breakdowns: rows of an engine, lists in order, what is not in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from privacykit.reports.asking import ReportEngine, Setting
from privacykit.reports.conditions import dimensions
from privacykit.reports.expressions.kinds.breakdown import NONE, WHOLE
from privacykit.reports.kinds.breakdown import BrokenDown, CellRow
from privacykit.reports.result import Hidden

FIRST_VISITS: Final = "Visitors, at their first visit"
"""How visitors are counted in lists, so that they add up: at their first visit of the period."""
NOTHING: Final = BrokenDown({}, {}, 0, 0)


def cell_rows(engine: ReportEngine, expression: Any) -> list[CellRow]:
    """Return the rows of *expression*, which is cut as breakdowns are."""
    return [CellRow(**row) for row in engine.rows(expression)]


def withheld(found: Mapping[str, BrokenDown]) -> bool:
    """Return whether even how many visits there are is hidden: then nothing is shown."""
    whole = found.get(WHOLE)
    return whole is not None and not whole.units


def of_all(found: Mapping[str, BrokenDown], trait: str = "") -> int | None:
    """Return how many visits there are, or have *trait*; ``None`` is hidden."""
    whole = found.get(WHOLE)
    if whole is None:
        return 0
    return whole.with_trait[trait].get("") if trait else whole.units.get("")


def listed(of: BrokenDown, top: int) -> Iterator[tuple[str, int]]:
    """Yield the *top* values of a dimension and their units, the greatest first."""
    ordered = sorted(of.units.items(), key=lambda one: (-one[1], one[0] == NONE, one[0]))
    yield from ordered[:top]


def hidden(found: Mapping[str, BrokenDown], visits: Iterable[str]) -> Hidden:
    """
    Return what is in no figure: all values, and the greatest share of visits that one list hides.

    Args:
        found: What is shown of each dimension.
        visits: Dimensions that count visits.
    """
    if withheld(found):
        return Hidden(sum(one.hidden for one in found.values()), "1.00")
    whole = of_all(found) or 0
    most = max((found[name].hidden_units for name in visits if name in found), default=0)
    share = most / whole if whole else 0.0
    return Hidden(sum(one.hidden for one in found.values()), f"{share:.2f}")


def matches(setting: Setting) -> list[Any]:
    """Return the conditions of the segments."""
    return [segment.match for segment in setting.segments]


def fields(setting: Setting) -> frozenset[str]:
    """Return what the segments look at."""
    each = (dimensions(segment.match) for segment in setting.segments)
    return frozenset[str]().union(*each)
