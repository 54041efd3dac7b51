"""
Recipient notices that are still to be sent, in ``[records]``. Does I/O.

The body of an notice names the person; it goes when the recipient has answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    Select,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    text,
    update,
)

from privacykit.govern.audit.chain import SYSTEM
from privacykit.govern.records import Effect, Propagation
from privacykit.govern.requests.notify import RecipientNotice
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.records.audit import AuditLog

LEASE = 120.0
"""Seconds for which an notice belongs to the process that took it."""

_METADATA = MetaData()
_NOTICES = Table(
    "notices",
    _METADATA,
    Column("notice_id", String(36), primary_key=True),
    Column("request_id", String(36), nullable=False, index=True),
    Column("recipient", String(100), nullable=False),
    Column("body", LargeBinary(65_535), nullable=False),
    Column("status", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Double, index=True),
    Column("at", Double, nullable=False),
    Column("evidence", String(120), nullable=False),
    Column("effect", String(16), nullable=False, server_default=Effect.NONE.value),
    **TABLE_OPTIONS,
)


def _add_effect(connection: Connection) -> None:
    # On MariaDB a step is not one transaction, so it may have been done before.
    if "effect" not in {column["name"] for column in inspect(connection).get_columns("notices")}:
        connection.execute(
            text("alter table notices add column effect varchar(16) not null default 'none'")
        )


SCHEMA = Schema("notices", _METADATA, version=2, upgrades={1: _add_effect})


class SqlRecipientNotices:
    """
    Notices to recipients.

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

    def add(self, notices: Sequence[RecipientNotice], *, actor: str = SYSTEM) -> None:
        """
        Keep *notices* that a request does not have yet: one for each recipient.

        Those that are over already, since there is nothing to be sent, are audited. One that could
        not be sent before takes the place of what said so: a hold was released, or what was missing
        is configured now.
        """
        with writing(self._engine) as connection:
            for notice in notices:
                mine = (
                    _NOTICES.c.request_id == notice.request_id,
                    _NOTICES.c.recipient == notice.recipient,
                )
                if notice.status == "pending":
                    unable = _NOTICES.c.status == "unable"
                    connection.execute(delete(_NOTICES).where(*mine, unable))
                if connection.execute(select(_NOTICES).where(*mine)).first() is None:
                    connection.execute(insert(_NOTICES).values(_row(notice)))
                    if notice.status != "pending":
                        self._log(notice, actor, connection)

    def take(self, now: float, limit: int = 20) -> tuple[RecipientNotice, ...]:
        """Take what is due at *now*; for :data:`LEASE` seconds nobody else gets it."""
        due = (
            select(_NOTICES)
            .where(_NOTICES.c.next_at <= now)
            .order_by(_NOTICES.c.next_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with writing(self._engine) as connection:
            taken = tuple(map(_notice, connection.execute(due).mappings()))
            ids = [notice.notice_id for notice in taken]
            lease = update(_NOTICES).where(_NOTICES.c.notice_id.in_(ids))
            connection.execute(lease.values(next_at=now + LEASE))
        return taken

    def note(self, notice: RecipientNotice, *, actor: str, again: bool = False) -> None:
        """
        Keep how a try of *notice* ended; the end of a notice is audited.

        Args:
            notice: As it stands now.
            actor: Key id of the operator.
            again: Whether one that was over begins anew; that is audited too.
        """
        with writing(self._engine) as connection:
            this = _NOTICES.c.notice_id == notice.notice_id
            connection.execute(update(_NOTICES).where(this).values(_row(notice)))
            if notice.status != "pending" or again:
                self._log(notice, actor, connection)

    def _log(self, notice: RecipientNotice, actor: str, connection: Connection) -> None:
        self._audit.append(
            actor,
            f"recipient.{notice.status}",
            request_id=notice.request_id,
            detail={"recipient": notice.recipient, "tries": notice.tries},
            at=notice.at,
            connection=connection,
        )

    def of(self, request_id: str) -> tuple[RecipientNotice, ...]:
        """Return the notices of a request, by recipient."""
        with reading(self._engine) as connection:
            return tuple(map(_notice, connection.execute(_of(request_id)).mappings()))

    def propagations(self, request_id: str) -> tuple[Propagation, ...]:
        """Return what a receipt says of them: those without an answer too."""
        return tuple(
            Propagation(notice.recipient, notice.status, notice.at, notice.evidence, notice.effect)
            for notice in self.of(request_id)
        )

    def waiting(self) -> tuple[RecipientNotice, ...]:
        """Return what no recipient has answered, and what failed, the oldest first."""
        unanswered = _NOTICES.c.status.in_(("pending", "failed"))
        with reading(self._engine) as connection:
            wanted = select(_NOTICES).where(unanswered).order_by(_NOTICES.c.at)
            return tuple(map(_notice, connection.execute(wanted).mappings()))

    def forget(self, request_id: str) -> None:
        """Erase the notices of a request that was taken back before it ran."""
        with writing(self._engine) as connection:
            connection.execute(delete(_NOTICES).where(_NOTICES.c.request_id == request_id))


def _row(notice: RecipientNotice) -> dict[str, Any]:
    return msgspec.structs.asdict(notice) | {"effect": notice.effect.value}


def _notice(row: RowMapping) -> RecipientNotice:
    return RecipientNotice(**{**row, "effect": Effect(row["effect"])})


def _of(request_id: str) -> Select[Any]:
    mine = _NOTICES.c.request_id == request_id
    return select(_NOTICES).where(mine).order_by(_NOTICES.c.recipient)
