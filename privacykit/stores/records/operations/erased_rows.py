"""
Keyed hashes of the rows that erasures found, in ``[records]``. Does I/O.

After a restore they tell a row that a backup brought back from one that somebody made since, and
how an erased value was compared. Without the key nobody can test a guess against them, and no
value is in them: of a row its place, key and mark are hashed, of a value its lower case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, delete, insert, select

from privacykit.govern.erasure.ports.work import Key
from privacykit.govern.identity.equality import spelled
from privacykit.govern.records import Identity
from privacykit.govern.requests.suppression import SuppressionKey
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.schema import Schema, prepare

CHUNK = 500
"""How many hashes are looked up at a time."""

_METADATA = MetaData()
_ERASED = Table(
    "erased_rows",
    _METADATA,
    Column("hash", String(64), primary_key=True),
    Column("request_id", String(36), primary_key=True, index=True),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("erased_rows", _METADATA)


ErasedRow: TypeAlias = tuple[str, Key, bytes]
"""``dataset.collection``, key, and what tells it from a later row with the same key, if any."""


class SqlErasedRows:
    """
    Rows and values of people who were erased, by keyed hash.

    Args:
        engine: The ``[records]`` database; the table is created when missing.
        keys: The durable keys of the hashes, the newest first.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine, keys: Sequence[SuppressionKey]) -> None:
        self._engine = engine
        self._keys = tuple(keys)
        prepare(engine, SCHEMA)

    def add(
        self, request_id: str, rows: Iterable[ErasedRow], identities: Iterable[Identity]
    ) -> None:
        """
        Keep what *request_id* is about to erase; what it kept before stays. Committed on return.

        Args:
            request_id: The erasure.
            rows: The rows that go or are changed.
            identities: Whom they were found by; hashes and several parts at once are left out.
        """
        newest = self._keys[0]
        hashes = dict.fromkeys(newest.of_row(*row) for row in rows)
        hashes |= dict.fromkeys(newest.folded(one) for it in identities for one in _plain(it))
        with writing(self._engine) as connection:
            mine = _ERASED.c.request_id == request_id
            before = set(connection.scalars(select(_ERASED.c.hash).where(mine)))
            if new := [{"hash": it, "request_id": request_id} for it in hashes if it not in before]:
                connection.execute(insert(_ERASED), new)

    def of(self, request_ids: Collection[str]) -> frozenset[str]:
        """Return the hashes that *request_ids* keep."""
        found, wanted = set[str](), sorted(request_ids)
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), CHUNK):
                mine = _ERASED.c.request_id.in_(wanted[start : start + CHUNK])
                found.update(connection.scalars(select(_ERASED.c.hash).where(mine)))
        return frozenset(found)

    def among(self, hashes: Sequence[str]) -> dict[str, set[str]]:
        """Return which of *hashes* are kept, and by which requests."""
        found: dict[str, set[str]] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(hashes), CHUNK):
                these = _ERASED.c.hash.in_(hashes[start : start + CHUNK])
                query = select(_ERASED.c.hash, _ERASED.c.request_id).where(these)
                for hashed, request_id in connection.execute(query):
                    found.setdefault(hashed, set()).add(request_id)
        return found

    def folded(self, identity: Identity) -> frozenset[str]:
        """Return the hashes of *identity* as a column compares it that ignores case."""
        raw = identity.format == "raw" and not identity.parts
        return frozenset(key.folded(identity) for key in self._keys) if raw else frozenset()

    def is_among(self, row: ErasedRow, kept: Collection[str]) -> bool:
        """Say whether *row* is one of those that *kept* are hashes of."""
        return any(key.of_row(*row) in kept for key in self._keys)

    def forget_without(
        self, connection: Connection, standing: Table, lifted: Identity | None = None
    ) -> None:
        """Forget what requests kept that keep nobody away any more, and what was *lifted*."""
        if lifted is not None:
            theirs = _ERASED.c.hash.in_(self.folded(lifted))
            connection.execute(delete(_ERASED).where(theirs))
        over = _ERASED.c.request_id.not_in(select(standing.c.request_id))
        connection.execute(delete(_ERASED).where(over))


def _plain(identity: Identity) -> Iterator[Identity]:
    if identity.format == "raw" and not identity.parts:
        yield from spelled(identity)
