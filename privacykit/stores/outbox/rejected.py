"""
The rejected rows of the outbox: what a sink will never take, kept with its reason. Does I/O.

They are looked at without what they say, given to their sink once more, or dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from secrets import token_hex

from sqlalchemy import ColumnElement, Engine, and_, delete, select, true

from privacykit.stores.database.bulk import batched
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.sqlite import is_sqlite
from privacykit.stores.database.write_lock import WriteLock
from privacykit.stores.events.withheld import WithheldStore
from privacykit.stores.outbox.batches import Batch, form_batches
from privacykit.stores.outbox.losses import SinkLosses
from privacykit.stores.outbox.shares import keep
from privacykit.stores.outbox.tables import REJECTED, RejectedEvent, rebuilt
from privacykit.stores.outbox.troubles import SinkTroubles

PAGE = 900
"""Rows looked at, or changed, in one transaction or statement."""


class RejectedEvents:
    """
    What sinks refused for good; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the tables are.

    Attributes:
        troubles: Why sinks took nothing when that was last tried.
        losses: How many of their events are nowhere, and why.
        withheld: How many events are not there, and why.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.troubles = SinkTroubles(engine)
        self.losses = SinkLosses(engine)
        self.withheld = WithheldStore(engine)
        self._turn: AbstractContextManager[None] = (
            WriteLock() if is_sqlite(engine) else nullcontext()
        )

    def rejected(self, sink: str) -> Iterator[RejectedEvent]:
        """
        Yield what *sink* refused for good, in the order of ids, without what the events say.

        Rows are read by pages: no transaction is open while the caller works.

        Raises:
            StoreError: The database failed.
        """
        columns = [REJECTED.c[name] for name in RejectedEvent.__struct_fields__]
        ordered = select(*columns).order_by(REJECTED.c.id).limit(PAGE)
        last = ""
        while True:
            page = ordered.where(REJECTED.c.sink == sink, REJECTED.c.id > last)
            with self._turn, reading(self._engine) as connection:
                found = [RejectedEvent(*row) for row in connection.execute(page)]
            yield from found
            if len(found) < PAGE:
                return
            last = found[-1].id

    def requeue(self, sink: str, ids: Sequence[str] | None = None) -> int:
        """
        Let *sink* have once more what it had rejected: after the cause was mended.

        Args:
            sink: The sink's name.
            ids: Ids of the events; all that it rejected if none are said.

        Returns:
            How many rows wait again.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        back, ending = 0, f"~{token_hex(8)}"
        with self._turn, writing(self._engine) as connection:
            for theirs in _of(sink, ids):
                # By batches, since all that a sink ever refused may be too much for memory.
                while rows := connection.execute(
                    select(REJECTED).where(theirs).order_by(REJECTED.c.id).limit(PAGE)
                ).all():
                    batches = form_batches(map(rebuilt, rows), rows[0].added)
                    keep(connection, [_again(batch, ending) for batch in batches])
                    gone = REJECTED.c.id.in_([row.id for row in rows])
                    back += connection.execute(delete(REJECTED).where(theirs, gone)).rowcount
        return back

    def drop_rejected(self, sink: str, ids: Sequence[str]) -> int:
        """
        Erase events that *sink* had rejected and shall not have.

        Args:
            sink: The sink's name.
            ids: Ids of the events.

        Returns:
            How many rows there were.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        with self._turn, writing(self._engine) as connection:
            return sum(
                connection.execute(delete(REJECTED).where(theirs)).rowcount
                for theirs in _of(sink, ids)
            )


def _again(batch: Batch, ending: str) -> Batch:
    """
    Return *batch* under a key of its own.

    Others may still wait for its first event: sinks, and the rest of what was put back before.
    """
    return replace(batch, id=batch.id + ending, ending=ending)


def _of(sink: str, ids: Sequence[str] | None) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that name rejected rows of *sink*, each of not too many ids."""
    for part in [None] if ids is None else batched(ids, PAGE):
        chosen = true() if part is None else REJECTED.c.id.in_(part)
        yield and_(REJECTED.c.sink == sink, chosen)
