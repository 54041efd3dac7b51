"""
The audit log's store: serialised appends, streaming checks, checkpoints. Does I/O.

Laws of this file:

1. One row, the head, is locked by whoever appends: entries never race, whatever the database.
2. Entries are only ever inserted. Details may be deleted; entries do not change by it.
3. What a caller does in the same database can commit together with its entry (*connection*).
4. What stands among the entries and is outside the chain is never taken for an entry: it is named
   by a check, and set aside, with an entry that says so, when the log goes on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from privacykit.errors import StoreError
from privacykit.govern.audit.chain import SYSTEM, AuditKey, Draft, Head, detail_digest, draft
from privacykit.govern.audit.checkpoint import from_note, sign, to_note
from privacykit.govern.audit.entries import AuditEntry, Checkpoint
from privacykit.govern.audit.operator_names import spellings
from privacykit.govern.audit.verify import AuditReport, Verifier
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.records.audit_strays import is_stray, set_aside, strays
from privacykit.stores.records.audit_tables import (
    CHECKPOINTS,
    DETAILS,
    ENTRIES,
    HEAD,
    digest_of,
    head_row,
    open_log,
    read_detail,
    to_entry,
    to_head,
)

PAGE = 1000
"""How many entries are read at a time."""

SET_ASIDE = "audit.set_aside"
"""The action of the entry that says that rows outside the chain were set aside."""


class Logged(msgspec.Struct, frozen=True):
    """
    An entry with what is left of its detail.

    Attributes:
        entry: The entry.
        detail: The detail's JSON document, ``None`` when there was none or it was erased.
        genuine: Whether a key of ours made the entry and its detail as they stand.
    """

    entry: AuditEntry
    detail: Any
    genuine: bool


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
        open_log(engine, self._key.empty())

    def operator(self, name: str) -> str:
        """Return the id under which the log knows the operator *name*."""
        return self.operators(name)[0]

    def operators(self, name: str) -> list[str]:
        """Return every id under which the log knows *name*: of each key, the one in use first."""
        return [key.operator(said) for key in self._keys.values() for said in spellings(name)]

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
        salt = os.urandom(32)
        moment = time.time() if at is None else at
        new = draft(
            moment,
            actor,
            action,
            subject_ref=subject_ref,
            request_id=request_id,
            detail_digest=detail_digest(salt, body) if body else "",
        )
        with self._joined(connection) as open_connection:
            head, astray = self._locked_head(open_connection)
            if astray:
                set_aside(open_connection, head, moment)
                entry, head = self._add(open_connection, head, draft(moment, SYSTEM, SET_ASIDE))
            entry, _ = self._add(open_connection, head, new)
            if body:
                row = {"seq": entry.seq, "salt": salt, "body": body}
                open_connection.execute(insert(DETAILS).values(row))
        return entry

    def _add(self, connection: Connection, head: Head, new: Draft) -> tuple[AuditEntry, Head]:
        entry, ahead = self._key.follow(new, head)
        connection.execute(insert(ENTRIES).values(msgspec.structs.asdict(entry)))
        connection.execute(update(HEAD).where(HEAD.c.id == 1).values(**head_row(ahead)))
        return entry, ahead

    def head(self) -> Head | None:
        """Return the sealed head, ``None`` where somebody removed it or it is not sealed by us."""
        with reading(self._engine) as connection:
            head = to_head(connection.execute(select(HEAD)).first())
        return head if self._is_sealed(head) else None

    def latest_at(self) -> float:
        """Return the time of the last entry, Unix seconds; 0 in an empty log."""
        last = select(ENTRIES.c.at).join(HEAD, HEAD.c.size == ENTRIES.c.seq)
        with reading(self._engine) as connection:
            return (connection.scalar(last) or 0) / 1_000_000

    def entries(
        self, *, after: int = 0, until: int | None = None, request_id: str | None = None
    ) -> Iterator[Logged]:
        """
        Yield entries in order, with their details where those are still there.

        What stands outside the chain, before its first entry or behind its head, is no entry.

        Args:
            after: Only entries with a higher position.
            until: Only entries up to this position.
            request_id: Only entries of this request.
        """
        last = head.size if (head := self.head()) else 0
        end = last if until is None else min(last, until)
        for row in self._rows(max(after, 0), end, request_id):
            entry = to_entry(row)
            yield Logged(entry, read_detail(row.body), self._is_genuine(entry, digest_of(row)))

    def _is_genuine(self, entry: AuditEntry, digest: str | None) -> bool:
        key, fits = self._keys.get(entry.key), digest is None or digest == entry.detail_digest
        return key is not None and key.made(entry) and fits

    def erase_details(self, request_id: str, *, connection: Connection | None = None) -> int:
        """Erase the details of *request_id*; its entries stay, and stay verifiable."""
        mine = select(ENTRIES.c.seq).where(ENTRIES.c.request_id == request_id)
        with self._joined(connection) as open_connection:
            return open_connection.execute(delete(DETAILS).where(DETAILS.c.seq.in_(mine))).rowcount

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
            head, _ = self._locked_head(connection)
            signed = sign(head, self.origin, int(time.time() if at is None else at), signer)
            note = to_note(signed, signer.public_key())
            connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.size == head.size))
            connection.execute(insert(CHECKPOINTS).values(size=head.size, note=note))
        return signed

    def checkpoints(self) -> list[Checkpoint]:
        """Return the signed heads kept beside the log; they do not show that a copy is old."""
        with reading(self._engine) as connection:
            notes = connection.scalars(select(CHECKPOINTS.c.note).order_by(CHECKPOINTS.c.size))
            return [from_note(note) for note in notes]

    def contains(self, checkpoint: Checkpoint) -> bool:
        """
        Tell quickly whether the log reaches *checkpoint* and had its head there.

        The whole answer is :meth:`verify`; this one reads a single row, for commands that must
        not go on from a restored older database.
        """
        last = select(ENTRIES.c.hash).where(ENTRIES.c.seq == checkpoint.size)
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
        with reading(self._engine) as connection:
            head = to_head(connection.execute(select(HEAD)).first())
            for place in strays(connection) if self._is_sealed(head) else ():
                verifier.stray(place)
        for row in self._rows(0, head.size if head else None, None):
            verifier.read(to_entry(row), digest_of(row))
        return verifier.finish(head)

    def _rows(self, after: int, until: int | None, request_id: str | None) -> Iterator[Row[Any]]:
        wanted = (
            select(ENTRIES, DETAILS.c.salt, DETAILS.c.body)
            .outerjoin(DETAILS, DETAILS.c.seq == ENTRIES.c.seq)
            .order_by(ENTRIES.c.seq)
            .limit(PAGE)
        )
        if until is not None:
            wanted = wanted.where(ENTRIES.c.seq <= until)
        if request_id is not None:
            wanted = wanted.where(ENTRIES.c.request_id == request_id)
        while True:
            with reading(self._engine) as connection:
                page = connection.execute(wanted.where(ENTRIES.c.seq > after)).all()
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].seq

    def _locked_head(self, connection: Connection) -> tuple[Head, bool]:
        """
        Return the head, locked until the transaction ends, and whether anything is outside of it.

        Raises:
            StoreError: The head is missing, or was not sealed by a key of ours.
        """
        locked = select(HEAD, is_stray().label("astray")).with_for_update(of=HEAD)
        row = connection.execute(locked).first()
        head = to_head(row)
        if row is None or head is None or not self._is_sealed(head):
            raise StoreError(
                "PK250 the head of the audit log is not as we left it: `privacykit audit verify`"
            )
        return head, bool(row.astray)

    def _is_sealed(self, head: Head | None) -> bool:
        key = self._keys.get(head.key) if head else None
        return head is not None and key is not None and key.sealed(head)

    def _joined(self, connection: Connection | None) -> AbstractContextManager[Connection]:
        return writing(self._engine) if connection is None else nullcontext(connection)
