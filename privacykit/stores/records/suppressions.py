"""
The suppression ledger, in ``[records]``, apart from the data it keeps away. Does I/O.

It outlives a restore of the data, which is what it is for, and holds keyed hashes only.
Each request keeps away by itself: another of the same person neither ends what it keeps, nor lasts
by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    case,
    delete,
    func,
    insert,
    or_,
    select,
)

from privacykit.errors import StoreError
from privacykit.govern.identity.equality import spelled
from privacykit.govern.records import Identity
from privacykit.govern.requests.suppression import Suppression, SuppressionKey
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.operations.erased_rows import SqlErasedRows
from privacykit.stores.records.operations.suppression_table import KEPT_AWAY, SCHEMA

CHUNK = 500
"""How many hashes are looked up at a time."""
LASTING = "lasting"
"""Where the entry of a lift says how many it took back that would never have ended."""


class SqlSuppressions:
    """
    Who is not to be collected (again), by keyed hash.

    Args:
        engine: The ``[records]`` database; its tables are created when missing.
        keys: The durable keys of the hashes, the newest first: it hashes what is added, and all
            of them recognise what was.
        audit: The audit log in the same database.

    Attributes:
        erased: By what the rows of those who were erased are recognised.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine, keys: Sequence[SuppressionKey], audit: AuditLog) -> None:
        self._engine = engine
        self._keys = tuple(keys)
        self._audit = audit
        self.erased = SqlErasedRows(engine, keys)
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
            identities: Raw values, each kept in every spelling in which a store is searched for
                it. Hashed ones cannot be recognised in raw data and are left out.
            reason: The request type that led to it.
            at: Unix seconds of the order.
            actor: Who ordered it.
            until: When it may be forgotten; ``None`` is never.
            request_id: The request; what it kept of them before is replaced, and the audit log
                tells of those only whom it did not keep away yet.

        Returns:
            How many identities are kept away by this: 0 is not success.

        Raises:
            StoreError: Nothing is kept.
        """
        raw = [identity for identity in identities if identity.format == "raw"]
        newest = self._keys[0]
        rows = [
            msgspec.structs.asdict(
                Suppression(*hashed, reason, at, until, request_id, newest.id, exact)
            )
            for exact, hashed in {
                newest.exactly(one): (newest.of(one), one.type)
                for known in raw
                for one in spelled(known)
            }.items()
        ]
        if not rows:
            return 0
        known = {newest.exactly(one): self._letters(one) for one in raw}
        with writing(self._engine) as connection:
            before = _replaced(connection, sorted(frozenset().union(*known.values())), request_id)
            connection.execute(insert(KEPT_AWAY), rows)
            if new := sum(hashes.isdisjoint(before) for hashes in known.values()):
                self._audit.append(
                    actor,
                    "suppression.added",
                    request_id=request_id,
                    detail={"identities": new, "reason": reason},
                    at=at,
                    connection=connection,
                )
        return len(known)

    def hashes(self, identity: Identity) -> tuple[str, ...]:
        """Return every keyed hash under which *identity* may be kept, by the newest key first."""
        return tuple(key.of(identity) for key in self._keys)

    def exact_hashes(self, identity: Identity) -> frozenset[str]:
        """Return every keyed hash that *identity* may be kept under to the letter."""
        return frozenset(key.exactly(identity) for key in self._keys)

    def _letters(self, identity: Identity) -> frozenset[str]:
        return frozenset().union(*map(self.exact_hashes, spelled(identity)))

    def check_keys(self) -> None:
        """
        Make sure that everybody who is kept away can be recognised.

        Raises:
            StoreError: A key that hashes were made with is not in the key file (any more).
        """
        ids = {key.id for key in self._keys}
        with reading(self._engine) as connection:
            made_with = set(connection.scalars(select(KEPT_AWAY.c.key).distinct()))
        if missing := sorted(made_with - ids):
            raise StoreError(
                f"PK257 the key file lacks the suppression key {missing[0]}, which keeps people "
                "away: restore the file from its backup"
            )

    def contains(self, identities: Iterable[Identity], now: float) -> bool:
        """
        Tell whether any of *identities* is suppressed at *now*.

        Raises:
            StoreError: It cannot be told; the caller has to collect nothing.
        """
        raw = [known for known in identities if known.format == "raw"]
        return bool(self.among([hashed for known in raw for hashed in self.hashes(known)], now))

    def until(self, identity: Identity, now: float) -> float | None:
        """Return when *identity* may be collected again: infinity, or ``None`` when it may now."""
        found = self.among(self.hashes(identity), now)
        ends = [one.until or float("inf") for several in found.values() for one in several]
        return max(ends, default=None)

    def among(
        self, hashes: Sequence[str], now: float, since: float = 0.0
    ) -> dict[str, list[Suppression]]:
        """
        Return which of *hashes* are suppressed at *now*, added at *since* or later.

        What was made into a hash of a whole column is looked up here in bulk. One hash has several
        where people were named in spellings that differ in case or punctuation only.
        """
        found: dict[str, list[Suppression]] = {}
        wanted = select(KEPT_AWAY).where(_alive(now), KEPT_AWAY.c.added_at >= since)
        with reading(self._engine) as connection:
            for start in range(0, len(hashes), CHUNK):
                chunk = KEPT_AWAY.c.hash.in_(hashes[start : start + CHUNK])
                for row in connection.execute(wanted.where(chunk)).mappings():
                    found.setdefault(row["hash"], []).append(Suppression(**row))
        return found

    def standing(self, now: float, since: float, reason: str) -> frozenset[str]:
        """Return the requests that keep somebody away at *now* for *reason*, since *since*."""
        this = (_alive(now), KEPT_AWAY.c.added_at >= since, KEPT_AWAY.c.reason == reason)
        with reading(self._engine) as connection:
            query = select(KEPT_AWAY.c.request_id).where(*this).distinct()
            return frozenset(connection.scalars(query))

    def count(self, now: float, since: float = 0.0) -> dict[str, int]:
        """Return how many are suppressed at *now*, by identity type, added at *since* or later."""
        wanted = (
            select(KEPT_AWAY.c.identity_type, func.count(KEPT_AWAY.c.exact.distinct()))
            .where(_alive(now), KEPT_AWAY.c.added_at >= since)
            .group_by(KEPT_AWAY.c.identity_type)
        )
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}

    def of(self, identity: Identity, now: float) -> list[Suppression]:
        """Return what keeps *identity* away at *now* to the letter."""
        alike = self.among(self.hashes(identity), now).values()
        return [one for found in alike for one in found if one.exact in self._letters(identity)]

    def lift(self, identity: Identity, *, actor: str, at: float) -> bool:
        """
        Forget, to the letter, the suppression of *identity*; return whether there was one.

        The person wants to be known again. Who is only spelt alike stays kept away.
        """
        this = KEPT_AWAY.c.exact.in_(sorted(self._letters(identity)))
        with writing(self._engine) as connection:
            found = self._lifted(connection, this, actor, at)
            self.erased.forget_without(connection, KEPT_AWAY, identity)
        return found

    def lift_request(self, request_id: str, *, actor: str, at: float) -> bool:
        """Forget what *request_id* keeps away, nothing else; return whether there was anything."""
        this = KEPT_AWAY.c.request_id == request_id
        with writing(self._engine) as connection:
            found = self._lifted(connection, this, actor, at)
            self.erased.forget_without(connection, KEPT_AWAY)
        return found

    def _lifted(
        self, connection: Connection, these: ColumnElement[bool], actor: str, at: float
    ) -> bool:
        """Delete *these*, and put down of each request how many that would have lasted."""
        lasting = func.sum(case((KEPT_AWAY.c.until.is_(None), 1), else_=0))
        of = KEPT_AWAY.c.request_id
        found = connection.execute(select(of, lasting).where(these).group_by(of)).all()
        connection.execute(delete(KEPT_AWAY).where(these))
        for request_id, number in found:
            told = {"request_id": request_id, "detail": {LASTING: int(number)}, "at": at}
            self._audit.append(actor, "suppression.lifted", connection=connection, **told)
        return bool(found)

    def forget_ended(self, now: float) -> int:
        """Erase the suppressions whose time is over."""
        ended = KEPT_AWAY.c.until <= now
        with writing(self._engine) as connection:
            gone = connection.execute(delete(KEPT_AWAY).where(ended)).rowcount
            if gone:
                self.erased.forget_without(connection, KEPT_AWAY)
        return gone


def _replaced(connection: Connection, hashes: Sequence[str], request_id: str) -> set[str]:
    """Delete what *request_id* kept of *hashes*; return those it did."""
    found: set[str] = set()
    for start in range(0, len(hashes), CHUNK):
        these = KEPT_AWAY.c.exact.in_(hashes[start : start + CHUNK])
        mine = KEPT_AWAY.c.request_id == request_id
        found.update(connection.scalars(select(KEPT_AWAY.c.exact).where(these, mine)))
        connection.execute(delete(KEPT_AWAY).where(these, mine))
    return found


def _alive(now: float) -> ColumnElement[bool]:
    return or_(KEPT_AWAY.c.until.is_(None), KEPT_AWAY.c.until > now)
