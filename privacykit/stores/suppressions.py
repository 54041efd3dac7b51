"""
The suppression ledger, in ``[records]``, apart from the data it keeps away. Does I/O.

It outlives a restore of the data, which is what it is for, and holds keyed hashes only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    Engine,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
)

from privacykit.govern.records import Identity
from privacykit.govern.suppression import Suppression, SuppressionKey
from privacykit.stores.audit import AuditLog
from privacykit.stores.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.schema import Schema, prepare

CHUNK = 500
"""How many hashes are looked up at a time."""

_METADATA = MetaData()
_SUPPRESSIONS = Table(
    "suppressions",
    _METADATA,
    Column("hash", String(64), primary_key=True),
    Column("identity_type", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("added_at", Double, nullable=False, index=True),
    Column("until", Double),
    Column("request_id", String(36), nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("suppressions", _METADATA)


class SqlSuppressions:
    """
    Who is not to be collected (again), by keyed hash.

    Args:
        engine: The ``[records]`` database; its tables are created when missing.

        key: The durable key of the hashes.

        audit: The audit log in the same database.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine, key: SuppressionKey, audit: AuditLog) -> None:
        self._engine = engine
        self._key = key
        self._audit = audit
        prepare(engine, SCHEMA)

    def add(
        self,
        identities: Sequence[Identity],
        *,
        reason: str,
        at: float,
        actor: str,
        until: float | None = None,
        request_id: str = "",
    ) -> int:
        """
        Keep *identities* away from now on; committed when this returns.

        Args:
            identities: Raw values. Hashed ones cannot be recognised in raw data and are left out.

            reason: The request type that led to it.

            at: Unix seconds of the order.

            actor: Who ordered it.

            until: When it may be forgotten; ``None`` is never.

            request_id: The request.

        Returns:
            How many identities are kept away by this: 0 is not success.

        Raises:
            StoreError: Nothing is kept.
        """
        hashes = {self._key.of(i): i.type for i in identities if i.format == "raw"}
        rows = [
            msgspec.structs.asdict(Suppression(hashed, kind, reason, at, until, request_id))
            for hashed, kind in hashes.items()
        ]
        if not rows:
            return 0
        with writing(self._engine) as connection:
            connection.execute(delete(_SUPPRESSIONS).where(_SUPPRESSIONS.c.hash.in_(hashes)))
            connection.execute(insert(_SUPPRESSIONS), rows)
            self._audit.append(
                actor,
                "suppression.added",
                request_id=request_id,
                detail={"identities": len(rows), "reason": reason},
                at=at,
                connection=connection,
            )
        return len(rows)

    def hash(self, identity: Identity) -> str:
        """Return the keyed hash under which *identity* would be kept."""
        return self._key.of(identity)

    def contains(self, identities: Iterable[Identity], now: float) -> bool:
        """
        Tell whether any of *identities* is suppressed at *now*.

        Raises:
            StoreError: It cannot be told; the caller has to collect nothing.
        """
        hashes = [self._key.of(known) for known in identities if known.format == "raw"]
        return bool(self.among(hashes, now))

    def until(self, identity: Identity, now: float) -> float | None:
        """Return when *identity* may be collected again: infinity, or ``None`` when it may now."""
        found = self.among([self._key.of(identity)], now)
        return max((s.until or float("inf") for s in found.values()), default=None)

    def among(
        self, hashes: Sequence[str], now: float, since: float = 0.0
    ) -> dict[str, Suppression]:
        """
        Return which of *hashes* are suppressed at *now*, added at *since* or later.

        What was made into a hash of a whole column is looked up here in bulk.
        """
        found: dict[str, Suppression] = {}
        wanted = select(_SUPPRESSIONS).where(_alive(now), _SUPPRESSIONS.c.added_at >= since)
        with reading(self._engine) as connection:
            for start in range(0, len(hashes), CHUNK):
                chunk = _SUPPRESSIONS.c.hash.in_(hashes[start : start + CHUNK])
                for row in connection.execute(wanted.where(chunk)).mappings():
                    found[row["hash"]] = Suppression(**row)
        return found

    def count(self, now: float, since: float = 0.0) -> dict[str, int]:
        """Return how many are suppressed at *now*, by identity type, added at *since* or later."""
        wanted = (
            select(_SUPPRESSIONS.c.identity_type, func.count())
            .where(_alive(now), _SUPPRESSIONS.c.added_at >= since)
            .group_by(_SUPPRESSIONS.c.identity_type)
        )
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}

    def lift(self, identity: Identity, *, actor: str, at: float) -> bool:
        """
        Forget the suppression of *identity*: the person wants to be known again.

        Returns:
            Whether there was one.
        """
        this = _SUPPRESSIONS.c.hash == self._key.of(identity)
        with writing(self._engine) as connection:
            found = bool(connection.execute(delete(_SUPPRESSIONS).where(this)).rowcount)
            if found:
                self._audit.append(actor, "suppression.lifted", at=at, connection=connection)
        return found

    def forget_ended(self, now: float) -> int:
        """Erase the suppressions whose time is over."""
        ended = _SUPPRESSIONS.c.until <= now
        with writing(self._engine) as connection:
            return connection.execute(delete(_SUPPRESSIONS).where(ended)).rowcount


def _alive(now: float) -> ColumnElement[bool]:
    return or_(_SUPPRESSIONS.c.until.is_(None), _SUPPRESSIONS.c.until > now)
