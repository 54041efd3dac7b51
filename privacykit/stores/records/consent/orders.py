"""
Orders to stop as they are looked up: for events that wait, and for processes that serve. Does I/O.

Orders that outlive a day each have a turn, given under the lock of one row: who knows all up to a
turn reads those after it, and one that was committed later never has an earlier turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, func, select, update

from privacykit.collect.ports import Envelope, StopKind
from privacykit.collect.suppressed import Suppressed
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.records.consent.tables import CONSENTS, STOPS, TURNS

CHUNK = 500
"""How many keys are asked for in one query."""

_ANSWERED: tuple[StopKind, ...] = ("visitor", "subject")
"""Orders that a consent given later answers: whoever gives it is known again."""
_KINDS: tuple[StopKind, ...] = (*_ANSWERED, "record")
"""Each is also the name of its key in an envelope."""
LASTING: tuple[StopKind, ...] = ("record", "subject")
"""Orders that outlive a day, so that collection has to know them."""
ROW = 1
"""The id of the row that counts the turns."""
THIS_TURN = func.coalesce(select(TURNS.c.turn).where(TURNS.c.id == ROW).scalar_subquery(), 0)
"""The turn of an order that is written after :data:`NEXT`, in one transaction."""
NEXT = update(TURNS).where(TURNS.c.id == ROW).values(turn=TURNS.c.turn + 1)
_TAKEN = update(TURNS).where(TURNS.c.id == ROW).values(taken_back=TURNS.c.taken_back + 1)
_MARK = select(TURNS.c.turn, TURNS.c.taken_back).where(TURNS.c.id == ROW)


class OrdersMark(NamedTuple):
    """
    How far the lasting orders are known.

    Attributes:
        turn: The last of them.
        taken_back: How often some were deleted.
    """

    turn: int
    taken_back: int

    def goes_not_on(self, before: OrdersMark) -> bool:
        """Tell whether more happened since *before* than that orders were added."""
        return self.taken_back != before.taken_back or self.turn < before.turn


NOTHING = OrdersMark(0, 0)
"""Where there was never a lasting order."""


def mark_of(connection: Connection) -> OrdersMark:
    """Return what changes with the lasting orders; one row is read, however many there are."""
    found = connection.execute(_MARK).one_or_none()
    return NOTHING if found is None else OrdersMark(found.turn, found.taken_back)


def lasting_orders(connection: Connection, after: OrdersMark | None) -> Suppressed:
    """Return the lasting orders, or those since *after*."""
    # Only a lasting order has a turn; to ask for its kind too led databases away from that index.
    which = STOPS.c.kind.in_(LASTING) if after is None else STOPS.c.turn > after.turn
    wanted = select(STOPS.c.key, STOPS.c.purpose, STOPS.c.at).where(which)
    return Suppressed((key, purpose, at) for key, purpose, at in connection.execute(wanted))


def take_back_turn(connection: Connection, engine: Engine) -> None:
    """
    Count the lasting orders that are about to be taken back; others wait meanwhile.

    First of what a transaction does to the orders, so that two of them never wait for each other.
    """
    if not connection.execute(_TAKEN).rowcount:
        connection.execute(insert_absent(engine, TURNS).values(id=ROW, turn=0, taken_back=0))
        connection.execute(_TAKEN)


def stopped_among(connection: Connection, asked: Sequence[Envelope]) -> set[str]:
    """Return the event ids among *asked* that must not leave."""
    standing = _standing(connection, {e.record for e in asked if e.record})
    orders = {kind: _orders(connection, kind, asked) for kind in _KINDS}
    return {e.id for e in asked if _is_stopped(e, orders, standing)}


def _standing(connection: Connection, records: set[str]) -> dict[str, dict[str, float]]:
    """Return when those of *records* that are not withdrawn were given, by purpose."""
    columns = CONSENTS.c.record, CONSENTS.c.purposes, CONSENTS.c.given_at
    query = select(*columns).where(CONSENTS.c.withdrawn_at.is_(None))
    return {
        record: dict.fromkeys(msgspec.json.decode(purposes), given_at)
        for chunk in _chunks(records)
        for record, purposes, given_at in connection.execute(query.where(columns[0].in_(chunk)))
    }


def _orders(connection: Connection, kind: StopKind, envelopes: Sequence[Envelope]) -> Suppressed:
    keys = {key for e in envelopes if (key := getattr(e, kind))}
    query = select(STOPS.c.key, STOPS.c.purpose, STOPS.c.at).where(STOPS.c.kind == kind)
    return Suppressed(
        (key, purpose, at)
        for chunk in _chunks(keys)
        for key, purpose, at in connection.execute(query.where(STOPS.c.key.in_(chunk)))
    )


def _is_stopped(
    envelope: Envelope,
    orders: Mapping[StopKind, Suppressed],
    standing: Mapping[str, Mapping[str, float]],
) -> bool:
    record, purpose = envelope.record, envelope.purpose
    if (record and record not in standing) or orders["record"].since(record, purpose) is not None:
        return True
    given = standing[record].get(purpose, -inf) if record else -inf
    ordered = (orders[kind].since(getattr(envelope, kind), purpose) for kind in _ANSWERED)
    return any(at is not None and given <= at for at in ordered)


def _chunks(keys: set[str]) -> Iterator[list[str]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
