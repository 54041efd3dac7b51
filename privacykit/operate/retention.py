"""Retention over every store of the data map, and over our own events."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from privacykit.errors import StoreError
from privacykit.govern.retention.any_connector import ConnectorPurger
from privacykit.govern.retention.purger import Purger, Retains
from privacykit.govern.retention.rules import (
    RetentionStep,
    RetentionTask,
    Uncovered,
    rules,
    uncovered,
)
from privacykit.govern.retention.run import Clock, Limits, RetentionResult, RetentionRun
from privacykit.operate.context import OperatorContext
from privacykit.stores.events.event_tables import Dropped
from privacykit.stores.events.held_events import held_events
from privacykit.stores.kept.figures import KeptReports


@dataclass(frozen=True, slots=True)
class ServiceClock:
    """The clock of the operator context, a clock that never jumps, and sleep."""

    context: OperatorContext

    def now(self) -> float:
        """Return Unix seconds."""
        return self.context.clock()

    def elapsed(self) -> float:
        """Return seconds that never jump."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class KeptFigures:
    """
    Figures of a report that are kept before its events go.

    Attributes:
        site: The site's id.
        report: The report, as it is typed.
        first: The first day of the calendar period, like 2026-11-01.
        last: The last day.
        reason: Why there are none, as a code; empty where there are.
    """

    site: str
    report: str
    first: str
    last: str
    reason: str


class KeepsFigures(Protocol):
    """What keeps figures of events that are about to go."""

    def plan(self, now: float) -> list[KeptFigures]:
        """Say of what figures would be kept at *now*, in Unix seconds; nothing is changed."""
        ...

    def keep(self, now: float) -> list[KeptFigures]:
        """
        Keep the figures of all periods of which an event has expired at *now*, in Unix seconds.

        Raises:
            PrivacyKitError: Some could not be kept: nothing may go.
        """
        ...


def maps_nothing(context: OperatorContext) -> bool:
    """Tell whether a site has no data map, and names none: it ends our own data alone."""
    settings = context.settings
    named = "file" in settings.datamap.model_fields_set
    there = context.paths.file(settings.datamap.file).exists()
    return settings.collects and not named and not there


class RetentionService:
    """
    Ends what may no longer be kept.

    Args:
        context: The stores.
    """

    def __init__(self, context: OperatorContext) -> None:
        self._context = context
        self._salt = os.urandom(32)
        self._purgers: dict[str, Purger] = {}
        self._clock: Clock = ServiceClock(context)

    def rules(self) -> tuple[RetentionTask, ...]:
        """Return every rule at this moment: collections that point at others first."""
        context = self._context
        if maps_nothing(context):
            return ()
        found = rules(context.datamap, context.clock(), context.applicable.caps(context.clock()))
        order = {
            (dataset, name): place
            for dataset, connector in context.connectors.items()
            for place, name in enumerate(connector.order())
        }

        def place(rule: RetentionTask) -> tuple[str, int]:
            return rule.dataset, order.get((rule.dataset, rule.collection), 0)

        return tuple(sorted(found, key=place))

    def uncovered(self) -> tuple[Uncovered, ...]:
        """Return what a law ends and the data map does not."""
        context = self._context
        if maps_nothing(context):
            return ()
        return uncovered(context.datamap, context.applicable.caps(context.clock()))

    def plan(self) -> Iterator[tuple[RetentionTask, RetentionStep]]:
        """
        Say what each rule would do now.

        Raises:
            StoreError: A store does not answer.
        """
        holds, now = self._context.holds.standing(), self._context.clock()
        for rule in self.rules():
            due = self.purger(rule).due(rule, holds, now)
            yield (
                rule,
                RetentionStep(
                    rule.dataset,
                    rule.collection,
                    "drop" if due.parts else "batches",
                    rule.then,
                    rule.cutoff,
                    due.rows,
                    due.held,
                    due.kept,
                    due.parts,
                    rule.fingerprint(),
                    bool(self._context.retention.load(rule.fingerprint()).confirmed_by),
                ),
            )

    def run(
        self,
        limits: Limits,
        tell: Callable[[RetentionTask, int, int], None] = lambda _rule, _done, _due: None,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[RetentionTask, RetentionResult]]:
        """
        Run every rule under common *limits*.

        Raises:
            StoreError: A store failed; what was done is done, the next run goes on.
        """
        context = self._context
        run = RetentionRun(
            context.retention,
            context.holds.standing,
            self._clock,
            limits,
            secrets.token_hex(8),
            tell,
            stop=stop,
        )
        for rule in self.rules():
            yield rule, run.rule(rule, self.purger(rule))

    def events(
        self, figures: KeepsFigures | None = None
    ) -> tuple[Dropped | None, list[KeptFigures]]:
        """
        Drop the periods of our own event store that are over; figures are kept first.

        Args:
            figures: What keeps those that ``[reports] keep`` names.

        Returns:
            What was dropped, ``None`` where there is no such store; what was kept.

        Raises:
            StoreError: The database failed.
            PrivacyKitError: Figures could not be kept: nothing was dropped.
        """
        context = self._context
        now = context.clock()
        keeps = bool(context.settings.reports.keep)
        if keeps and figures is None:
            raise StoreError("figures are to be kept before events go, and nobody is there to")
        with context.events() as store:
            if store is None:
                return None, []
            kept = figures.keep(now) if figures is not None and keeps else []
            if not keeps:
                KeptReports(context.engine).end(())
            holds = held_events(context.holds.standing())
            dropped = store.drop_expired(now, holds)
            store.drop_released(now, holds)
        return dropped, kept

    def purger(self, rule: RetentionTask) -> Purger:
        """Return what carries *rule* out: the store's own way, else its connector's."""
        if rule.dataset not in self._purgers:
            connector = self._context.connectors[rule.dataset]
            if isinstance(connector, Retains):
                key = self._context.keys.current("subject").value
                self._purgers[rule.dataset] = connector.purger(key=key, salt=self._salt)
            else:
                self._purgers[rule.dataset] = ConnectorPurger(connector)
        return self._purgers[rule.dataset]

    @staticmethod
    def audit_figures(context: OperatorContext, kept: Sequence[KeptFigures], actor: str) -> None:
        """Put down of how many reports figures were kept, if any were due."""
        if kept:
            missing = sum(bool(one.reason) for one in kept)
            detail = {"kept": len(kept) - missing, "not_kept": missing}
            context.audit.append(actor, "retention.figures_kept", detail=detail)

    @staticmethod
    def audit(
        context: OperatorContext, rule: RetentionTask, ran: RetentionResult, actor: str
    ) -> None:
        """Put down what a run of *rule* did, if it did anything."""
        if ran.rows or ran.parts:
            detail = {
                "rule": rule.name,
                "then": rule.then.value,
                "rows": ran.rows,
                "parts": len(ran.parts),
                "part_rows": ran.part_rows,
                "held": ran.held,
                "left": ran.left,
            }
            context.audit.append(actor, "retention.ran", detail=detail)
