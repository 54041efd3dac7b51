"""
Changes of batches and of the shares that sinks have in them, within a transaction. Does I/O.

Laws of this file:

1. Whoever changes a batch or a share of it holds the batch's row, and took it before it looked.
2. Rows of batches are taken in the order of their ids, so that nobody waits in a circle.
3. A batch that no sink waits for is gone, in the same transaction; one that sinks wait for less
   than half of is rewritten with what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from privacykit.collect.ports import Envelope
from privacykit.stores.database.bulk import batched
from privacykit.stores.outbox.batches import Batch, runs, unpacked
from privacykit.stores.outbox.tables import BATCHES, SHARES, Share

AT_ONCE = 500
"""Keys in one statement."""

_BATCH = (BATCHES.c.id, BATCHES.c.added, BATCHES.c.envelopes, BATCHES.c.bodies)
_HERE = and_(*(column == bindparam(f"of_{column.name}") for column in SHARES.primary_key.columns))
_end = delete(SHARES).where(_HERE)
_CHANGED = ("stop", "owner", "until", "attempts", "not_before")
_change = update(SHARES).where(_HERE).values({name: bindparam(name) for name in _CHANGED})


def keep(connection: Connection, batches: Iterable[Batch]) -> None:
    """
    Insert *batches*, and a share of each for each of its sinks.

    Raises:
        IntegrityError: There is one with such an id already.
        ValueError: A body is no event of ours.
    """
    rows: list[Mapping[str, Any]] = []
    shares: list[Share] = []
    for batch in batches:
        for values in batch.rows():
            rows.append(values)
            shares += (
                Share(sink, values["id"], 0, values["n"])
                for sink in dict.fromkeys(batch.envelopes[0].sinks)
            )
    _insert(connection, BATCHES, rows)
    add_shares(connection, shares)


def add_shares(connection: Connection, shares: Sequence[Share]) -> None:
    """Insert *shares*."""
    _insert(connection, SHARES, [share._asdict() for share in shares])


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        sql, names = _compiled(connection.dialect, table)
        given = [tuple(map(row.__getitem__, names)) for row in rows] if names else list(rows)
        connection.exec_driver_sql(sql, given)


@lru_cache(16)
def _compiled(dialect: Dialect, table: Table) -> tuple[str, Sequence[str]]:
    """Return an insert, and the order of its parameters unless it names them."""
    compiled = insert(table).compile(dialect=dialect)
    return str(compiled), compiled.positiontup or ()


def change_shares(connection: Connection, shares: Sequence[Share]) -> None:
    """Write down *shares*, of which everything but the key may have changed."""
    if shares:
        connection.execute(_change, [share._asdict() | _key(share) for share in shares])


def end_shares(connection: Connection, shares: Sequence[Share]) -> None:
    """Delete *shares*."""
    if shares:
        connection.execute(_end, [_key(share) for share in shares])


def _key(share: Share) -> dict[str, object]:
    return {"of_sink": share.sink, "of_batch": share.batch, "of_start": share.start}


def hold(connection: Connection, ids: Collection[str]) -> dict[str, Batch]:
    """Take the rows of the batches *ids* till the end of the transaction; return what is there."""
    found: dict[str, Batch] = {}
    for part in batched(sorted(ids), AT_ONCE):
        wanted = select(*_BATCH).where(BATCHES.c.id.in_(part)).order_by(BATCHES.c.id)
        for row in connection.execute(wanted.with_for_update()):
            found[row.id] = unpacked(*row)
    return found


def shares_of(
    connection: Connection, ids: Collection[str], *condition: ColumnElement[bool]
) -> list[Share]:
    """Return the shares of the batches *ids* that meet *condition*, the oldest events first."""
    ordered = select(SHARES).order_by(SHARES.c.sink, SHARES.c.batch, SHARES.c.start)
    return [
        Share(*row)
        for part in batched(sorted(ids), AT_ONCE)
        for row in connection.execute(ordered.where(SHARES.c.batch.in_(part), *condition))
    ]


def owed_in(connection: Connection, id_: str) -> Iterator[tuple[Batch, int, str]]:
    """Yield the batch *id_*, a place in it and a sink that waits for that event, for each such."""
    shares = (SHARES.c.sink, SHARES.c.start, SHARES.c.stop)
    # One statement, so that the places are those of the batch as it is read.
    owed = select(*_BATCH, *shares).join(SHARES, SHARES.c.batch == BATCHES.c.id)
    owed = owed.where(BATCHES.c.id == id_).order_by(SHARES.c.sink, SHARES.c.start)
    batch: Batch | None = None
    for *row, sink, start, stop in connection.execute(owed):
        batch = batch or unpacked(*row)
        for place in range(start, stop):
            yield batch, place, sink


def part(
    connection: Connection,
    batches: Mapping[str, Batch],
    shares: Iterable[Share],
    ids: Collection[str] | None,
    become: Callable[[Share], Share] | None,
) -> list[tuple[Batch, int]]:
    """
    Take the events *ids* out of *shares*.

    Args:
        connection: A transaction that holds *batches*.
        batches: By id.
        shares: In which they may be.
        ids: Ids of events; ``None`` is all.
        become: Makes of a share of theirs alone what it becomes; ``None`` ends it.

    Returns:
        Which events they were: for each its batch, as it was before, and the place in it.
    """
    ended: list[Share] = []
    made: list[Share] = []
    taken: list[tuple[Batch, int]] = []
    for share in shares:
        envelopes = batches[share.batch].envelopes
        places = range(share.start, share.stop)
        flags = [ids is None or envelopes[place].id in ids for place in places]
        if not any(flags):
            continue
        ended.append(share)
        for start, stop, flag in runs(flags, share.start):
            run = share._replace(start=start, stop=stop)
            if flag:
                taken.extend((batches[share.batch], place) for place in range(start, stop))
            if not flag or become is not None:
                made.append(become(run) if flag and become else run)
    end_shares(connection, ended)
    add_shares(connection, made)
    if become is None:
        for batch in {share.batch for share in ended}:
            _tidy(connection, batches[batch])
    return taken


def _tidy(connection: Connection, batch: Batch) -> None:
    """Forget of *batch*, which *connection* holds, what no sink waits for; see law 3."""
    shares = shares_of(connection, [batch.id])
    _keep_only(connection, batch, shares, _owed(shares), most=len(batch.bodies) // 2)


def erase(connection: Connection, batch: Batch, unwanted: Callable[[Envelope], bool]) -> int:
    """
    Erase from *batch* what is *unwanted*, whoever waits for it, and what no sink waits for.

    Args:
        connection: A transaction that holds *batch*.
        batch: As it is.
        unwanted: Tells of an envelope whether its event must go.

    Returns:
        How many events went that a sink waited for, each counted for each such sink.
    """
    shares = shares_of(connection, [batch.id])
    owed = _owed(shares)
    gone = {place for place in owed if unwanted(batch.envelopes[place])}
    _keep_only(connection, batch, shares, owed - gone, most=len(batch.bodies) - 1)
    return sum(len(gone.intersection(range(it.start, it.stop))) for it in shares)


def _owed(shares: Iterable[Share]) -> set[int]:
    return {place for share in shares for place in range(share.start, share.stop)}


def _keep_only(
    connection: Connection, batch: Batch, shares: Iterable[Share], left: set[int], *, most: int
) -> None:
    """Rewrite *batch* with what is *left*, if that are *most* at most."""
    if len(left) > most:
        return
    connection.execute(delete(SHARES).where(SHARES.c.batch == batch.id))
    if not left:
        connection.execute(delete(BATCHES).where(BATCHES.c.id == batch.id))
        return
    values = batch.only(left).values()
    connection.execute(update(BATCHES).where(BATCHES.c.id == batch.id).values(values))
    # For each place, how many of those before it stay.
    before = [0, *accumulate(place in left for place in range(len(batch.bodies)))]
    moved = (it._replace(start=before[it.start], stop=before[it.stop]) for it in shares)
    add_shares(connection, [share for share in moved if share.start < share.stop])
