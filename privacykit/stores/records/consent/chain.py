"""
The chain of consent records: every row of proof is sealed by what follows it. Does I/O.

Laws of this file:

1. What happens to a record (given, refused, barred, withdrawn) is one entry of the chain, in the
   transaction that writes the row. It holds a salted digest of the row, and nothing of it.
2. The chain is keyed with the audit key (:mod:`privacykit.govern.audit.chain`): who can write to
   the database and has no key cannot change, add or take out a row without its being found.
3. When a record's time is over, its row and its salts go; the entry stays, and one more says which
   went. So erasure is possible, and a row that merely disappeared is not one that was erased.
4. The audit log holds the chain's head from time to time (:data:`SEALED`): an older copy of the
   whole table is found by that, as far as the audit log is not older than its checkpoint.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, bindparam, insert, select, update

from privacykit.collect.ports import ConsentRecord
from privacykit.connectors.statements.drivers import Cursor
from privacykit.connectors.statements.drivers import cursor as cursor_on
from privacykit.connectors.statements.statement import Statement
from privacykit.errors import StoreError
from privacykit.govern.audit.chain import SYSTEM, AuditKey, Draft, Head, detail_digest, draft
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.records.audit_tables import head_row, to_head
from privacykit.stores.records.consent.tables import ENTRIES, HEAD, NO_PURPOSES

GIVEN: Final = "consent.given"
REFUSED: Final = "consent.refused"
BARRED: Final = "consent.barred"
WITHDRAWN: Final = "consent.withdrawn"
ENDED: Final = "consent.ended"
SEALED: Final = "consent.sealed"
"""The action of the audit entry that holds the chain's head."""

BROKEN: Final = (
    "PK258 the head of the consent records is not as we left it: `privacykit consent verify`"
)
HOUR: Final = 3600
_SORTED: Final = msgspec.json.Encoder(order="sorted")
"""Entries are dated to the whole hour: the record has the time, and a refusal has no other."""

_LOCKED = select(HEAD).where(HEAD.c.id == 1).with_for_update()
_AHEAD = update(HEAD).where(HEAD.c.id == 1)
_MOVED = ("size", "hash", "frontier", "key", "seal")


class Happened(NamedTuple):
    """
    What happened to a record.

    Attributes:
        action: What it was: :data:`GIVEN`, :data:`WITHDRAWN`.
        at: Unix seconds.
        row: The columns that the entry vouches for.
    """

    action: str
    at: float
    row: dict[str, Any]


class ConsentChain:
    """
    Appends to the chain.

    Args:
        engine: The ``[records]`` database.
        keys: Audit keys; the first one links new entries.
    """

    def __init__(self, engine: Engine, keys: Sequence[AuditKey]) -> None:
        self._engine = engine
        self._key = keys[0]
        self._keys = {key.id: key for key in keys}
        # Written once: a choice is kept in the time that a visitor waits.
        self._entered = Statement(insert(ENTRIES), engine.dialect)
        self._head = Statement(_LOCKED, engine.dialect)
        self._any = Statement(select(ENTRIES.c.seq).limit(1), engine.dialect)
        self._begun = Statement(insert_absent(engine, HEAD), engine.dialect)
        moved: dict[str, ColumnElement[Any]] = {name: bindparam(f"new_{name}") for name in _MOVED}
        self._ahead = Statement(_AHEAD.values(moved), engine.dialect)

    def append(self, cursor: Cursor, head: Head, happened: Sequence[Happened]) -> None:
        """
        Chain what *happened*, in its order; the last step of the transaction of *cursor*.

        Args:
            cursor: The driver's own, in the transaction that writes the rows.
            head: What :meth:`locked` returned in it.
            happened: To which records.
        """
        for action, at, row in happened:
            salt = os.urandom(32)
            new = draft_of(action, at, detail_digest(salt, said_of(action, row)))
            head = self._enter(cursor, head, new, row["record"], salt)
        self._move(cursor, head)

    def end(self, connection: Connection, records: Sequence[str], at: float) -> None:
        """
        Forget what the entries of *records* were about, and say which those are.

        Raises:
            StoreError: As for :meth:`append`.
        """
        mine = ENTRIES.c.record.in_(records)
        gone = connection.scalars(select(ENTRIES.c.seq).where(mine).order_by(ENTRIES.c.seq)).all()
        if not gone:
            return
        with cursor_on(connection) as cursor:
            head = self.locked(cursor)
        if head is None:
            raise StoreError(BROKEN)
        connection.execute(update(ENTRIES).where(mine).values(record=None, salt=None))
        body, salt = msgspec.json.encode(list(gone)), os.urandom(32)
        new = draft_of(ENDED, at, detail_digest(salt, body))
        with cursor_on(connection) as cursor:
            self._move(cursor, self._enter(cursor, head, new, None, salt, body.decode()))

    def _enter(
        self,
        cursor: Cursor,
        head: Head,
        new: Draft,
        record: str | None,
        salt: bytes,
        ended: str | None = None,
    ) -> Head:
        """Write the entry of *new* behind *head*; return the head behind that."""
        entry, ahead = self._key.follow(new, head)
        values: dict[str, Any] = {
            "seq": entry.seq,
            "at": entry.at,
            "action": entry.action,
            "digest": entry.detail_digest,
            "key": entry.key,
            "prev_hash": entry.prev_hash,
            "hash": entry.hash,
            "record": record,
            "salt": salt,
            "ended": ended,
        }
        self._entered.run(cursor, values)
        return ahead

    def _move(self, cursor: Cursor, head: Head) -> None:
        moved = {f"new_{name}": value for name, value in head_row(head).items()}
        self._ahead.run(cursor, moved)

    def locked(self, cursor: Cursor) -> Head | None:
        """Return the head, locked until the transaction ends; ``None`` of one that is not ours."""
        head = to_head(self._head.run(cursor, {}).fetchone())
        if head is None:
            if self._any.run(cursor, {}).fetchone() is None:
                self._begun.run(cursor, {"id": 1, **head_row(self._key.empty())})
            # Another process may have begun the chain between the two questions.
            head = to_head(self._head.run(cursor, {}).fetchone())
        key = self._keys.get(head.key) if head else None
        return head if head is not None and key is not None and key.sealed(head) else None


def action_of(consent: ConsentRecord) -> str:
    """Return what making *consent* is; where all that was allowed is not in force, neither."""
    if consent.purposes:
        return GIVEN
    return REFUSED if consent.refused or not consent.barred else BARRED


def draft_of(action: str, at: float, digest: str) -> Draft:
    """Return the entry of *action*, dated to the whole hour of *at*, before it has a place."""
    return draft(at - at % HOUR, SYSTEM, action, detail_digest=digest)


def said_of(action: str, row: Any) -> bytes:  # noqa: ANN401 - a row of the database
    """Return the bytes of *row* that the entry of *action* vouches for."""
    names = _WITHDRAWAL if action == WITHDRAWN else _CHOICE
    said = {name: told if type(told := row[name]) is str else _plain(told) for name in names}
    if action != WITHDRAWN and row["notice"]:  # records of before say nothing of it
        said["notice"] = row["notice"]
    if action != WITHDRAWN and row["barred"] not in {None, NO_PURPOSES}:  # nor of this
        said["barred"] = row["barred"]
    return _SORTED.encode(said)


_WITHDRAWAL = ("record", "withdrawn_at", "withdrawn_interface")
_CHOICE = (
    "record",
    "site",
    "purposes",
    "refused",
    "text_version",
    "text_hash",
    "language",
    "interface",
    "place",
    "method",
    "policies",
    "given_at",
    "gpc_seen",
)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    """Return *value* as every database gives it back; times as whole microseconds."""
    if isinstance(value, float):
        return round(value * 1_000_000)
    return "" if value is None else value
