"""
The audit log's store: serialised appends, streaming checks, checkpoints. Does I/O.

Laws of this file:

1. One row, the head, is locked by whoever appends: entries never race, whatever the database.
2. Entries are only ever inserted. Details may be deleted; entries do not change by it.
3. What a caller does in the same database can commit together with its entry (*connection*).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from privacykit.errors import StoreError
from privacykit.govern.audit import AuditKey, Head, detail_digest, draft
from privacykit.govern.checkpoint import from_note, sign, to_note
from privacykit.govern.records import AuditEntry, Checkpoint
from privacykit.govern.verification import AuditReport, Verifier
from privacykit.stores.engine import TABLE_OPTIONS, insert_absent, reading, writing
from privacykit.stores.schema import Schema, prepare

PAGE = 1000
"""How many entries are read at a time."""

_METADATA = MetaData()
_ENTRIES = Table(
    "audit_entries",
    _METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(24), nullable=False),
    Column("action", String(65), nullable=False),
    Column("subject_ref", String(36), nullable=False),
    Column("request_id", String(36), nullable=False, index=True),
    Column("detail_digest", String(64), nullable=False),
    Column("key", String(16), nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    **TABLE_OPTIONS,
)
_DETAILS = Table(
    "audit_details",
    _METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("body", LargeBinary(65_535), nullable=False),
    **TABLE_OPTIONS,
)
_HEAD = Table(
    "audit_head",
    _METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("frontier", Text, nullable=False),
    Column("key", String(16), nullable=False),
    Column("seal", String(64), nullable=False),
    **TABLE_OPTIONS,
)
_CHECKPOINTS = Table(
    "audit_checkpoints",
    _METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("audit", _METADATA)


class Logged(msgspec.Struct, frozen=True):
    """
    An entry with what is left of its detail.

    Attributes:
        entry: The entry.
        detail: The detail's JSON document, ``None`` when there was none or it was erased.
    """

    entry: AuditEntry
    detail: Any = None


class AuditLog:
    """
    The audit log in the ``[records]`` database.

    Args:
        engine: The database; its tables are created when missing.

        keys: Audit keys; the first one links new entries, the others are retired.

        origin: Name of the log in checkpoints, like ``shop.example/privacykit``.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine, keys: Sequence[AuditKey], *, origin: str) -> None:
        self._engine = engine
        self._key = keys[0]
        self._keys = {key.id: key for key in keys}
        self.origin = origin
        prepare(engine, SCHEMA)
        with writing(engine) as connection:
            if not connection.scalar(select(func.count()).select_from(_ENTRIES)):
                head = _head_row(self._key.empty())
                connection.execute(insert_absent(engine, _HEAD).values(id=1, **head))

    def operator(self, name: str) -> str:
        """Return the id under which the log knows the operator *name*."""
        return self._key.operator(name)

    def append(
        self,
        actor: str,
        action: str,
        *,
        subject_ref: str = "",
        request_id: str = "",
        detail: Mapping[str, Any] | None = None,
        at: float | None = None,
        connection: Connection | None = None,
    ) -> AuditEntry:
        """
        Put down that *actor* did *action*.

        Args:
            actor: ``system`` or an operator's id.

            action: Code like ``request.approved``.

            subject_ref: The request's random reference to its person.

            request_id: The request.

            detail: Counts, codes and names of collections; never a person's data. It stands
                outside the chain and can be erased by itself.

            at: Unix seconds; now by default.

            connection: An open ``writing`` transaction on the same database to join, as its last
                step, since the head stays locked until it ends; without one the entry is
                committed when this returns.

        Raises:
            InputError: A field could hold more than a code or reference.

            StoreError: Nothing was put down; the head is missing, or sealed by an unknown key.
        """
        body = msgspec.json.encode(detail, order="sorted") if detail is not None else b""
        salt = os.urandom(32) if body else b""
        new = draft(
            time.time() if at is None else at,
            actor,
            action,
            subject_ref=subject_ref,
            request_id=request_id,
            detail_digest=detail_digest(salt, body) if body else "",
        )
        with self._joined(connection) as open_connection:
            head = self._locked_head(open_connection)
            entry = self._key.link(new, head)
            open_connection.execute(insert(_ENTRIES).values(msgspec.structs.asdict(entry)))
            if body:
                row = {"seq": entry.seq, "salt": salt, "body": body}
                open_connection.execute(insert(_DETAILS).values(row))
            ahead = _head_row(self._key.advance(head, entry))
            open_connection.execute(update(_HEAD).where(_HEAD.c.id == 1).values(**ahead))
        return entry

    def head(self) -> Head | None:
        """Return the sealed head, ``None`` when somebody removed it."""
        with reading(self._engine) as connection:
            return _to_head(connection.execute(select(_HEAD)).first())

    def entries(
        self, *, after: int = 0, until: int | None = None, request_id: str | None = None
    ) -> Iterator[Logged]:
        """
        Yield entries in order, with their details where those are still there.

        Args:
            after: Only entries with a higher position.

            until: Only entries up to this position.

            request_id: Only entries of this request.
        """
        for row in self._rows(after, until, request_id):
            yield Logged(_to_entry(row), _read(row.body))

    def erase_details(self, request_id: str, *, connection: Connection | None = None) -> int:
        """Erase the details of *request_id*; its entries stay, and stay verifiable."""
        mine = select(_ENTRIES.c.seq).where(_ENTRIES.c.request_id == request_id)
        with self._joined(connection) as open_connection:
            return open_connection.execute(
                delete(_DETAILS).where(_DETAILS.c.seq.in_(mine))
            ).rowcount

    def checkpoint(self, signer: Ed25519PrivateKey, at: float | None = None) -> Checkpoint:
        """
        Sign the log as it is, and keep the signed head beside it too.

        Args:
            signer: The key of checkpoints and receipts.

            at: Unix seconds; now by default.

        Raises:
            StoreError: The head is missing or was not sealed by a key of ours.
        """
        with writing(self._engine) as connection:
            head = self._locked_head(connection)
            signed = sign(head, self.origin, int(time.time() if at is None else at), signer)
            note = to_note(signed, signer.public_key())
            connection.execute(delete(_CHECKPOINTS).where(_CHECKPOINTS.c.size == head.size))
            connection.execute(insert(_CHECKPOINTS).values(size=head.size, note=note))
        return signed

    def checkpoints(self) -> list[Checkpoint]:
        """Return the signed heads kept beside the log; they do not show that a copy is old."""
        with reading(self._engine) as connection:
            notes = connection.scalars(select(_CHECKPOINTS.c.note).order_by(_CHECKPOINTS.c.size))
            return [from_note(note) for note in notes]

    def contains(self, checkpoint: Checkpoint) -> bool:
        """
        Tell quickly whether the log reaches *checkpoint* and had its head there.

        The whole answer is :meth:`verify`; this one reads a single row, for commands that must
        not go on from a restored older database.
        """
        last = select(_ENTRIES.c.hash).where(_ENTRIES.c.seq == checkpoint.size)
        with reading(self._engine) as connection:
            found = connection.scalar(last) if checkpoint.size else checkpoint.head
        return found == checkpoint.head

    def verify(
        self, checkpoints: Sequence[Checkpoint], public_keys: Sequence[Ed25519PublicKey]
    ) -> AuditReport:
        """
        Check the whole log.

        Args:
            checkpoints: Signed heads **kept elsewhere**.

            public_keys: Keys that may have signed them.

        Returns:
            What the log may be called, and everything found wrong.

        Raises:
            StoreError: It could not be read.
        """
        verifier = Verifier(
            self._keys, origin=self.origin, checkpoints=checkpoints, public_keys=public_keys
        )
        # The head first: what is appended meanwhile is behind it and not read.
        head = self.head()
        for row in self._rows(0, head.size if head else None, None):
            verifier.read(_to_entry(row), _digest(row))
        return verifier.finish(head)

    def _rows(self, after: int, until: int | None, request_id: str | None) -> Iterator[Row[Any]]:
        wanted = (
            select(_ENTRIES, _DETAILS.c.salt, _DETAILS.c.body)
            .outerjoin(_DETAILS, _DETAILS.c.seq == _ENTRIES.c.seq)
            .order_by(_ENTRIES.c.seq)
            .limit(PAGE)
        )
        if until is not None:
            wanted = wanted.where(_ENTRIES.c.seq <= until)
        if request_id is not None:
            wanted = wanted.where(_ENTRIES.c.request_id == request_id)
        while True:
            with reading(self._engine) as connection:
                page = connection.execute(wanted.where(_ENTRIES.c.seq > after)).all()
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].seq

    def _locked_head(self, connection: Connection) -> Head:
        head = _to_head(connection.execute(select(_HEAD).with_for_update()).first())
        key = self._keys.get(head.key) if head else None
        if head is None or key is None or not key.sealed(head):
            raise StoreError(
                "PK250 the head of the audit log is not as we left it: `privacykit audit verify`"
            )
        return head

    def _joined(self, connection: Connection | None) -> AbstractContextManager[Connection]:
        return writing(self._engine) if connection is None else nullcontext(connection)


def _head_row(head: Head) -> dict[str, Any]:
    return msgspec.structs.asdict(head) | {"frontier": ",".join(head.frontier)}


def _to_head(row: Row[Any] | None) -> Head | None:
    if row is None:
        return None
    return Head(row.size, row.hash, tuple(filter(None, row.frontier.split(","))), row.key, row.seal)


def _digest(row: Row[Any]) -> str | None:
    if row.body is None:
        return None
    # Whoever tampers may leave text, or nothing, where bytes belong.
    salt, body = (v.encode() if isinstance(v, str) else v for v in (row.salt, row.body))
    return detail_digest(salt.ljust(16), body)


def _read(body: bytes | None) -> Any:  # noqa: ANN401 - JSON
    try:
        return msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        return "unreadable"


def _to_entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**{column.name: getattr(row, column.name) for column in _ENTRIES.columns})
