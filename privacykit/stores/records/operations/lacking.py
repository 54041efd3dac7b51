"""
Rows that the audit log knows of and that are gone: requests, holds, suppressions, orders to stop.

Does I/O. Each of them keeps us from doing harm: an erasure that is due, a hold, who must not
come back, whose events may not leave. None goes without an entry, so that what somebody took out
with a database client shows. Nothing but counts is kept in memory.

Laws of this file:

1. Requests and holds never go: each has the entry with which it came.
2. A suppression goes with an entry. How many there are is put down whenever some came, as what was
   there before and what came: rows that went meanwhile are missed, whatever came since.
3. So are orders to stop that never end, which nobody takes back; the others end by themselves, or
   with the waiting time of an erasure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, exists, func, select

from privacykit.collect.suppressed import CLOSING
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.schema import check_version
from privacykit.stores.records import holds
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.audit_tables import DETAILS, ENTRIES, read_detail
from privacykit.stores.records.consent import tables as consents
from privacykit.stores.records.operations import request_tables, suppression_table
from privacykit.stores.records.operations.request_tables import REQUESTS
from privacykit.stores.records.operations.suppression_table import KEPT_AWAY
from privacykit.stores.records.suppressions import LASTING

COUNTED = "records.counted"
"""The action of the entry that says how many suppressions and lasting orders there are."""
ADDED, LIFTED = "suppression.added", "suppression.lifted"
ORDERS, SUPPRESSIONS = "orders to stop", "suppressions"
_HOLDS = holds.SCHEMA.metadata.tables["holds"]
_STOPS = consents.STOPS
_LASTING = (_STOPS.c.until.is_(None), _STOPS.c.purpose != CLOSING)
_KEY = tuple[str, str]


@contextmanager
def counting(
    engine: Engine, audit: AuditLog, actor: str, keys: Sequence[_KEY], request_id: str = ""
) -> Iterator[None]:
    """
    Put down how many suppressions and lasting orders there are, where some came inside or before.

    Args:
        engine: The ``[records]`` database.
        audit: Its log.
        actor: Who orders it.
        keys: The keys, with their kinds, of the orders that may come.
        request_id: The request whose suppressions may come.

    Raises:
        StoreError: The database failed: the order has to be repeated.
    """
    before = _theirs(engine, keys, request_id)
    yield
    after = _theirs(engine, keys, request_id)
    tables = _there(engine)
    with writing(engine) as connection:
        known, there = _last(connection), _counts(connection, tables)
        # What came before a kill was put down by nobody: there are more than are known.
        if before == after and all(number <= known.get(it, 0) for it, number in there.items()):
            return
        told = {
            name: max(known.get(name, 0) + after[name] - before[name], number)
            for name, number in there.items()
        }
        audit.append(actor, COUNTED, detail=told, connection=connection)


def lacking(engine: Engine) -> dict[str, int]:
    """
    Return how many rows are gone of which the audit log knows, by what they are; those alone.

    The log itself is taken at its word: whether it is whole, its own check says.

    Raises:
        StoreError: It could not be read.
    """
    tables = _there(engine)
    with reading(engine) as connection:

        def number(query: Select[Any]) -> int:
            return int(connection.scalar(query) or 0)

        found = dict.fromkeys(("requests", "holds", "ends of holds", SUPPRESSIONS, ORDERS), 0)
        filed = _entries("request.received")
        if REQUESTS in tables:
            mine = exists().where(REQUESTS.c.id == ENTRIES.c.request_id).correlate(ENTRIES)
            filed = filed.where(~mine)
        found["requests"] = number(filed)
        placed = number(_entries("hold.placed"))
        if _HOLDS in tables:
            placed -= number(select(func.count()).select_from(_HOLDS))
            over = number(select(func.count(_HOLDS.c.released_at)))
            found["ends of holds"] = over - number(_entries("hold.released"))
        found["holds"] = placed
        kept = _keeping()
        if KEPT_AWAY in tables:
            kept = kept.where(ENTRIES.c.request_id.not_in(select(KEPT_AWAY.c.request_id)))
        found[SUPPRESSIONS] = number(kept)
        for name, there in _counts(connection, tables).items():
            found[name] = max(found[name], _last(connection).get(name, 0) - there)
        bare = _entries(COUNTED).where(ENTRIES.c.seq.not_in(select(DETAILS.c.seq)))
        found["counts"] = number(bare)
    return {name: n for name, n in found.items() if n > 0}


def _there(engine: Engine) -> tuple[Table, ...]:
    """Return which of the tables are there."""
    of = {request_tables: REQUESTS, holds: _HOLDS, suppression_table: KEPT_AWAY, consents: _STOPS}
    return tuple(table for room, table in of.items() if check_version(engine, room.SCHEMA))


def _entries(action: str) -> Select[Any]:
    return select(func.count()).select_from(ENTRIES).where(ENTRIES.c.action == action)


def _keeping() -> Select[Any]:
    """Count the requests that keep somebody away, and were not taken back since."""
    told = ENTRIES.alias()
    newest = select(func.max(told.c.seq)).where(told.c.action.in_((ADDED, LIFTED)))
    newest = newest.group_by(told.c.request_id)
    return _entries(ADDED).where(ENTRIES.c.seq.in_(newest))


def _last(connection: Connection) -> dict[str, int]:
    """Return what was counted last, without the suppressions that were taken back since."""
    newest = select(ENTRIES.c.seq, DETAILS.c.body).join(DETAILS, DETAILS.c.seq == ENTRIES.c.seq)
    newest = newest.where(ENTRIES.c.action == COUNTED).order_by(ENTRIES.c.seq.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    told: Any = read_detail(row.body) if row else None
    known = dict(told) if isinstance(told, dict) else {}
    if row is not None and SUPPRESSIONS in known:
        both = ENTRIES.outerjoin(DETAILS, DETAILS.c.seq == ENTRIES.c.seq)
        since = (ENTRIES.c.action == LIFTED, ENTRIES.c.seq > row.seq)
        lifts = [
            read_detail(it)
            for it in connection.scalars(select(DETAILS.c.body).select_from(both).where(*since))
        ]
        taken = [lift.get(LASTING) if isinstance(lift, dict) else None for lift in lifts]
        known[SUPPRESSIONS] -= sum(number for number in taken if isinstance(number, int))
        if not all(isinstance(number, int) for number in taken):
            del known[SUPPRESSIONS]  # the details of an erased person are erased: nobody knows
    return known


def _counts(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """Return how many there are."""
    counts = {SUPPRESSIONS: 0, ORDERS: 0}
    if KEPT_AWAY in tables:
        lasting = select(func.count()).where(KEPT_AWAY.c.until.is_(None))
        counts[SUPPRESSIONS] = connection.scalar(lasting) or 0
    if _STOPS in tables:
        counts[ORDERS] = connection.scalar(select(func.count()).where(*_LASTING)) or 0
    return counts


def _theirs(engine: Engine, keys: Sequence[_KEY], request_id: str) -> dict[str, int]:
    """Return how many there are of a request, and of some keys."""
    tables, counts = _there(engine), {SUPPRESSIONS: 0, ORDERS: 0}
    with reading(engine) as connection:
        if request_id and KEPT_AWAY in tables:
            mine = (KEPT_AWAY.c.request_id == request_id, KEPT_AWAY.c.until.is_(None))
            counts[SUPPRESSIONS] = connection.scalar(select(func.count()).where(*mine)) or 0
        for kind, key in keys if _STOPS in tables else ():
            this = (_STOPS.c.kind == kind, _STOPS.c.key == key)
            counts[ORDERS] += connection.scalar(select(func.count()).where(*this, *_LASTING)) or 0
    return counts
