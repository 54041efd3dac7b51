"""Retention over every store of the data map, and over our own events."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from privacykit.govern.purge import Clock, Limits, Ran, Run
from privacykit.govern.purge_any import ConnectorPurger
from privacykit.govern.purger import Purger
from privacykit.govern.retention import RetentionStep, Rule, Uncovered, rules, uncovered
from privacykit.settings.office import Office
from privacykit.stores.event_tables import Dropped
from privacykit.stores.held_events import held_events


@dataclass(frozen=True, slots=True)
class _Clock:
    """The clock of the office, a clock that never jumps, and sleep."""

    office: Office

    def now(self) -> float:
        """Return Unix seconds."""
        return self.office.clock()

    def elapsed(self) -> float:
        """Return seconds that never jump."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Ending:
    """
    Ends what may no longer be kept.

    Args:
        office: The stores.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._salt = os.urandom(32)
        self._purgers: dict[str, Purger] = {}
        self._clock: Clock = _Clock(office)

    def rules(self) -> tuple[Rule, ...]:
        """Return every rule at this moment: collections that point at others first."""
        office = self._office
        found = rules(office.datamap, office.clock(), office.caps())
        order = {
            (dataset, name): place
            for dataset, connector in office.connectors.items()
            for place, name in enumerate(connector.order())
        }

        def place(rule: Rule) -> tuple[str, int]:
            return rule.dataset, order.get((rule.dataset, rule.collection), 0)

        return tuple(sorted(found, key=place))

    def uncovered(self) -> tuple[Uncovered, ...]:
        """Return what a law ends and the data map does not."""
        return uncovered(self._office.datamap, self._office.caps())

    def plan(self) -> Iterator[tuple[Rule, RetentionStep]]:
        """
        Say what each rule would do now.

        Raises:
            StoreError: A store does not answer.
        """
        holds, now = self._office.holds.standing(), self._office.clock()
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
                    bool(self._office.retention.load(rule.fingerprint()).confirmed_by),
                ),
            )

    def run(
        self,
        limits: Limits,
        tell: Callable[[Rule, int, int], None] = lambda _rule, _done, _due: None,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[Rule, Ran]]:
        """
        Run every rule under common *limits*.

        Raises:
            StoreError: A store failed; what was done is done, the next run goes on.
        """
        office = self._office
        run = Run(
            office.retention,
            office.holds.standing,
            self._clock,
            limits,
            secrets.token_hex(8),
            tell,
            stop=stop,
        )
        for rule in self.rules():
            yield rule, run.rule(rule, self.purger(rule))

    def events(self) -> Dropped | None:
        """
        Drop the periods of our own event store that are over; ``None`` where there is none.

        Raises:
            StoreError: The database failed.
        """
        office = self._office
        with office.events() as store:
            if store is None:
                return None
            holds, now = held_events(office.holds.standing()), office.clock()
            dropped = store.drop_expired(now, holds)
            store.drop_released(now, holds)
        return dropped

    def purger(self, rule: Rule) -> Purger:
        """Return what carries *rule* out: the store's own way, else its connector's."""
        if rule.dataset not in self._purgers:
            connector = self._office.connectors[rule.dataset]
            if hasattr(connector, "purger"):
                key = self._office.keys.current("subject").value
                self._purgers[rule.dataset] = connector.purger(key=key, salt=self._salt)
            else:
                self._purgers[rule.dataset] = ConnectorPurger(connector)
        return self._purgers[rule.dataset]

    @staticmethod
    def audit(office: Office, rule: Rule, ran: Ran, actor: str) -> None:
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
            office.audit.append(actor, "retention.ran", detail=detail)
