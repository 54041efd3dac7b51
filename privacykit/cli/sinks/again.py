"""Stored events that a sink is to have once more, by way of the outbox. Reads and writes stores."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from privacykit.collect.events.format import members_of
from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.errors import NO_SINK, InputError
from privacykit.settings.backends import Backends
from privacykit.settings.named_stores import EVENT_STORE
from privacykit.stores.events.event_tables import StoredEvent

AT_ONCE = 500
"""Events that are put into the outbox in one commit."""

_source_of = members_of("data.consent")


class Replayed(msgspec.Struct):
    """
    What became of a replay.

    Attributes:
        looked_at: Events of the sink's purposes in the time asked for.
        events: Those that wait for the sink, or would.
        unprovable: Those left out since nobody can tell whether their consent still stands.
    """

    looked_at: int = 0
    events: int = 0
    unprovable: int = 0


class Replay:
    """
    Stored events for one sink.

    Args:
        backends: The stores.
        name: The sink's name.
        begin: Unix seconds of the first.
        end: Unix seconds after the last.

    Raises:
        InputError: There is no such sink, no event store, or the sink may not have them.
    """

    def __init__(self, backends: Backends, name: str, begin: float, end: float) -> None:
        rule = next((rule for rule in backends.sink_rules if rule.name == name), None)
        if rule is None:
            raise InputError(NO_SINK)
        if name == EVENT_STORE:
            raise InputError("these events are in our own store")
        if rule.role != "processor":
            raise InputError("only a processor may have stored events once more")
        self._backends = backends
        self._rule = rule
        self._begin = begin * 1000
        self._end = end * 1000

    def run(self, now: float, *, put: bool) -> Replayed:
        """
        Go through what is stored at *now*.

        Args:
            now: Unix seconds.
            put: Whether events are put into the outbox, or only counted.

        Raises:
            StoreError: A store failed; some events may wait already.
        """
        found = Replayed()
        rows: list[OutboxRow] = []
        for event in self._stored(now):
            found.looked_at += 1
            if self._rests_on_consent(event) and event.record is None:
                found.unprovable += 1
                continue
            found.events += 1
            rows.append(self._row(event))
            if put and len(rows) == AT_ONCE:
                self._backends.outbox.add(rows, now)
                rows = []
        if put:
            self._backends.outbox.add(rows, now)
        return found

    def _stored(self, now: float) -> Iterator[StoredEvent]:
        for purpose in sorted(self._rule.purposes):
            for event in self._backends.event_store.select(now, purpose=purpose):
                if self._rule.serves(event.site) and self._begin <= event.time < self._end:
                    yield event

    def _rests_on_consent(self, event: StoredEvent) -> bool:
        (consent,) = _source_of(event.body)
        return bool(consent.source == "consent")

    def _row(self, event: StoredEvent) -> OutboxRow:
        envelope = Envelope(
            event.id,
            event.site,
            event.purpose,
            event.expires_at,
            (self._rule.name,),
            event.visitor,
            event.record,
            event.subject,
        )
        return OutboxRow(envelope, event.body.encode())
