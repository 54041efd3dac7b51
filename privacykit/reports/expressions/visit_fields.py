"""
Fields of whole visits: cart, money, and what the visits before tell, beside each event. Pure.

``visitor`` is ``returning`` where the same lasting id had an event before the visit, in what was
read; else ``new``. Ids of a day tell neither: the three lasting fields are empty there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import ibis
import msgspec

from privacykit.reports.conditions import (
    BUCKET_BOUNDS,
    BUCKETS,
    CART,
    LASTING_FIELDS,
    NEW,
    ORDER,
    RETURNING,
)
from privacykit.reports.expressions.conditions import VISIT, visit_column
from privacykit.reports.expressions.units import with_units
from privacykit.reports.result import Ids

ABANDONED_VALUE: Final = "abandoned_value"
"""The field of what an abandoned cart was worth, as a bucket."""

_VISIT: Final = ["visitor", "unit"]
_ORDER: Final = ["at", "tie"]


class ShopEvents(msgspec.Struct, frozen=True):
    """
    Which events are of carts and orders.

    Attributes:
        cart: The name of those that put something into a cart.
        order: The name of those that order.
    """

    cart: str = CART
    order: str = ORDER


SHOP: Final = ShopEvents()


def with_visit_fields(
    events: Any,
    before: Any,
    fields: Collection[str],
    offsets: Sequence[tuple[int, int]],
    *,
    ids: Ids,
    visits_told: bool = False,
    shop: ShopEvents = SHOP,
    under: str = VISIT,
) -> Any:
    """
    Return *events* with a column for each of *fields*, that of the visit an event is in.

    Args:
        events: Of the report table, in the period.
        before: Those before it, as far as they are known.
        fields: Fields of visits, :data:`ABANDONED_VALUE` among them.
        offsets: How far the site's clock is ahead of UTC, then and before.
        ids: What the visitor ids allow.
        visits_told: Whether the source has visits of its own.
        shop: Names of the events of carts and orders.
        under: What the names of the columns begin with.
    """
    both = events.mutate(inside=ibis.literal(1, "int64"))
    if set(fields).intersection(LASTING_FIELDS):
        both = both.union(_alike(before.mutate(inside=ibis.literal(0, "int64")), both))
    keyed = with_units(both, "visit", offsets, visits_told=visits_told)
    told = _told(_sums(keyed, shop), ids)
    added = {visit_column(field, under): told[f"told_{field}"] for field in sorted(fields)}
    return told.filter(told.inside == 1).select(*events.columns, **added)


def _alike(events: Any, other: Any) -> Any:
    """Return *events* with the columns of *other*, empty where they are not there."""
    types = other.schema()
    missing = {name: ibis.null(types[name]) for name in types if name not in events.columns}
    return events.mutate(**missing).select(*types)


def _sums(keyed: Any, shop: ShopEvents) -> Any:
    """Return *keyed* with what carts and orders did in its visit, and its visitor until then."""
    visit = ibis.window(group_by=_VISIT)
    until = ibis.cumulative_window(group_by="visitor", order_by=_ORDER)
    placed = keyed.mutate(
        place=ibis.row_number().over(ibis.window(group_by=_VISIT, order_by=_ORDER)),
        puts=(keyed.event == shop.cart).fill_null(False),
        orders=(keyed.event == shop.order).fill_null(False),
    )
    summed = placed.mutate(
        visits_until=_one_where(placed.place == 0).sum().over(until),
        orders_until=_one_where(placed.orders).sum().over(until),
        put_at=_where(placed.puts, placed.place).max().over(visit),
        ordered_at=_where(placed.orders, placed.place).max().over(visit),
        spent=_where(placed.orders, placed.value).sum().over(visit),
    )
    left = summed.puts & (summed.place > summed.ordered_at.fill_null(-1))
    first = summed.place == 0
    return summed.mutate(
        left_value=_where(left, summed.value).sum().over(visit),
        visit_number=_where(first, summed.visits_until).max().over(visit),
        visit_orders=summed.orders_until.max().over(visit),
        visit_basis=_where(first, summed.basis).max().over(visit),
    )


def _told(summed: Any, ids: Ids) -> Any:
    """Return *summed* with a column for every field of a visit."""
    abandoned = summed.put_at.notnull() & (summed.put_at > summed.ordered_at.fill_null(-1))
    cart = ibis.cases(
        (summed.put_at.isnull(), "none"),
        (~abandoned, "ordered"),
        (summed.ordered_at.isnull(), "abandoned"),
        else_="ordered_then_abandoned",
    )
    lasts = ibis.literal(ids != "daily")
    if ids == "mixed":
        lasts = (summed.visit_basis == "consent").fill_null(False)
    visitor = ibis.ifelse(summed.visit_number > 1, RETURNING, NEW)
    return summed.mutate(
        told_visitor=_where(lasts, visitor),
        told_visits=_where(lasts, summed.visit_number),
        told_orders=_where(lasts, summed.visit_orders),
        told_cart=cart,
        told_value_bucket=_bucket(summed.spent, there=summed.ordered_at.notnull()),
        told_abandoned_value=_bucket(summed.left_value, there=abandoned),
    )


def _where(holds: Any, column: Any) -> Any:
    """Return *column* where *holds*, else nothing."""
    return ibis.ifelse(holds, column, ibis.null(column.type()))


def _bucket(amount: Any, *, there: Any) -> Any:
    """Return the name of the bucket of *amount*; that there is none, where it is not *there*."""
    known = amount.fill_null(0)
    names = zip((0, *BUCKET_BOUNDS), BUCKETS[1:], strict=False)
    edges = ((known < bound, name) for bound, name in names)
    return ibis.cases((~there, BUCKETS[0]), *edges, else_=BUCKETS[-1])


def _one_where(condition: Any) -> Any:
    """Return 1 where *condition* holds and 0 elsewhere, signed: ClickHouse sums them unsigned."""
    return ibis.ifelse(condition, 1, 0).cast("int64")
