"""The tables of every store that a configuration names, and their versions. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from privacykit.settings.backends import DEFAULT_EVENTS
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths
from privacykit.stores import (
    audit,
    errands,
    holds,
    leases,
    plans,
    records,
    requests,
    retention,
    salts_sql,
    suppressions,
)
from privacykit.stores.engine import StoreKind, open_engine
from privacykit.stores.event_tables import EVENTS_SCHEMA
from privacykit.stores.outbox_tables import OUTBOX_SCHEMA
from privacykit.stores.schema import Schema, prepare, stamped

RECORDS: tuple[Schema, ...] = tuple(
    module.SCHEMA
    for module in (
        audit,
        records,
        errands,
        holds,
        leases,
        plans,
        requests,
        retention,
        suppressions,
    )
)
"""What lives in ``[records]``."""

_NOT_SQL = ("memory:", "redis:", "rediss:", "unix:")


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A store and its version.

    Attributes:
        table: The table of the configuration: ``records``, ``events``, ``outbox`` or ``salts``.
        store: The store's name.
        found: The version that is there; ``None`` when nothing is.
        wanted: Ours.
    """

    table: str
    store: str
    found: int | None
    wanted: int

    @property
    def fits(self) -> bool:
        """Whether a start takes it; what is not there yet is made."""
        return self.found in {None, self.wanted}


def standing(settings: Settings, paths: Paths, *, migrate: bool = False) -> Iterator[Standing]:
    """
    Tell which version each store is of; with *migrate* bring it up to date first.

    Raises:
        SchemaError: One cannot be migrated: it was written by a newer privacykit.
        StoreError: A database failed; stores before it are done.
    """
    for table, url, kind, schemas in _stores(settings):
        engine = open_engine(paths.url(url), kind=kind)
        try:
            for schema in schemas:
                if migrate:
                    prepare(engine, schema, migrate=True)
                yield Standing(table, schema.name, stamped(engine, schema), schema.version)
        finally:
            engine.dispose()


def _stores(settings: Settings) -> Iterator[tuple[str, str, StoreKind, tuple[Schema, ...]]]:
    events = settings.events.url
    yield "records", settings.records.url, "records", RECORDS
    if events is not None:
        yield "events", events, "events", (EVENTS_SCHEMA,)
    yield "outbox", settings.outbox.url or events or DEFAULT_EVENTS, "events", (OUTBOX_SCHEMA,)
    if not settings.salts.url.startswith(_NOT_SQL):
        yield "salts", settings.salts.url, "salts", (salts_sql.SCHEMA,)
