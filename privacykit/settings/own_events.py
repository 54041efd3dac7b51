"""A person's events in privacykit's own stores: stopped, erased. Does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from privacykit.govern.records import Action, Effect, Identity, StepResult
from privacykit.govern.traces import Trace, traces
from privacykit.settings.office import Office
from privacykit.settings.own_map import OUTBOX
from privacykit.stores.event_tables import EVENTS
from privacykit.stores.held_events import OWN_DATASET, held_events


class OwnEvents:
    """
    What our own stores know of one person.

    Events of a visitor who was not identified cannot be tied to anybody once their day is over
    (GDPR Art. 11): nothing is claimed about them.

    Args:
        office: The stores.
        identities: What names the person, given and found.
    """

    def __init__(self, office: Office, identities: Iterable[Identity]) -> None:
        self._office = office
        keys = [key.value for key in office.keys.all("subject")]
        self.traces: tuple[Trace, ...] = traces(keys, identities)

    def stop(self, purposes: Sequence[str], at: float) -> None:
        """
        Let nothing about the person leave, or be collected, from now on.

        Args:
            purposes: The purposes stopped; none given means all.

            at: Unix seconds of the order.

        Raises:
            StoreError: The database failed: the order has to be repeated.
        """
        for kind, key in self.traces:
            self._office.consents.stop(kind, key, at=at, until=None, purposes=purposes)

    def forget(self) -> tuple[StepResult, ...]:
        """
        Erase the person's events from the outbox and from the event store, holds excepted.

        Raises:
            StoreError: A database failed; do it again.
        """
        office, began = self._office, self._office.clock()
        with office.outbox() as outbox:
            pending = sum(outbox.forget(*trace) for trace in self.traces)
        waiting = self._result(OUTBOX, pending, began)
        with office.events() as store:
            if store is None:
                return (waiting,)
            holds = held_events(office.holds.standing())
            stored = sum(store.forget(*trace, holds) for trace in self.traces)
        return waiting, self._result(EVENTS, stored, began)

    def _result(self, collection: str, rows: int, began: float) -> StepResult:
        return StepResult(
            OWN_DATASET,
            collection,
            Action.DELETE,
            rows,
            rows,
            effect=Effect.LOGICAL,
            started_at=began,
            finished_at=self._office.clock(),
        )
