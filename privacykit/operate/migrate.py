"""The tables of every store that a configuration names, and their versions. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from privacykit.errors import ConfigurationError, Problem, SchemaError, StoreError
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import outbox_url
from privacykit.settings.paths import Paths
from privacykit.settings.values import Url
from privacykit.stores import published
from privacykit.stores.database import leases
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.looking import open_to_look
from privacykit.stores.database.schema import Schema, check_version, prepare, stamped
from privacykit.stores.database.sqlite import StoreKind, is_sqlite
from privacykit.stores.events.event_tables import EVENTS_SCHEMA
from privacykit.stores.events.withheld import WITHHELD_SCHEMA
from privacykit.stores.kept import figures, noise
from privacykit.stores.outbox.losses import LOSSES_SCHEMA
from privacykit.stores.outbox.tables import OUTBOX_SCHEMA
from privacykit.stores.outbox.troubles import TROUBLES_SCHEMA
from privacykit.stores.records import (
    audit_tables,
    consents,
    holds,
    notices,
    plans,
    requests,
    retention,
    suppressions,
)
from privacykit.stores.records.arriving import channels
from privacykit.stores.records.consent import accounts
from privacykit.stores.records.operations import anonymisations, erased_rows, incidents, own_steps
from privacykit.stores.salts import sql as salts_sql
from privacykit.stores.salts.open import NOT_SQL

RECORDS: tuple[Schema, ...] = tuple(
    module.SCHEMA
    for module in (
        audit_tables,
        consents,
        accounts,
        channels,
        notices,
        figures,
        holds,
        noise,
        leases,
        plans,
        published,
        requests,
        retention,
        suppressions,
        anonymisations,
        erased_rows,
        incidents,
        own_steps,
    )
)
"""What lives in ``[records]``."""

BESIDE: tuple[Schema, ...] = (
    OUTBOX_SCHEMA,
    WITHHELD_SCHEMA,
    TROUBLES_SCHEMA,
    LOSSES_SCHEMA,
)
"""What lives where the outbox does."""


@dataclass(frozen=True, slots=True)
class StoreStatus:
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


def store_status(
    settings: Settings, paths: Paths, *, migrate: bool = False
) -> Iterator[StoreStatus]:
    """
    Tell which version each store is of; with *migrate* bring it up to date first.

    Raises:
        SchemaError: One cannot be migrated: it was written by a newer privacykit.
        StoreError: A database failed; stores before it are done.
    """
    for table, url, kind, schemas in stores_of(settings):
        engine = (open_engine if migrate else open_to_look)(
            paths.url(url, f"{table}.url"), kind=kind, where=_where(table, settings)
        )
        try:
            for schema in schemas:
                if migrate:
                    prepare(engine, schema, migrate=True)
                yield StoreStatus(table, schema.name, stamped(engine, schema), schema.version)
        finally:
            engine.dispose()


def _where(table: str, settings: Settings) -> str:
    """Return the table of the file that names the database of *table*."""
    return "events" if table == "outbox" and not settings.outbox.url else table


def look_at_store(
    paths: Paths, table: str, url: Url, kind: StoreKind, schemas: tuple[Schema, ...]
) -> None:
    """
    Look whether a store answers and its tables fit, if they are there; nothing is created.

    Args:
        paths: Finds SQLite files.
        table: Its table of the configuration.
        url: Its database.
        kind: What the database holds.
        schemas: The tables in it.

    Raises:
        ConfigurationError: PK040 where it does not answer; else why it cannot be used.
        SchemaError: Its tables are of a version that a start would refuse.
    """
    engine = open_to_look(paths.url(url, f"{table}.url"), kind=kind, where=table)
    try:
        for schema in schemas:
            # An older file of ours is brought up to date when a server starts.
            if not is_sqlite(engine) or (stamped(engine, schema) or 0) > schema.version:
                check_version(engine, schema)
    except SchemaError:
        raise
    except StoreError as error:
        key, hint = f"{table}.url", "is it up, and may we use it?"
        raise ConfigurationError(Problem("PK040", DEFAULT_FILE, key, str(error), hint)) from None
    finally:
        engine.dispose()


def stores_of(settings: Settings) -> Iterator[tuple[str, Url, StoreKind, tuple[Schema, ...]]]:
    """Yield each database: its table of the configuration, URL, kind, and the schemas in it."""
    events, salts = settings.events.url, settings.salts.url
    yield "records", settings.records.url, "records", RECORDS
    if events is not None:
        yield "events", events, "events", (EVENTS_SCHEMA,)
    yield "outbox", outbox_url(settings), "events", BESIDE
    kept = salts if isinstance(salts, str) else salts.reveal() or ""
    if not kept.startswith(NOT_SQL):
        yield "salts", salts, "salts", (salts_sql.SCHEMA,)
