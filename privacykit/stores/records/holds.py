"""
Holds, in ``[records]``: rows that may not be destroyed whoever asks. Does I/O.

A hold's conditions may name a person (``customer_id = 42``); the audit log gets its id only.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)

from privacykit.govern.records import Hold
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.records.audit import AuditLog

_METADATA = MetaData()
_HOLDS = Table(
    "holds",
    _METADATA,
    Column("id", String(36), primary_key=True),
    Column("placed_at", Double, nullable=False),
    Column("released_at", Double),
    Column("record", LargeBinary(65_535), nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("holds", _METADATA)


def standing_holds(engine: Engine) -> tuple[Hold, ...]:
    """
    Return the holds that stand, for those who only ask.

    Raises:
        StoreError: It cannot be told; nothing may be destroyed.
    """
    prepare(engine, SCHEMA)
    return _read(engine, _HOLDS.c.released_at.is_(None))


class SqlHolds:
    """
    What is held, and was.

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

    def place(self, hold: Hold) -> None:
        """
        Hold rows from now on; committed when this returns.

        Raises:
            StoreError: Nothing is held.
        """
        row = {
            "id": hold.hold_id,
            "placed_at": hold.placed_at,
            "record": msgspec.json.encode(hold),
        }
        scope = {"dataset": hold.dataset, "collection": hold.collection, "hold": hold.hold_id}
        with writing(self._engine) as connection:
            connection.execute(insert(_HOLDS).values(row))
            self._audit.append(
                hold.placed_by,
                "hold.placed",
                detail=scope | {"basis": hold.basis},
                at=hold.placed_at,
                connection=connection,
            )

    def standing(self) -> tuple[Hold, ...]:
        """
        Return the holds that stand; every destructive path asks this before it starts.

        Raises:
            StoreError: It cannot be told; nothing may be destroyed.
        """
        return _read(self._engine, _HOLDS.c.released_at.is_(None))

    def all(self) -> tuple[Hold, ...]:
        """Return every hold there ever was."""
        return _read(self._engine, None)

    def release(self, hold_id: str, *, actor: str, at: float) -> Hold | None:
        """
        End a hold; what it kept back is taken up again by ``Desk.requeue`` and the next retention.

        Returns:
            The hold as it ended, or ``None`` when no such hold stands.
        """
        this = (_HOLDS.c.id == hold_id) & _HOLDS.c.released_at.is_(None)
        with writing(self._engine) as connection:
            found = connection.scalar(select(_HOLDS.c.record).where(this).with_for_update())
            if found is None:
                return None
            hold = msgspec.json.decode(found, type=Hold)
            ended = msgspec.structs.replace(hold, released_at=at)
            changes = {"released_at": at, "record": msgspec.json.encode(ended)}
            connection.execute(update(_HOLDS).where(this).values(changes))
            detail = {"hold": hold_id}
            self._audit.append(actor, "hold.released", detail=detail, at=at, connection=connection)
        return ended


def _read(engine: Engine, which: ColumnElement[bool] | None) -> tuple[Hold, ...]:
    wanted = select(_HOLDS.c.record).order_by(_HOLDS.c.placed_at, _HOLDS.c.id)
    if which is not None:
        wanted = wanted.where(which)
    with reading(engine) as connection:
        found = connection.scalars(wanted)
        return tuple(msgspec.json.decode(record, type=Hold) for record in found)
