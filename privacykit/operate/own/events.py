"""A person's events in privacykit's own stores: stopped, erased. Does I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from privacykit.collect.suppressed import CLOSING
from privacykit.govern.erasure.event_keys import EventKey, called_by, traces
from privacykit.govern.records import Identity, StepResult
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.datamap import ACCOUNTS, OUTBOX
from privacykit.operate.own.proofs import accounts_of, held_whole
from privacykit.operate.records.own_steps import (
    OwnRemoval,
    OwnRows,
    OwnStep,
    Unjournaled,
    carried_out,
)
from privacykit.settings.named_stores import EVENT_STORE
from privacykit.stores.events.event_tables import EVENTS
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.held_events import held_events, is_held
from privacykit.stores.outbox.store import OutboxStore

_SHORTEST_MONTH = 28 * 86_400.0


class OwnEvents:
    """
    What our own stores know of one person.

    Events of a visitor who was not identified cannot be tied to anybody once their day is over
    (GDPR Art. 11): nothing is claimed about them.

    Args:
        context: The stores.
        identities: What names the person, given and found.
    """

    def __init__(self, context: OperatorContext, identities: Iterable[Identity]) -> None:
        self._context = context
        keys = [key.value for key in context.keys.all("subject")]
        numbers = called_by(context.settings.events.identified_by, context.datamap)
        self.traces: tuple[EventKey, ...] = traces(keys, identities, numbers)

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
            self._context.consents.stop(kind, key, at=at, until=None, purposes=purposes)

    def begin_closing(self, at: float) -> None:
        """
        Let nothing leave or be collected while an erasure waits; *at* is Unix seconds.

        Raises:
            StoreError: The database failed: the order has to be repeated.
        """
        self.stop((CLOSING,), at)

    def end_closing(self, kept: Collection[EventKey] = ()) -> None:
        """
        Lift what :meth:`begin_closing` ordered, and nothing else, but of the keys in *kept*.

        Raises:
            StoreError: The database failed: it has to be repeated.
        """
        for kind, key in self.traces:
            if (kind, key) not in kept:
                self._context.consents.lift(kind, key, CLOSING)

    def count(self) -> tuple[int, int, int]:
        """
        Return how many events wait, how many are stored and would go, and how many are on hold.

        Raises:
            StoreError: A database failed.
        """
        waiting, going, staying = self._ids()
        return len(waiting), len(going), len(staying)

    def ids(self) -> set[str]:
        """
        Return the ids of the events that are kept: each once, wherever and however often.

        An event that is being delivered is in the outbox and in the event store for a moment.

        Raises:
            StoreError: A database failed.
        """
        return set().union(*self._ids())

    def count_choices(self) -> int:
        """
        Return at how many sites the person's choice of an account would go.

        Raises:
            StoreError: The database failed.
        """
        if held_whole(self._context, ACCOUNTS):
            return 0
        accounts = accounts_of(self._context)
        references = [key for kind, key in self.traces if kind == "subject"]
        return len({site for key in references for site, _ in accounts.of_subject(key)})

    def steps(self) -> tuple[OwnStep, ...]:
        """
        Return what an erasure does: events go from the outbox and the event store, holds excepted.

        What they chose while signed in goes, too, unless a hold keeps all such choices.
        What is on hold and waits for our event store is put there first: it may not leave.
        """
        context = self._context
        if not context.settings.collects:
            return ()
        waiting = OwnStep(OUTBOX, self._count_waiting, self._forget_waiting, always=True)
        chosen = OwnStep(ACCOUNTS, self._count_chosen, self._forget_chosen)
        if context.settings.events.url is None:
            return waiting, chosen
        return (
            waiting,
            OwnStep(EVENTS, self._count_stored, self._forget_stored, always=True),
            chosen,
        )

    def forget(self) -> tuple[StepResult, ...]:
        """
        Do :meth:`steps` at once.

        Raises:
            StoreError: A database failed; do it again.
        """
        return carried_out(self.steps(), "", Unjournaled(), self._context.clock)

    def _ids(self) -> tuple[set[str], set[str], set[str]]:
        """Return what waits, what is stored and would go, and what is on hold, by event id."""
        context, traces = self._context, self.traces
        with context.outbox() as outbox:
            waiting = {row.envelope.id for it in traces for row in outbox.of_subject(*it)}
        with context.events() as store:
            if store is None:
                return waiting, set(), set()
            holds = held_events(context.holds.standing())
            theirs = {event.id for it in traces for event in store.of_subject(*it)}
            going = {id_ for it in traces for id_ in store.erasable(*it, holds)} & theirs
        return waiting, going, theirs - going

    def _count_waiting(self) -> OwnRows:
        with self._context.outbox() as outbox:
            rows = {
                (row.envelope.id, row.envelope.sinks)
                for it in self.traces
                for row in outbox.of_subject(*it)
            }
        return OwnRows(len(rows))

    def _forget_waiting(self, again: bool) -> OwnRemoval:
        del again
        with self._context.events() as store, self._context.outbox() as outbox:
            if store is not None:
                self._set_aside(outbox, store)
            return OwnRemoval(sum(outbox.forget(*trace) for trace in self.traces))

    def _count_stored(self) -> OwnRows:
        _, going, held = self._ids()
        return OwnRows(len(going), len(held))

    def _forget_stored(self, again: bool) -> OwnRemoval:
        del again
        with self._context.events() as store:
            holds = held_events(self._context.holds.standing())
            stored = sum(store.forget(*it, holds) for it in self.traces) if store else 0
        return OwnRemoval(stored)

    def _count_chosen(self) -> OwnRows:
        accounts = accounts_of(self._context)
        references = [key for kind, key in self.traces if kind == "subject"]
        rows = sum(1 for key in references for _ in accounts.of_subject(key))
        return OwnRows(0, rows) if held_whole(self._context, ACCOUNTS) else OwnRows(rows)

    def _forget_chosen(self, again: bool) -> OwnRemoval:
        del again
        accounts = accounts_of(self._context)
        references = [key for kind, key in self.traces if kind == "subject"]
        return OwnRemoval(sum(accounts.forget(key) for key in references))

    def _set_aside(self, outbox: OutboxStore, store: EventStore) -> None:
        holds, now = held_events(self._context.holds.standing()), self._context.clock()
        if not holds:
            return
        rows = [row for trace in self.traces for row in outbox.of_subject(*trace)]
        ours = [it for it in rows if it.envelope.sinks == (EVENT_STORE,) and is_held(it, holds)]
        if store.add(ours, now).early:
            longest = max(it.envelope.expires_at for it in ours) - now
            store.ensure_periods(now, 2 + int(longest / _SHORTEST_MONTH))
            store.add(ours, now)
