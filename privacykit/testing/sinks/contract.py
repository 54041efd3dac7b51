"""
Contract of every sink. Subclass, give the fixtures `sink` and `arrived`, run pytest.

`arrived` returns the ids that the sink's other end has, in any order, each as often as it has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeVar

from msgspec.structs import astuple

from privacykit.collect.ports import Batches, OutboxRow, SendOutcome, Sink
from privacykit.testing.samples import ids, row

_T = TypeVar("_T")

Arrived = Callable[[], list[str]]


def run(work: Coroutine[object, object, _T]) -> _T:
    """Run *work* on a loop of its own, as delivery does."""
    return asyncio.run(work)


async def given(sink: Sink, rows: Sequence[OutboxRow]) -> SendOutcome:
    """Send *rows*, as many at a time as *sink* wants, and return what became of all."""
    most = sink.batch if isinstance(sink, Batches) else max(1, len(rows))
    outcomes = [
        astuple(await sink.send(rows[at : at + most])) for at in range(0, max(1, len(rows)), most)
    ]
    return SendOutcome(*(sum(parts, ()) for parts in zip(*outcomes, strict=True)))


class SinkContract:
    """
    The laws of :class:`privacykit.collect.ports.Sink`, one test each.

    Attributes:
        knows_ids: Whether the other end counts an event once that comes twice.
        event: Returns the event with a number: another where a sink takes only some.
    """

    knows_ids = True
    event = staticmethod(row)

    def send(self, sink: Sink, *numbers: int) -> SendOutcome:
        """Send the events with *numbers* and close the sink."""

        async def work() -> SendOutcome:
            try:
                return await given(sink, [self.event(number) for number in numbers])
            finally:
                await sink.close()

        return run(work())

    def test_delivers_a_batch(self, sink: Sink, arrived: Arrived) -> None:
        """All events of a batch arrive."""
        assert self.send(sink, 1, 2, 3) == SendOutcome()
        assert sorted(arrived()) == ids(1, 2, 3)

    def test_delivers_the_same_event_once(self, sink: Sink, arrived: Arrived) -> None:
        """An event that comes again after a crash is there once by its id."""
        self.send(sink, 1, 2)
        self.send(sink, 2, 3)
        again = [] if self.knows_ids else ids(2)
        assert sorted(arrived()) == sorted([*ids(1, 2, 3), *again])

    def test_goes_on_after_it_was_closed(self, sink: Sink, arrived: Arrived) -> None:
        """A worker that ends its turn and begins another is the same sink."""
        self.send(sink, 1)
        self.send(sink, 2)
        assert sorted(arrived()) == ids(1, 2)

    def test_takes_an_empty_batch(self, sink: Sink, arrived: Arrived) -> None:
        """Nothing is no error."""
        assert (self.send(sink), arrived()) == (SendOutcome(), [])

    def test_has_a_name(self, sink: Sink) -> None:
        """By which the outbox keeps its rows."""
        assert sink.name

    def test_says_nothing_of_events_when_printed(self, sink: Sink) -> None:
        """Neither a body nor a credential is in its ``repr``."""
        self.send(sink, 1)
        assert "subject-1" not in repr(sink)
        assert "credential" not in repr(sink)
