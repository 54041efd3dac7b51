"""
What recipients still have to be told, in ``[records]``. Does I/O.

The body of an errand names the person; it goes when the recipient has answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from privacykit.govern.propagation import Errand
from privacykit.govern.records import Propagation
from privacykit.stores.audit import AuditLog
from privacykit.stores.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.schema import Schema, prepare

LEASE = 120.0
"""Seconds for which an errand belongs to the process that took it."""

_METADATA = MetaData()
_ERRANDS = Table(
    "errands",
    _METADATA,
    Column("errand_id", String(36), primary_key=True),
    Column("request_id", String(36), nullable=False, index=True),
    Column("recipient", String(100), nullable=False),
    Column("body", LargeBinary(65_535), nullable=False),
    Column("status", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Double, index=True),
    Column("at", Double, nullable=False),
    Column("evidence", String(120), nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("errands", _METADATA)


class SqlErrands:
    """
    Errands to recipients.

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

    def add(self, errands: Sequence[Errand]) -> None:
        """Keep *errands* that a request does not have yet: one for each recipient."""
        with writing(self._engine) as connection:
            for errand in errands:
                same = _of(errand.request_id).where(_ERRANDS.c.recipient == errand.recipient)
                if connection.execute(same).first() is None:
                    row = msgspec.structs.asdict(errand)
                    connection.execute(insert(_ERRANDS).values(row))

    def take(self, now: float, limit: int = 20) -> tuple[Errand, ...]:
        """Take what is due at *now*; for :data:`LEASE` seconds nobody else gets it."""
        due = (
            select(_ERRANDS)
            .where(_ERRANDS.c.next_at <= now)
            .order_by(_ERRANDS.c.next_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with writing(self._engine) as connection:
            taken = tuple(Errand(**row) for row in connection.execute(due).mappings())
            ids = [errand.errand_id for errand in taken]
            lease = update(_ERRANDS).where(_ERRANDS.c.errand_id.in_(ids))
            connection.execute(lease.values(next_at=now + LEASE))
        return taken

    def note(self, errand: Errand, *, actor: str) -> None:
        """Keep how a try of *errand* ended; the end of an errand is audited."""
        row = msgspec.structs.asdict(errand)
        with writing(self._engine) as connection:
            this = _ERRANDS.c.errand_id == errand.errand_id
            connection.execute(update(_ERRANDS).where(this).values(row))
            if errand.status != "pending":
                self._audit.append(
                    actor,
                    f"recipient.{errand.status}",
                    request_id=errand.request_id,
                    detail={"recipient": errand.recipient, "tries": errand.tries},
                    at=errand.at,
                    connection=connection,
                )

    def of(self, request_id: str) -> tuple[Errand, ...]:
        """Return the errands of a request, by recipient."""
        with reading(self._engine) as connection:
            return tuple(Errand(**row) for row in connection.execute(_of(request_id)).mappings())

    def propagations(self, request_id: str) -> tuple[Propagation, ...]:
        """Return what a receipt says of them: those without an answer too."""
        return tuple(
            Propagation(errand.recipient, errand.status, errand.at, errand.evidence)
            for errand in self.of(request_id)
        )

    def waiting(self) -> tuple[Errand, ...]:
        """Return what no recipient has answered, and what failed, the oldest first."""
        unanswered = _ERRANDS.c.status.in_(("pending", "failed"))
        with reading(self._engine) as connection:
            wanted = select(_ERRANDS).where(unanswered).order_by(_ERRANDS.c.at)
            return tuple(Errand(**row) for row in connection.execute(wanted).mappings())

    def forget(self, request_id: str) -> None:
        """Erase the errands of a request that was taken back before it ran."""
        with writing(self._engine) as connection:
            connection.execute(delete(_ERRANDS).where(_ERRANDS.c.request_id == request_id))


def _of(request_id: str) -> Select[Any]:
    mine = _ERRANDS.c.request_id == request_id
    return select(_ERRANDS).where(mine).order_by(_ERRANDS.c.recipient)
