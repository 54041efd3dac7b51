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
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, insert, select, update

from privacykit.collect.ports import ConsentRecord
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

HOUR: Final = 3600
"""Entries are dated to the whole hour: the record has the time, and a refusal has no other."""

# Made once: a choice is written in the time that a visitor waits.
_ADDED = insert(ENTRIES)
_LOCKED = select(HEAD).where(HEAD.c.id == 1).with_for_update()
_AHEAD = update(HEAD).where(HEAD.c.id == 1)


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

    def append(self, connection: Connection, action: str, at: float, row: dict[str, Any]) -> None:
        """
        Chain what *action* did to *row*; the last step of the transaction of *connection*.

        Raises:
            StoreError: The head is missing, or was sealed by an unknown key. Only a withdrawal
                goes on without its entry, which a check finds: nobody may be kept from it.
        """
        head = self._locked(connection)
        if head is None and action == WITHDRAWN:
            return
        body, salt = said_of(action, row), os.urandom(32)
        held = {"record": row["record"], "salt": salt}
        self._add(connection, head, draft_of(action, at, detail_digest(salt, body)), held)

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
        head = self._locked(connection)
        connection.execute(update(ENTRIES).where(mine).values(record=None, salt=None))
        body, salt = msgspec.json.encode(list(gone)), os.urandom(32)
        held = {"salt": salt, "ended": body.decode()}
        self._add(connection, head, draft_of(ENDED, at, detail_digest(salt, body)), held)

    def _add(
        self, connection: Connection, head: Head | None, new: Draft, held: dict[str, Any]
    ) -> None:
        if head is None:
            raise StoreError(
                "PK258 the head of the consent records is not as we left it:"
                " `privacykit consent verify`"
            )
        entry = self._key.link(new, head)
        values = {
            "seq": entry.seq,
            "at": entry.at,
            "action": entry.action,
            "digest": entry.detail_digest,
            "key": entry.key,
            "prev_hash": entry.prev_hash,
            "hash": entry.hash,
            **held,
        }
        connection.execute(_ADDED, values)
        connection.execute(_AHEAD, head_row(self._key.advance(head, entry)))

    def _locked(self, connection: Connection) -> Head | None:
        """Return the head, locked until the transaction ends; ``None`` of one that is not ours."""
        head = to_head(connection.execute(_LOCKED).first())
        if head is None and connection.scalar(select(ENTRIES.c.seq).limit(1)) is None:
            empty = head_row(self._key.empty())
            connection.execute(insert_absent(self._engine, HEAD).values(id=1, **empty))
            head = to_head(connection.execute(_LOCKED).first())
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
    said = {name: _plain(row[name]) for name in names}
    if action != WITHDRAWN and row["notice"]:  # records of before say nothing of it
        said["notice"] = row["notice"]
    if action != WITHDRAWN and row["barred"] not in {None, NO_PURPOSES}:  # nor of this
        said["barred"] = row["barred"]
    return msgspec.json.encode(said, order="sorted")


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
