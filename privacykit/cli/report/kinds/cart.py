"""``privacykit report cart``: what became of carts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privacykit.cli.report.answering import ReportKind, events_named, report
from privacykit.cli.report.kinds.options import ShopOptions
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions

if TYPE_CHECKING:
    from privacykit.reports.asking import Answer
    from privacykit.reports.result import Ids


def cart(
    events: EventOptions,
    scope: ScopeOptions,
    output: OutputOptions,
    shop: ShopOptions,
) -> None:
    """
    Show what became of carts: how many were ordered, how many abandoned, and worth how much.

    A cart is abandoned if nothing is ordered after the last thing is put into it, in the same
    visit. What abandoned ones were worth is told in buckets only.
    """

    def answer(_: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers import cart as answers
        from privacykit.reports.expressions.visit_fields import ShopEvents

        return answers.answer(ShopEvents(shop.cart, shop.order)), answers.NOTES, ()

    named = events_named((shop.cart, shop.order))
    asked = (shop.cart, shop.order)
    kind = ReportKind("cart", "Carts", "visit", frozenset(), answer, named=named, question=asked)
    report(kind, events, scope, output)
