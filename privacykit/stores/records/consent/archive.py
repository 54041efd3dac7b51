"""
The archive of consent records: read in order, with the texts they name, and checked. Does I/O.

Rows stream by pages; memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import inf
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Select, and_, exists, func, or_, select

from privacykit.collect.consent.shown import ConsentText
from privacykit.collect.ports import ConsentRecord
from privacykit.govern.audit.chain import SYSTEM, AuditKey, detail_digest
from privacykit.govern.audit.entries import AuditEntry
from privacykit.govern.audit.verify import AuditReport, LogFault, Verifier
from privacykit.stores.database.engine import reading
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.audit_tables import to_head
from privacykit.stores.records.consent.chain import (
    BARRED,
    ENDED,
    GIVEN,
    REFUSED,
    WITHDRAWN,
    said_of,
)
from privacykit.stores.records.consent.tables import (
    CONSENTS,
    ENTRIES,
    HEAD,
    SCHEMA,
    TEXTS,
    to_record,
)

PAGE = 1000
"""How many rows are read at a time."""

CHANGED = "changed"
"""Stands for the digest of a row that is not there or not as it was."""


class ChainHead(msgspec.Struct, frozen=True):
    """
    Where a chain stood.

    Attributes:
        size: How many entries.
        hash: The last one's hash.
    """

    size: int
    hash: str


class ChainReport(msgspec.Struct, frozen=True):
    """
    What a check of the consent records saw.

    Attributes:
        log: What was found of the chain and of the rows that it vouches for.
        records: How many records there are.
        before: How many of them are older than the chain, so that nothing vouches for them.
        unchained: How many stand beside the chain and are not older: nobody of ours put them there.
        unsaid: How many records say that they are withdrawn, and the chain does not.
        vanished: How many entries lost their record without any retention having taken it.
        texts: How many texts are not what their hash says, or are named and gone.
        sealed: The most entries that the audit log vouches for.
        older: Whether the audit log has seen more than is there.
        forked: Whether what the audit log has seen is not what is there.
    """

    log: AuditReport
    records: int
    before: int
    unchained: int
    unsaid: int
    vanished: int
    texts: int
    sealed: int
    older: bool
    forked: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong; a clock that was set back is no fault of the records."""
        faults = [it for it in self.log.findings if it.finding is not LogFault.CLOCK]
        wrong = (self.unchained, self.vanished, self.unsaid, self.texts)
        moved = self.older or self.forked
        return not (faults or self.log.more or any(wrong) or moved)


def chain_head(engine: Engine) -> ChainHead | None:
    """
    Return where the chain in *engine* stands, ``None`` where nothing was chained yet.

    Raises:
        StoreError: The database failed.
    """
    prepare(engine, SCHEMA)
    with reading(engine) as connection:
        head = to_head(connection.execute(select(HEAD)).first())
    return None if head is None else ChainHead(head.size, head.hash)


@dataclass(slots=True)
class _Checked:
    """What reading the chain found: lost and ended entries, and hashes where it was sealed."""

    verifier: Verifier
    lost: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)
    hashes: dict[int, str] = field(default_factory=dict)


class ConsentArchive:
    """
    Reads consent records.

    Args:
        engine: The ``[records]`` database.
        keys: Every audit key there ever was.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine, keys: Sequence[AuditKey]) -> None:
        self._engine = engine
        self._keys = {key.id: key for key in keys}
        prepare(engine, SCHEMA)

    def records(self, since: float = -inf, until: float = inf) -> Iterator[ConsentRecord]:
        """
        Yield the records of choices made from *since* on and before *until*, oldest first.

        Args:
            since: Unix seconds.
            until: Unix seconds.
        """
        place = (CONSENTS.c.given_at, CONSENTS.c.record)
        wanted = select(CONSENTS).order_by(*place).limit(PAGE)
        after: tuple[float, str] | None = None
        for_period = _within(since, until)
        while True:
            page = self._read(wanted.where(_after(after), *for_period))
            yield from map(to_record, page)
            if len(page) < PAGE:
                return
            after = (page[-1].given_at, page[-1].record)

    def text(self, hash_: str) -> ConsentText | None:
        """Return the text of *hash_*, ``None`` where it is not kept."""
        found = self._read(select(TEXTS).where(TEXTS.c.hash == hash_))
        return ConsentText(found[0].hash, found[0].language, found[0].body) if found else None

    def verify(self, seals: Iterable[ChainHead] = ()) -> ChainReport:
        """
        Check every record against the chain, and the chain against *seals*.

        Args:
            seals: Heads that the audit log holds.

        Raises:
            StoreError: The database failed.
        """
        seen = {seal.size: seal.hash for seal in seals}
        # The head first: what is appended meanwhile is behind it and not read.
        with reading(self._engine) as connection:
            head = to_head(connection.execute(select(HEAD)).first())
            begun = connection.scalar(select(func.count()).select_from(ENTRIES))
            beside = _beside(connection)
        if head is None and not begun:
            head = next(iter(self._keys.values())).empty()
        read = self._checked(None if head is None else head.size, seen)
        newest = max(seen, default=0)
        return ChainReport(
            read.verifier.finish(head),
            *beside,
            vanished=len(read.lost - read.ended),
            texts=self._wrong_texts(),
            sealed=newest,
            older=newest > (head.size if head else 0),
            forked=any(read.hashes[size] != seen[size] for size in read.hashes),
        )

    def _checked(self, size: int | None, seen: Mapping[int, str]) -> _Checked:
        read = _Checked(Verifier(self._keys, origin="consents"))
        for row in self._entries(size):
            digest = _digest(row)
            if row.action == ENDED:
                read.ended.update(_numbers(row.ended))
            elif digest is None:
                read.lost.add(row.seq)
            read.verifier.read(_entry(row), digest)
            if row.seq in seen:
                read.hashes[row.seq] = row.hash
        return read

    def _wrong_texts(self) -> int:
        with reading(self._engine) as connection:
            kept = connection.execute(select(TEXTS.c.hash, TEXTS.c.body)).all()
            named = select(CONSENTS.c.text_hash).where(CONSENTS.c.text_hash != "").distinct()
            gone = set(connection.scalars(named)) - {row.hash for row in kept}
        changed = [row for row in kept if sha256(_bytes(row.body)).hexdigest() != row.hash]
        return len(gone) + len(changed)

    def _entries(self, size: int | None) -> Iterator[Row[Any]]:
        wanted = (
            select(ENTRIES, *(c.label(f"c_{c.name}") for c in CONSENTS.c))
            .outerjoin(CONSENTS, CONSENTS.c.record == ENTRIES.c.record)
            .order_by(ENTRIES.c.seq)
            .limit(PAGE)
        )
        if size is not None:
            wanted = wanted.where(ENTRIES.c.seq <= size)
        after = 0
        while True:
            page = self._read(wanted.where(ENTRIES.c.seq > after))
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].seq

    def _read(self, wanted: Select[Any]) -> Sequence[Row[Any]]:
        with reading(self._engine) as connection:
            return connection.execute(wanted).all()


def _within(since: float, until: float) -> list[Any]:
    given = CONSENTS.c.given_at
    bounds = ((since, given >= since), (until, given < until))
    return [condition for bound, condition in bounds if abs(bound) != inf]


def _after(place: tuple[float, str] | None) -> Any:  # noqa: ANN401 - a condition of SQLAlchemy's
    if place is None:
        return and_(True)
    given, record = CONSENTS.c.given_at, CONSENTS.c.record
    return (given > place[0]) | ((given == place[0]) & (record > place[1]))


def _beside(connection: Connection) -> tuple[int, int, int, int]:
    """Return how many records there are: all, older than the chain, beside it, said withdrawn."""
    begun = connection.scalar(select(ENTRIES.c.at).where(ENTRIES.c.seq == 1))
    # One statement sees the head and the entries of the same moment.
    chained = ENTRIES.c.seq <= select(HEAD.c.size).scalar_subquery()
    made = and_(ENTRIES.c.record == CONSENTS.c.record, chained)
    loose = ~exists().where(made, ENTRIES.c.action.in_((GIVEN, REFUSED, BARRED)))
    count = select(func.count()).select_from(CONSENTS)
    total = connection.scalar(count) or 0
    alone = connection.scalar(count.where(loose)) or 0
    if begun is None:
        return total, alone, 0, 0
    late = CONSENTS.c.given_at >= begun / 1_000_000
    stray = connection.scalar(count.where(loose, late)) or 0
    ended = ~exists().where(made, ENTRIES.c.action == WITHDRAWN)
    withdrawn = CONSENTS.c.withdrawn_at
    # Of a record that the chain has, it has the withdrawal too, whatever time that bears.
    ours = and_(withdrawn.is_not(None), or_(withdrawn >= begun / 1_000_000, ~loose))
    return total, alone - stray, stray, connection.scalar(count.where(ended, ours)) or 0


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        row.seq, row.at, SYSTEM, row.action, "", "", row.digest, row.key, row.prev_hash, row.hash
    )


def _digest(row: Row[Any]) -> str | None:
    """Return the digest of what the entry *row* is about, as it stands; ``None`` of what ended."""
    if row.action == ENDED:
        body = (row.ended or "").encode()
    elif row.record is None or row.salt is None:
        return None
    elif row.c_record is None:
        return CHANGED
    else:
        body = said_of(row.action, {c.name: getattr(row, f"c_{c.name}") for c in CONSENTS.c})
    return detail_digest(_bytes(row.salt or b"").ljust(16), body)


def _bytes(value: bytes | str) -> bytes:
    """Return *value* as bytes: whoever tampers may leave text where they belong."""
    return value.encode() if isinstance(value, str) else value


def _numbers(text: str | None) -> list[int]:
    try:
        return msgspec.json.decode(text or "[]", type=list[int])
    except msgspec.MsgspecError:
        return []
