"""
Plans, their targets and how far a run got, in ``[records]``. Does I/O.

Targets name rows of people: they are erased with what finds the person when the plan is over, and
the pages they stood in are overwritten (``secure_delete``) on SQLite.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from privacykit.errors import StoreError
from privacykit.govern.ports import Chunk, How, Lease, Results
from privacykit.govern.records import Plan, StepResult
from privacykit.stores.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.schema import Schema, prepare

MEDIUM = 16_777_215
"""Bytes that a column of plans takes: MariaDB's medium blob."""

_METADATA = MetaData()
_PLANS = Table(
    "plans",
    _METADATA,
    Column("plan_id", String(64), primary_key=True),
    Column("request_id", String(64), nullable=False, index=True),
    Column("plan", LargeBinary(MEDIUM), nullable=False),
    Column("whose", LargeBinary(MEDIUM), nullable=False),
    Column("salt", LargeBinary(64), nullable=False),
    Column("results", LargeBinary(MEDIUM), nullable=False),
    Column("owner", String(100), nullable=False),
    Column("leased_until", Double, nullable=False),
    **TABLE_OPTIONS,
)
_CHUNKS = Table(
    "plan_chunks",
    _METADATA,
    Column("plan_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("added_at", Double, nullable=False),
    Column("keys", LargeBinary(MEDIUM), nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("plans", _METADATA)


class SqlPlans:
    """
    :class:`privacykit.govern.ports.PlanStore` on a database.

    Args:
        engine: The ``[records]`` database; its tables are created when missing.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        prepare(engine, SCHEMA)

    def add_chunks(self, plan_id: str, chunks: Iterable[Chunk]) -> None:
        """Append *chunks*, in order; they belong to nothing until :meth:`save_plan`."""
        with writing(self._engine) as connection:
            self._append(connection, plan_id, chunks)

    def save_plan(self, plan: Plan, whose: bytes, salt: bytes, chunks: Iterable[Chunk]) -> None:
        """Append the last *chunks* and make the plan visible; one transaction."""
        row = {
            "plan_id": plan.plan_id,
            "request_id": plan.subject_request_id,
            "plan": msgspec.json.encode(plan),
            "whose": whose,
            "salt": salt,
            "results": b"",
            "owner": "",
            "leased_until": 0.0,
        }
        with writing(self._engine) as connection:
            self._append(connection, plan.plan_id, chunks)
            connection.execute(insert(_PLANS).values(row))

    def load_plan(self, plan_id: str) -> tuple[Plan, bytes, bytes] | None:
        """Return plan, *whose* and *salt* (both empty once forgotten), or ``None``."""
        wanted = select(_PLANS.c.plan, _PLANS.c.whose, _PLANS.c.salt)
        with reading(self._engine) as connection:
            row = connection.execute(wanted.where(_PLANS.c.plan_id == plan_id)).first()
        return (msgspec.json.decode(row.plan, type=Plan), row.whose, row.salt) if row else None

    def find(self, request_id: str, digest: str) -> Plan | None:
        """Return the plan of a request that has *digest* and whose targets are still there."""
        wanted = select(_PLANS.c.plan).where(
            _PLANS.c.request_id == request_id, _PLANS.c.whose != b""
        )
        with reading(self._engine) as connection:
            plans = [msgspec.json.decode(p, type=Plan) for p in connection.scalars(wanted)]
        return next((plan for plan in plans if plan.targets_digest == digest), None)

    def replace_plan(self, plan: Plan) -> None:
        """Replace the plan's own record (its approval); chunks, *whose* and *salt* stay."""
        self._change(plan.plan_id, plan=msgspec.json.encode(plan))

    def chunks(self, plan_id: str, first: int, most: int) -> Sequence[Chunk]:
        """Return the plan's chunks from number *first* on (0 is the first), at most so many."""
        these = (_CHUNKS.c.plan_id == plan_id) & (_CHUNKS.c.number >= first)
        wanted = select(_CHUNKS.c.step, _CHUNKS.c.amount, _CHUNKS.c["keys"]).where(these)
        with reading(self._engine) as connection:
            page = connection.execute(wanted.order_by(_CHUNKS.c.number).limit(most)).all()
        return [Chunk(step, amount, keys) for step, amount, keys in page]

    def advance(self, plan_id: str, lease: Lease, how: How) -> Results | None:
        """
        Take or renew the lease and replace the results by what *how* makes of them.

        Returns:
            The new results; ``None``, and nothing done, while another holds the lease.
        """
        this = _PLANS.c.plan_id == plan_id
        free = or_(_PLANS.c.owner == lease.owner, _PLANS.c.leased_until <= lease.now)
        with writing(self._engine) as connection:
            wanted = select(_PLANS.c.results).where(this, free).with_for_update()
            found = connection.execute(wanted).first()
            if found is None:
                return None
            results = tuple(how(_decoded(found.results)))
            values = {"owner": lease.owner, "leased_until": lease.until}
            new = update(_PLANS).where(this).values(results=msgspec.json.encode(results), **values)
            connection.execute(new)
        return results

    def release(self, plan_id: str, owner: str) -> None:
        """Give the lease back."""
        this = (_PLANS.c.plan_id == plan_id) & (_PLANS.c.owner == owner)
        with writing(self._engine) as connection:
            connection.execute(update(_PLANS).where(this).values(owner="", leased_until=0.0))

    def progress(self, plan_id: str) -> Results:
        """Return the results so far, one per step of the plan; ``()`` before the first run."""
        wanted = select(_PLANS.c.results).where(_PLANS.c.plan_id == plan_id)
        with reading(self._engine) as connection:
            found = connection.scalar(wanted)
        return _decoded(found)

    def save_progress(self, plan_id: str, results: Sequence[StepResult]) -> None:
        """Replace the results; committed when this returns."""
        self._change(plan_id, results=msgspec.json.encode(results))

    def forget(self, plan_id: str) -> None:
        """Erase chunks, *whose* and *salt* of the plan; plan and results stay."""
        with writing(self._engine) as connection:
            connection.execute(delete(_CHUNKS).where(_CHUNKS.c.plan_id == plan_id))
            this = _PLANS.c.plan_id == plan_id
            connection.execute(update(_PLANS).where(this).values(whose=b"", salt=b""))

    def forget_unsaved(self, before: float) -> int:
        """Erase targets from *before* of plans never finished: whoever made them died."""
        dead = _CHUNKS.c.plan_id.not_in(select(_PLANS.c.plan_id)) & (_CHUNKS.c.added_at < before)
        with writing(self._engine) as connection:
            return connection.execute(delete(_CHUNKS).where(dead)).rowcount

    def forget_expired(self, now: float) -> int:
        """Erase the targets of plans that expired before anybody approved and started them."""
        gone = 0
        with reading(self._engine) as connection:
            wanted = select(_PLANS.c.plan).where(_PLANS.c.whose != b"", _PLANS.c.results == b"")
            plans = [msgspec.json.decode(p, type=Plan) for p in connection.scalars(wanted)]
        for plan in plans:
            if plan.expires_at < now:
                self.forget(plan.plan_id)
                gone += 1
        return gone

    def _append(self, connection: Connection, plan_id: str, chunks: Iterable[Chunk]) -> None:
        of_this = _CHUNKS.c.plan_id == plan_id
        number = connection.scalar(select(func.count()).select_from(_CHUNKS).where(of_this)) or 0
        rows = [
            {
                "plan_id": plan_id,
                "number": number + offset,
                "step": chunk.step,
                "amount": chunk.rows,
                "added_at": time.time(),
                "keys": chunk.keys,
            }
            for offset, chunk in enumerate(chunks)
        ]
        if rows:
            connection.execute(insert(_CHUNKS), rows)

    def _change(self, plan_id: str, **values: bytes) -> None:
        this = _PLANS.c.plan_id == plan_id
        with writing(self._engine) as connection:
            if connection.execute(update(_PLANS).where(this).values(**values)).rowcount:
                return
            # MariaDB may count rows that changed, not rows that are there.
            if connection.scalar(select(func.count()).select_from(_PLANS).where(this)) != 1:
                raise StoreError("PK256 there is no such plan")


def _decoded(results: bytes | None) -> Results:
    return msgspec.json.decode(results, type=Results) if results else ()
