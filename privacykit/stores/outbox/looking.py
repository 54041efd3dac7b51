"""
Waiting events as who only looks sees them: in the order of ids, by pages. Reads.

Batches of several processes overlap; so many of them are in memory at a time as do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

import msgspec
from sqlalchemy import Engine, inspect, select, tuple_

from privacykit.collect.ports import Envelope
from privacykit.stores.database.engine import reading
from privacykit.stores.outbox.shares import owed_in
from privacykit.stores.outbox.tables import BATCHES, SHARES

PAGE = 500
"""Keys of batches, or shares, read in one transaction."""


class WaitingEvent(msgspec.Struct, frozen=True):
    """
    An event that waits for a sink.

    Attributes:
        id: The event's id.
        body: The CloudEvents JSON.
        sink: The sink.
    """

    id: str
    body: bytes
    sink: str


def is_there(engine: Engine) -> bool:
    """Tell whether there is an outbox in that database."""
    with reading(engine) as connection:
        return inspect(connection).has_table(BATCHES.name)


def waiting_events(
    engine: Engine, wanted: Callable[[Envelope], bool], first: str, *, newest: bool
) -> Iterator[WaitingEvent]:
    """
    Yield what waits, once for each sink, in the order of ids; no transaction is open meanwhile.

    Args:
        engine: The outbox's database; the outbox is there.
        wanted: Tells of an envelope whether its event is asked for.
        first: The least id.
        newest: Whether the newest come first.

    Raises:
        StoreError: The database failed.
    """
    passed: list[WaitingEvent] = []
    for id_, bound in _keys(engine, first, newest=newest):
        passed.sort(key=lambda one: one.id, reverse=newest)
        # No batch to come has an event before the bound.
        ready = sum(1 for one in passed if (one.id > bound if newest else one.id < bound))
        yield from passed[:ready]
        passed[:ready] = []
        passed += [one for one in _events(engine, id_, wanted) if one.id >= first]
    passed.sort(key=lambda one: one.id, reverse=newest)
    yield from passed


def count_waiting(engine: Engine) -> int:
    """
    Return how many events wait, for whatever sink; the outbox is there.

    Raises:
        StoreError: The database failed.
    """
    key = tuple_(SHARES.c.batch, SHARES.c.sink, SHARES.c.start)
    ordered = select(SHARES.c.batch, SHARES.c.start, SHARES.c.stop)
    with reading(engine) as connection:
        shares = connection.execute(ordered.order_by(*key))
        return sum(
            len({place for _, start, stop in same for place in range(start, stop)})
            for _, same in groupby(shares, key=lambda share: share.batch)
        )


def _keys(engine: Engine, first: str, *, newest: bool) -> Iterator[tuple[str, str]]:
    """Yield the id of each batch and what bounds its events: the last of them, or the first."""
    bound = BATCHES.c.last if newest else BATCHES.c.id
    key = tuple_(bound, BATCHES.c.id)
    ordered = select(BATCHES.c.id, bound.label("bound")).where(BATCHES.c.last >= first)
    ordered = ordered.order_by(*(one.desc() if newest else one for one in key)).limit(PAGE)
    page = ordered
    while True:
        with reading(engine) as connection:
            found = connection.execute(page).all()
        for row in found:
            yield row.id, row.bound
        if len(found) < PAGE:
            return
        edge = (found[-1].bound, found[-1].id)
        page = ordered.where(key < edge if newest else key > edge)


def _events(engine: Engine, id_: str, wanted: Callable[[Envelope], bool]) -> Iterator[WaitingEvent]:
    with reading(engine) as connection:
        owed = list(owed_in(connection, id_))
    for batch, place, sink in owed:
        if wanted(batch.envelopes[place]):
            yield WaitingEvent(batch.envelopes[place].id, batch.bodies[place], sink)
