"""
The retention ledger: what is remembered between runs, and who is at it, in ``[records]``. Does I/O.

Nothing in it is about rows: a run that was killed finds its work by looking at the data again.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    select,
    update,
)

from privacykit.govern.retention.ledger import Progress
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.leases import Leases
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.records.audit import AuditLog

_METADATA = MetaData()
_RULES = Table(
    "retention_rules",
    _METADATA,
    Column("fingerprint", String(16), primary_key=True),
    Column("record", LargeBinary(65_535), nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("retention", _METADATA)


class SqlRetention:
    """
    :class:`privacykit.govern.retention.ledger.RetentionLedger` on a database.

    Args:
        engine: The ``[records]`` database; its tables are created when missing.
        audit: The audit log in the same database.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit
        self._leases = Leases(engine)
        prepare(engine, SCHEMA)

    def load(self, fingerprint: str) -> Progress:
        """Return what is remembered of a rule, or the blank beginning."""
        wanted = select(_RULES.c.record).where(_RULES.c.fingerprint == fingerprint)
        with reading(self._engine) as connection:
            found = connection.scalar(wanted)
        return msgspec.json.decode(found, type=Progress) if found else Progress(fingerprint)

    def save(self, progress: Progress) -> None:
        """Remember *progress*; committed when this returns."""
        record = msgspec.json.encode(progress)
        this = _RULES.c.fingerprint == progress.fingerprint
        with writing(self._engine) as connection:
            self._make_room(progress.fingerprint, connection)
            connection.execute(update(_RULES).where(this).values(record=record))

    def confirm(self, fingerprint: str, *, actor: str, at: float, rule: str) -> None:
        """
        Remember that *actor* allows a rule to destroy, once and for all of its runs.

        Args:
            fingerprint: The rule's; another duration or condition is another rule.
            actor: Key id of the operator.
            at: Unix seconds.
            rule: ``dataset.collection``, for the audit log.
        """
        confirmed = msgspec.structs.replace(self.load(fingerprint), confirmed_by=actor)
        this = _RULES.c.fingerprint == fingerprint
        with writing(self._engine) as connection:
            self._make_room(fingerprint, connection)
            record = msgspec.json.encode(confirmed)
            connection.execute(update(_RULES).where(this).values(record=record))
            detail = {"rule": rule, "fingerprint": fingerprint}
            self._audit.append(
                actor, "retention.confirmed", detail=detail, at=at, connection=connection
            )

    def claim(self, fingerprint: str, owner: str, *, now: float, until: float) -> bool:
        """Take or renew the lease on a rule; ``False`` while another host has it."""
        return self._leases.acquire(f"retention {fingerprint}", owner, until - now, now)

    def release(self, fingerprint: str, owner: str, *, now: float) -> None:
        """Give the lease back."""
        self._leases.release(f"retention {fingerprint}", owner, now)

    def _make_room(self, fingerprint: str, connection: Connection) -> None:
        row = {
            "fingerprint": fingerprint,
            "record": msgspec.json.encode(Progress(fingerprint)),
        }
        connection.execute(insert_absent(self._engine, _RULES).values(row))
