"""
What every sink must do. Subclass, give the fixtures `sink` and `arrived`, run pytest.

`arrived` returns the ids that the sink's other end has, in any order, each as often as it has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from privacykit.collect.ports import Outcome, Sink
from privacykit.testing.samples import ids, row

_T = TypeVar("_T")

Arrived = Callable[[], list[str]]


def run(work: Coroutine[object, object, _T]) -> _T:
    """Run *work* on a loop of its own, as delivery does."""
    return asyncio.run(work)


class SinkContract:
    """The laws of :class:`privacykit.collect.ports.Sink`, one test each."""

    def send(self, sink: Sink, *numbers: int) -> Outcome:
        """Send the events with *numbers* and close the sink."""

        async def work() -> Outcome:
            try:
                return await sink.send([row(number) for number in numbers])
            finally:
                await sink.close()

        return run(work())

    def test_delivers_a_batch(self, sink: Sink, arrived: Arrived) -> None:
        """All events of a batch arrive."""
        assert self.send(sink, 1, 2, 3) == Outcome()
        assert sorted(arrived()) == ids(1, 2, 3)

    def test_delivers_the_same_event_once(self, sink: Sink, arrived: Arrived) -> None:
        """An event that comes again after a crash is there once by its id."""
        self.send(sink, 1, 2)
        self.send(sink, 2, 3)
        assert sorted(arrived()) == ids(1, 2, 3)

    def test_takes_an_empty_batch(self, sink: Sink, arrived: Arrived) -> None:
        """Nothing is no error."""
        assert (self.send(sink), arrived()) == (Outcome(), [])

    def test_has_a_name(self, sink: Sink) -> None:
        """By which the outbox keeps its rows."""
        assert sink.name

    def test_says_nothing_of_events_when_printed(self, sink: Sink) -> None:
        """Neither a body nor a credential is in its ``repr``."""
        self.send(sink, 1)
        assert "subject-1" not in repr(sink)
        assert "credential" not in repr(sink)
