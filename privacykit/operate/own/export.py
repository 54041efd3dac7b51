"""privacykit's own stores as an export reads them: one more dataset of the map. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from privacykit.collect.events.format import decode_event
from privacykit.collect.ports import ConsentRecord, Envelope
from privacykit.errors import StoreError
from privacykit.govern.datamap import Collection
from privacykit.govern.datamap.schema import Column, Kind, Table
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.event_keys import EventKey
from privacykit.govern.erasure.export_fields import exported_fields
from privacykit.govern.erasure.ports.connector import Context, Reader
from privacykit.govern.records import Identity
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.datamap import ACCOUNTS, CONSENTS, OUTBOX, with_own
from privacykit.operate.own.events import OwnEvents
from privacykit.operate.own.proofs import accounts_of
from privacykit.stores.events.event_tables import EVENTS, StoredEvent
from privacykit.stores.events.held_events import OWN_DATASET

_KINDS: Mapping[str, Kind] = {
    "time": "time",
    "expires_at": "time",
    "given_at": "time",
    "withdrawn_at": "time",
    "at": "time",
    "gpc_seen": "bool",
    "ip_bits": "int",
    **dict.fromkeys(("place", "device", "referrer", "campaign", "props", "consent"), "json"),
    **dict.fromkeys(("purposes", "policies", "refused", "barred", "allowed"), "json"),
}


def with_own_events(
    means: GovernContext, context: OperatorContext, identities: tuple[Identity, ...]
) -> tuple[GovernContext, tuple[Reader, ...]]:
    """
    Return *means* with our own stores in the map, and what reads them.

    They tell what they know of the person of *identities*; there is none where the operator's map
    has a dataset of their name.
    """
    datamap = with_own(means.datamap, context.settings)
    if datamap is means.datamap or not context.settings.collects:
        return means, ()
    own = OwnStores(context, OwnEvents(context, identities).traces, datamap.of(OWN_DATASET))
    return replace(means, datamap=datamap), (own,)


class OwnStores(Reader):
    """
    Events, outbox, consent records and account choices of one person.

    Args:
        context: The stores.
        found_by: What finds the person's events.
        collections: Our own part of the data map.
        site: The one site of which it tells; ``None`` for all.
    """

    dataset = OWN_DATASET

    def __init__(
        self,
        context: OperatorContext,
        found_by: tuple[EventKey, ...],
        collections: Mapping[str, Collection],
        site: str | None = None,
    ) -> None:
        self._context = context
        self._found_by = found_by
        self._collections = collections
        self._site = site

    def order(self) -> tuple[str, ...]:
        """
        Return the collections, the outbox before the events that come out of it.

        What is delivered meanwhile stands in both, and never in neither.
        """
        return tuple(sorted(self._collections, key=lambda name: name != OUTBOX))

    def schema(self) -> tuple[Table, ...]:
        """Return what their fields hold."""
        return tuple(
            Table(name, tuple(Column(field, _KINDS.get(field, "text")) for field in mapped.fields))
            for name, mapped in self._collections.items()
        )

    def rows(self, collection: str, context: Context) -> Iterator[Mapping[str, Any]]:
        """
        Yield the person's rows, in constant memory.

        Raises:
            StoreError: A database failed, or an event in it cannot be read.
        """
        read = {
            EVENTS: self._events,
            OUTBOX: self._pending,
            CONSENTS: self._consents,
            ACCOUNTS: self._accounts,
        }[collection]
        fields = exported_fields(self._collections[collection].fields, given=context.given)
        for row in read():
            yield {name: row.get(name) for name in fields}

    def _events(self) -> Iterator[Mapping[str, Any]]:
        with self._context.events() as store:
            if store is not None:
                for kind, key in self._found_by:
                    yield from (
                        _told(event.id, event.body)
                        for event in store.of_subject(kind, key)
                        if self._is_told(kind, event)
                    )

    def _pending(self) -> Iterator[Mapping[str, Any]]:
        with self._context.outbox() as outbox:
            for kind, key in self._found_by:
                yield from (
                    _told(row.envelope.id, row.body) | {"sink": row.envelope.sinks[0]}
                    for row in outbox.of_subject(kind, key)
                    if self._is_told(kind, row.envelope)
                )

    def _consents(self) -> Iterator[Mapping[str, Any]]:
        for kind, key in self._found_by:
            found = self._context.consents.get(key) if kind == "record" else None
            if found is not None:
                yield _consent(found)

    def _accounts(self) -> Iterator[Mapping[str, Any]]:
        accounts = accounts_of(self._context)
        for kind, key in self._found_by:
            found = accounts.of_subject(key) if kind == "subject" else ()
            for site, choice in found:
                if self._site in {None, site}:
                    told = msgspec.to_builtins(choice)
                    yield {**told, "site": site, "at": _time(choice.at)}

    def _is_told(self, kind: str, event: StoredEvent | Envelope) -> bool:
        """
        Tell whether *event* is to be told, found by a key of *kind*.

        What was found by its consent record is told before: the visitor's id is made of it.
        """
        found_before = kind == "visitor" and ("record", event.record) in self._found_by
        return not found_before and self._site in {None, event.site}


def _told(id_: str, body: str | bytes) -> dict[str, Any]:
    try:
        event = decode_event(body)
    except ValueError:
        raise StoreError(f"the event {id_} cannot be read") from None
    return {**msgspec.to_builtins(event.data), "id": id_, "time": event.time}


def _consent(found: ConsentRecord) -> dict[str, Any]:
    told = msgspec.structs.asdict(found)
    for name in ("given_at", "withdrawn_at"):
        at = told[name]
        told[name] = None if at is None else _time(at)
    return told


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
