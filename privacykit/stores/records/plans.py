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
    BindParameter,
    Column,
    Connection,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Update,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from privacykit.errors import StoreError
from privacykit.govern.erasure.planning.store import Advance, Chunk, Lease, Results
from privacykit.govern.planned import Plan
from privacykit.govern.records import StepResult
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.schema import Schema, prepare

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

# Built once: building them costs more than running them.
_ID: BindParameter[str] = bindparam("id")
_OWNER: BindParameter[str] = bindparam("this_owner")
_THIS = _PLANS.c.plan_id == _ID
_OF_THIS = _CHUNKS.c.plan_id == _ID
_FREE = or_(_PLANS.c.owner == _OWNER, _PLANS.c.leased_until <= bindparam("now"))
_LOAD = select(_PLANS.c.plan, _PLANS.c.whose, _PLANS.c.salt).where(_THIS)
_LEASE = select(_PLANS.c.owner, _PLANS.c.leased_until).where(_THIS)
_RESULTS = select(_PLANS.c.results).where(_THIS)
_TAKE = _RESULTS.where(_FREE).with_for_update()
_ADVANCE = (
    update(_PLANS)
    .where(_THIS)
    .values({name: bindparam(f"new_{name}") for name in ("results", "owner", "leased_until")})
)
_RELEASE = update(_PLANS).where(_THIS, _PLANS.c.owner == _OWNER).values(owner="", leased_until=0.0)
_REPLACE = update(_PLANS).where(_THIS).values(plan=bindparam("new"))
_REPLACE_RESULTS = update(_PLANS).where(_THIS).values(results=bindparam("new"))
_THERE = select(func.count()).select_from(_PLANS).where(_THIS)
_PAGE = (
    select(_CHUNKS.c.step, _CHUNKS.c.amount, _CHUNKS.c["keys"])
    .where(_OF_THIS, _CHUNKS.c.number >= bindparam("first"))
    .order_by(_CHUNKS.c.number)
    .limit(bindparam("most", type_=Integer))
)
_NUMBER = select(func.count()).select_from(_CHUNKS).where(_OF_THIS)


class SqlPlans:
    """
    :class:`privacykit.govern.erasure.planning.store.PlanStore` on a database.

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
        with reading(self._engine) as connection:
            row = connection.execute(_LOAD, {"id": plan_id}).first()
        return (msgspec.json.decode(row.plan, type=Plan), row.whose, row.salt) if row else None

    def beginning(self, prefix: str) -> Sequence[str]:
        """Return the ids that begin with *prefix*, hexadecimal; none for an empty one."""
        wanted = select(_PLANS.c.plan_id).where(
            _PLANS.c.plan_id.startswith(prefix, autoescape=True)
        )
        with reading(self._engine) as connection:
            return connection.scalars(wanted.limit(2)).all() if prefix else ()

    def lease(self, plan_id: str) -> tuple[str, float]:
        """Return who is at the plan, and until when; nobody is ``("", 0.0)``."""
        with reading(self._engine) as connection:
            found = connection.execute(_LEASE, {"id": plan_id}).first()
        return (found.owner, found.leased_until) if found else ("", 0.0)

    def replace_plan(self, plan: Plan) -> None:
        """Replace the plan's own record (its approval); chunks, *whose* and *salt* stay."""
        self._change(_REPLACE, plan.plan_id, msgspec.json.encode(plan))

    def chunks(self, plan_id: str, first: int, most: int) -> Sequence[Chunk]:
        """Return the plan's chunks from number *first* on (0 is the first), at most so many."""
        with reading(self._engine) as connection:
            page = connection.execute(_PAGE, {"id": plan_id, "first": first, "most": most}).all()
        return [Chunk(step, amount, keys) for step, amount, keys in page]

    def advance(self, plan_id: str, lease: Lease, how: Advance) -> Results | None:
        """
        Take or renew the lease and replace the results by what *how* makes of them.

        Returns:
            The new results; ``None``, and nothing done, while another holds the lease.
        """
        this = {"id": plan_id, "this_owner": lease.owner, "now": lease.now}
        with writing(self._engine) as connection:
            found = connection.execute(_TAKE, this).first()
            if found is None:
                return None
            results = tuple(how(_decoded(found.results)))
            new = {
                "id": plan_id,
                "new_results": msgspec.json.encode(results),
                "new_owner": lease.owner,
                "new_leased_until": lease.until,
            }
            connection.execute(_ADVANCE, new)
        return results

    def release(self, plan_id: str, owner: str) -> None:
        """Give the lease back."""
        with writing(self._engine) as connection:
            connection.execute(_RELEASE, {"id": plan_id, "this_owner": owner})

    def progress(self, plan_id: str) -> Results:
        """Return the results so far, one per step of the plan; ``()`` before the first run."""
        with reading(self._engine) as connection:
            found = connection.scalar(_RESULTS, {"id": plan_id})
        return _decoded(found)

    def save_progress(self, plan_id: str, results: Sequence[StepResult]) -> None:
        """Replace the results; committed when this returns."""
        self._change(_REPLACE_RESULTS, plan_id, msgspec.json.encode(results))

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
        expired = [plan for plan, _ in self.waiting() if plan.expires_at < now]
        for plan in expired:
            self.forget(plan.plan_id)
        return len(expired)

    def waiting(self) -> Sequence[tuple[Plan, bytes]]:
        """Return the plans that nobody started and nobody forgot, each with its *whose*."""
        wanted = select(_PLANS.c.plan, _PLANS.c.whose).where(
            _PLANS.c.whose != b"", _PLANS.c.results == b""
        )
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        return [(msgspec.json.decode(row.plan, type=Plan), row.whose) for row in rows]

    def remove(self, plan_id: str) -> None:
        """Erase the plan with all that belongs to it, as if it had never been made."""
        with writing(self._engine) as connection:
            connection.execute(delete(_CHUNKS).where(_CHUNKS.c.plan_id == plan_id))
            connection.execute(delete(_PLANS).where(_PLANS.c.plan_id == plan_id))

    def _append(self, connection: Connection, plan_id: str, chunks: Iterable[Chunk]) -> None:
        number = connection.scalar(_NUMBER, {"id": plan_id}) or 0
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

    def _change(self, change: Update, plan_id: str, new: bytes) -> None:
        with writing(self._engine) as connection:
            if connection.execute(change, {"id": plan_id, "new": new}).rowcount:
                return
            # MariaDB may count rows that changed, not rows that are there.
            if connection.scalar(_THERE, {"id": plan_id}) != 1:
                raise StoreError("PK256 there is no such plan")


def _decoded(results: bytes | None) -> Results:
    return msgspec.json.decode(results, type=Results) if results else ()
