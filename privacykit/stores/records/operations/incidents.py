"""
The register of incidents, in ``[records]``: kept as long as the longest duty asks. Does I/O.

An entry holds counts, names of fields and what operators wrote; the audit log gets its id, what was
decided, and no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Double,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
)
from sqlalchemy import update as change

from privacykit.errors import StoreError
from privacykit.govern.incidents.model import Incident
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.records.audit import AuditLog

_METADATA = MetaData()
_INCIDENTS = Table(
    "incidents",
    _METADATA,
    Column("incident_id", String(64), primary_key=True),
    Column("opened_at", Double, nullable=False),
    Column("keep_until", Double),
    Column("record", LargeBinary(16_777_215), nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("incidents", _METADATA)


class SqlIncidents:
    """
    The register of incidents.

    Args:
        engine: The ``[records]`` database; its tables are created when missing.
        audit: The audit log in the same database.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit
        prepare(engine, SCHEMA)

    def add(self, incident: Incident, *, actor: str, detail: Mapping[str, Any]) -> None:
        """Write a new incident down; committed when this returns."""
        row = {
            "incident_id": incident.incident_id,
            "opened_at": incident.opened_at,
            "keep_until": None,
            "record": msgspec.json.encode(incident),
        }
        with writing(self._engine) as connection:
            connection.execute(insert(_INCIDENTS).values(row))
            self._audit.append(
                actor,
                "incident.opened",
                detail=detail,
                at=incident.opened_at,
                connection=connection,
            )

    def replace(
        self,
        incident: Incident,
        *,
        actor: str,
        action: str,
        detail: Mapping[str, Any],
        at: float,
        keep_until: float | None = None,
    ) -> None:
        """
        Write down what became of an incident, in one transaction with the audit log.

        Raises:
            StoreError: It is not in the register any more; nothing was written.
        """
        record = msgspec.json.encode(incident)
        this = _INCIDENTS.c.incident_id == incident.incident_id
        with writing(self._engine) as connection:
            values = {"record": record, "keep_until": keep_until}
            if not connection.execute(change(_INCIDENTS).where(this).values(values)).rowcount:
                raise StoreError("the incident is not in the register")
            self._audit.append(actor, action, detail=detail, at=at, connection=connection)

    def all(self) -> tuple[Incident, ...]:
        """Return every incident, the oldest first."""
        wanted = select(_INCIDENTS.c.record).order_by(_INCIDENTS.c.opened_at)
        with reading(self._engine) as connection:
            found = connection.scalars(wanted).all()
        return tuple(msgspec.json.decode(record, type=Incident) for record in found)

    def forget(self, now: float) -> int:
        """Erase closed incidents whose time in the register is over; return how many."""
        return forget_incidents(self._engine, now)


def forget_incidents(engine: Engine, now: float) -> int:
    """
    Erase closed incidents whose time in the register is over; return how many.

    Raises:
        StoreError: The database failed.
    """
    prepare(engine, SCHEMA)
    over = _INCIDENTS.c.keep_until <= now
    with writing(engine) as connection:
        return int(connection.execute(delete(_INCIDENTS).where(over)).rowcount)
