"""
Anonymisation plans and how far their runs got, in ``[records]``. Does I/O.

The place a run reached is the key of a row: it is overwritten as the run goes on, and gone at its
end (``secure_delete`` on SQLite).
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Column, Double, Engine, LargeBinary, MetaData, String, Table, insert, select
from sqlalchemy import update as change

from privacykit.govern.anonymise.model import AnonymisePlan, AnonymiseProgress
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.records.audit import AuditLog

_METADATA = MetaData()
_PLANS = Table(
    "anonymisations",
    _METADATA,
    Column("plan_id", String(64), primary_key=True),
    Column("made_at", Double, nullable=False),
    Column("plan", LargeBinary(16_777_215), nullable=False),
    Column("progress", LargeBinary(16_777_215), nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("anonymisations", _METADATA)


class SqlAnonymisations:
    """
    Plans of ``privacykit anonymise``; an :class:`~privacykit.govern.anonymise.run.AnonymiseLedger`.

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

    def save(self, plan: AnonymisePlan) -> None:
        """Keep a new plan."""
        row = {
            "plan_id": plan.plan_id,
            "made_at": plan.made_at,
            "plan": msgspec.json.encode(plan),
            "progress": msgspec.msgpack.encode(AnonymiseProgress()),
        }
        with writing(self._engine) as connection:
            connection.execute(insert(_PLANS).values(row))

    def all(self) -> tuple[tuple[AnonymisePlan, AnonymiseProgress], ...]:
        """Return every plan and how far it got, the oldest first."""
        wanted = select(_PLANS.c.plan, _PLANS.c.progress).order_by(_PLANS.c.made_at)
        with reading(self._engine) as connection:
            return tuple(
                (
                    msgspec.json.decode(row.plan, type=AnonymisePlan),
                    msgspec.msgpack.decode(row.progress, type=AnonymiseProgress),
                )
                for row in connection.execute(wanted)
            )

    def note(self, plan_id: str, progress: AnonymiseProgress) -> None:
        """Remember *progress*; committed when this returns."""
        record = msgspec.msgpack.encode(progress)
        this = _PLANS.c.plan_id == plan_id
        with writing(self._engine) as connection:
            connection.execute(change(_PLANS).where(this).values(progress=record))

    def begin(
        self, plan: AnonymisePlan, progress: AnonymiseProgress, *, actor: str, at: float
    ) -> None:
        """Remember that a run begins, or goes on, in the same transaction as the audit log."""
        record = msgspec.msgpack.encode(progress)
        detail = {
            "plan": plan.plan_id,
            "digest": plan.digest,
            "collections": [step.name for step in plan.steps],
            "logs": len(plan.logs),
        }
        this = _PLANS.c.plan_id == plan.plan_id
        with writing(self._engine) as connection:
            connection.execute(change(_PLANS).where(this).values(progress=record))
            self._audit.append(
                actor, "anonymise.started", detail=detail, at=at, connection=connection
            )
