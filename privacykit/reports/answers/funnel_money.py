"""Money of a funnel, asked of an engine: the sum of each step, in one currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from privacykit.errors import ReportRefusalError
from privacykit.reports.asking import ReportEngine, Setting
from privacykit.reports.expressions.kinds.funnel_money import currencies, money, performed
from privacykit.reports.funnel import FunnelStep, may_overlap
from privacykit.reports.kinds.funnel_money import Chain, MoneyRow, step_money
from privacykit.reports.question import FunnelQuestion, Segment
from privacykit.reports.result import ReportColumn, ReportTable
from privacykit.reports.suppression import ShownCells


class FunnelMoney(msgspec.Struct, frozen=True):
    """
    The money of a funnel.

    Attributes:
        currency: ISO 4217; empty where it is unsaid, or is what few people wrote; ``None`` where
            there is no money.
        steps: Minor units of each step; ``None`` is hidden.
    """

    currency: str | None
    steps: tuple[int | None, ...]

    def document(self, steps: Sequence[FunnelStep]) -> Mapping[str, Any]:
        """Return it for machines."""
        return {
            "currency": self.currency,
            "steps": [
                {"step": step.step, "name": step.name, "value": value}
                for step, value in zip(steps, self.steps, strict=True)
            ],
        }

    def table(self, steps: Sequence[FunnelStep]) -> ReportTable:
        """Return it for people."""
        label = f"Money, {self.currency}" if self.currency else "Money"
        columns = (
            ReportColumn("step", "Step", "text"),
            ReportColumn("value", label, "money"),
        )
        rows = tuple(
            (f"{step.step}. {step.name}", value)
            for step, value in zip(steps, self.steps, strict=True)
        )
        return ReportTable("money", "Money at each step", columns, rows)


def money_of(
    engine: ReportEngine,
    events: Any,
    question: FunnelQuestion,
    setting: Setting,
    shown: Sequence[ShownCells[Chain]],
) -> list[FunnelMoney]:
    """
    Return the money of everybody and of each segment.

    Args:
        engine: Where the events are.
        events: Of the report table, in the period.
        question: The funnel.
        setting: What it is answered over.
        shown: Which chains are shown, of everybody and of each segment.

    Raises:
        ReportRefusalError: The money is in more than one currency.
    """
    told = setting.visits_told
    paid = performed(events, question, setting.offsets, visits_told=told)
    currency = _currency(engine, paid, question, setting.k)

    def rows(segments: Sequence[Segment]) -> list[MoneyRow]:
        found = money(paid, events, question, segments, setting.offsets, visits_told=told)
        # An engine sums whole numbers into types of its own.
        return [
            MoneyRow(**{name: int(number) for name, number in row.items()})
            for row in engine.rows(found)
        ]

    each = step_money(
        rows(()),
        rows(setting.segments) if setting.segments else [],
        shown,
        len(question.steps),
        setting.k,
        overlap=may_overlap(question),
    )
    return [FunnelMoney(currency, one) for one in each]


def _currency(engine: ReportEngine, paid: Any, question: FunnelQuestion, k: int) -> str | None:
    """
    Return the currency of all money.

    Raises:
        ReportRefusalError: There is more than one.
    """
    if question.currency:
        return question.currency
    found = engine.rows(currencies(paid))
    if len(found) > 1:
        raise ReportRefusalError(
            "one_currency: the money is in more than one currency, and none is converted; choose "
            "one with --currency"
        )
    if not found:
        return None
    return found[0]["currency"] if found[0]["persons"] >= k else ""
