"""privacykit's own stores as an export reads them: one more dataset of the map. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from privacykit.collect.ports import ConsentRecord, Envelope
from privacykit.govern.connector import Connector, Context
from privacykit.govern.datamap import Collection
from privacykit.govern.exporting import exported_fields
from privacykit.govern.means import Means
from privacykit.govern.records import Identity
from privacykit.govern.schema import Column, Kind, Table
from privacykit.govern.traces import Trace
from privacykit.settings.office import Office
from privacykit.settings.own_events import OwnEvents
from privacykit.settings.own_map import CONSENTS, OUTBOX, with_own
from privacykit.stores.event_tables import EVENTS, StoredEvent
from privacykit.stores.held_events import OWN_DATASET

_KINDS: Mapping[str, Kind] = {
    "time": "time",
    "expires_at": "time",
    "given_at": "time",
    "withdrawn_at": "time",
    "gpc_seen": "bool",
    **dict.fromkeys(
        ("place", "device", "referrer", "campaign", "query", "props", "consent"), "json"
    ),
    **dict.fromkeys(("purposes", "policies"), "json"),
}


class _Event(msgspec.Struct):
    time: str
    data: dict[str, Any]


_decode = msgspec.json.Decoder(_Event).decode


def with_own_events(means: Means, office: Office, identities: tuple[Identity, ...]) -> Means:
    """Return *means* with our own stores, as far as they know the person of *identities*."""
    datamap = with_own(means.datamap, office.settings)
    if datamap is means.datamap:
        return means
    own = OwnStores(office, OwnEvents(office, identities).traces, datamap.of(OWN_DATASET))
    # Exports use no more of a connector than this.
    connectors = {**means.connectors, OWN_DATASET: cast("Connector", own)}
    return replace(means, datamap=datamap, connectors=connectors)


class OwnStores:
    """
    Events, outbox and consent records of one person.

    Args:
        office: The stores.
        found_by: What finds the person's events.
        collections: Our own part of the data map.
    """

    dataset = OWN_DATASET

    def __init__(
        self, office: Office, found_by: tuple[Trace, ...], collections: Mapping[str, Collection]
    ) -> None:
        self._office = office
        self._found_by = found_by
        self._collections = collections

    def order(self) -> tuple[str, ...]:
        """Return the collections."""
        return tuple(self._collections)

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
            StoreError: A database failed.
        """
        read = {EVENTS: self._events, OUTBOX: self._pending, CONSENTS: self._consents}[collection]
        fields = exported_fields(self._collections[collection].fields, given=context.given)
        for row in read():
            yield {name: row.get(name) for name in fields}

    def _events(self) -> Iterator[Mapping[str, Any]]:
        with self._office.events() as store:
            if store is not None:
                for kind, key in self._found_by:
                    yield from (
                        _told(event.id, event.body)
                        for event in store.theirs(kind, key)
                        if not self._told_before(kind, event)
                    )

    def _pending(self) -> Iterator[Mapping[str, Any]]:
        with self._office.outbox() as outbox:
            for kind, key in self._found_by:
                yield from (
                    _told(row.envelope.id, row.body) | {"sink": row.envelope.sinks[0]}
                    for row in outbox.theirs(kind, key)
                    if not self._told_before(kind, row.envelope)
                )

    def _consents(self) -> Iterator[Mapping[str, Any]]:
        for kind, key in self._found_by:
            found = self._office.consents.get(key) if kind == "record" else None
            if found is not None:
                yield _consent(found)

    def _told_before(self, kind: str, event: StoredEvent | Envelope) -> bool:
        """Tell whether *event* was found by its consent record: the visitor's id is made of it."""
        return kind == "visitor" and ("record", event.record) in self._found_by


def _told(id_: str, body: str | bytes) -> dict[str, Any]:
    event = _decode(body)
    return {**event.data, "id": id_, "time": event.time}


def _consent(found: ConsentRecord) -> dict[str, Any]:
    told = msgspec.structs.asdict(found)
    for name in ("given_at", "withdrawn_at"):
        at = told[name]
        told[name] = None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
    return told
