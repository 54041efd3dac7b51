"""
Contract of every HTTP sink, against a stub that validates. Subclass, give two fixtures, run pytest.

`stub` is a started :class:`~privacykit.testing.stubs.server.ServiceStub`; `make` takes keys of the
sink's table and returns the sink that they make, pointed at the stub.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from gzip import compress

import pytest

from privacykit.collect.ports import Batches, OutboxRow, Reachable, SendOutcome, Sink, Unsure
from privacykit.errors import SinkError
from privacykit.testing.samples import ids, rich_row
from privacykit.testing.sinks.contract import Arrived, SinkContract, given, run
from privacykit.testing.stubs.server import BROKEN, SILENT, ServiceStub

Make = Callable[..., Sink]

SOON = 0.3
"""Seconds that a stub which says nothing is waited for."""

STRANGERS = {
    "page": b"<!doctype html><title>Sign in</title>",
    "cut off": b'{"status": "Ok", "success": true, "code": 200, "partialSuccess": {"rej',
    "packed": compress(b'{"partialSuccess": {"rejectedLogRecords": "2"}}'),
    "too deep": b"[" * 60_000,
    "an error": b'{"error": "quota", "status": 0, "success": 1, "code": 200, '
    b'"num_records_imported": 2}',
}
"""Bodies of success that no backend gives."""

TURNS = 40
"""After so many sends the one event that spoils a batch must have been found."""


class HTTPSinkContract(SinkContract):
    """
    The laws of :mod:`privacykit.sinks.http.sink`, one test each.

    Attributes:
        rich: Returns the event with a number that has every member there is.
        takes_any_success: Whether the backend may be anybody's, of whose answers only the status
            is known, and that they are no page for people.
    """

    rich = staticmethod(rich_row)
    takes_any_success = False

    @pytest.fixture
    def sink(self, make: Make) -> Sink:
        """A sink as its table makes it, with no key that need not be there."""
        return make()

    @pytest.fixture
    def arrived(self, stub: ServiceStub) -> Arrived:
        """What the service would show."""
        return stub.arrived

    @pytest.fixture(autouse=True)
    def _faultless(self, stub: ServiceStub) -> Iterator[None]:
        self.knows_ids = stub.knows_ids
        yield
        assert stub.faults == []

    def error(self, sink: Sink, *numbers: int) -> SinkError:
        """Return why nothing was taken."""
        with pytest.raises(SinkError) as caught:
            self.send(sink, *numbers)
        return caught.value

    def test_says_whether_ids_are_known(self, sink: Sink, stub: ServiceStub) -> None:
        """Where they are not, the operator may choose what becomes of what perhaps arrived."""
        assert isinstance(sink, Unsure) is not stub.knows_ids

    def test_says_all_that_an_event_holds(self, sink: Sink, stub: ServiceStub) -> None:
        """An event with every member there is is taken, and so is one with the fewest."""
        assert run(_sent(sink, [self.rich(1), self.event(2)])) == SendOutcome()
        assert stub.arrived() == ids(1, 2)

    def test_keeps_the_envelope(self, sink: Sink, stub: ServiceStub) -> None:
        """Consent record and subject reference stay with us."""
        self.send(sink, 1, 2)
        assert b"record-" not in stub.received()
        assert b"subject-" not in stub.received()

    def test_is_refused_without_blaming_an_event(self, sink: Sink, stub: ServiceStub) -> None:
        """A wrong credential keeps all waiting, and the service is left alone for a while."""
        stub.refuse()
        error = self.error(sink, 1, 2)
        assert ("PK167" in str(error), error.retry_after) == (True, 300.0)

    @pytest.mark.parametrize("body", STRANGERS.values(), ids=STRANGERS.keys())
    def test_takes_no_stranger_s_success_for_its_own(
        self, sink: Sink, stub: ServiceStub, body: bytes
    ) -> None:
        """A proxy's page, an answer that is cut off or packed: nothing says that events arrived."""
        if self.takes_any_success and not body.startswith(b"<"):
            return
        stub.fail(200, body)
        error = self.error(sink, 1, 2)
        assert str(error).startswith("PK421")
        assert error.retry_after == 300.0  # noqa: PLR2004 - as everybody who refuses us

    @pytest.mark.parametrize("status", [429, 503])
    def test_waits_as_long_as_it_is_asked_to(
        self, sink: Sink, stub: ServiceStub, status: int
    ) -> None:
        """Nothing was taken, for certain."""
        stub.fail(status, headers={"retry-after": "7"})
        error = self.error(sink, 1)
        assert (error.retry_after, error.unclear) == (7.0, False)

    @pytest.mark.parametrize("trouble", [SILENT, BROKEN, 500, 502, 504])
    def test_says_when_it_does_not_know(self, make: Make, stub: ServiceStub, trouble: int) -> None:
        """The message went out, and nobody can tell what became of it."""
        stub.fail(trouble)
        assert self.error(make(timeout=SOON), 1).unclear

    def test_knows_when_nobody_is_there(self, make: Make) -> None:
        """What never went out did not arrive."""
        error = self.error(make(url="http://127.0.0.1:9"), 1)
        assert str(error).startswith("PK166 no answer (")
        assert str(error).endswith(", nothing listens there)")
        assert not error.unclear

    def test_follows_no_redirect(self, sink: Sink, stub: ServiceStub) -> None:
        """Events go where the file says, and nowhere else."""
        stub.fail(307, headers={"location": f"{stub.url}/elsewhere"})
        assert "307: no redirect is followed" in str(self.error(sink, 1))
        assert [request.path for request in stub.requests if request.path == "/elsewhere"] == []

    @pytest.mark.parametrize("status", [400, 413])
    def test_sends_less_at_a_time(self, sink: Sink, stub: ServiceStub, status: int) -> None:
        """A message that is refused, for its size or for one event, is halved."""
        stub.fail(status)
        outcome = self.send(sink, 1, 2, 3, 4)
        if len(outcome.untried) > 1:
            self.send(sink, 1, 2)
            self.send(sink, 3, 4)
        assert outcome.retry == ()

    def test_finds_the_one_event_that_spoils_a_batch(self, sink: Sink, stub: ServiceStub) -> None:
        """It alone is given up; all others arrive."""
        stub.poison = set(ids(5))
        waiting, rejected = [self.event(number) for number in range(8)], []
        for _ in range(TURNS):
            part = waiting[: _wanted(sink)]
            outcome = run(_sent(sink, part)) if part else SendOutcome()
            rejected += [id_ for id_, _ in outcome.rejected]
            left = {*outcome.untried, *outcome.retry}
            waiting = [it for it in waiting if it not in part or it.envelope.id in left]
        assert (rejected, stub.arrived()) == (ids(5), ids(0, 1, 2, 3, 4, 6, 7))

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_a_child_opens_connections_of_its_own(self, sink: Sink, stub: ServiceStub) -> None:
        """What a fork handed on is the parent's: both go on."""
        with asyncio.Runner() as runner:
            runner.run(sink.send([self.event(1)]))
            child = os.fork()
            if child == 0:  # pragma: no cover - in a process of its own
                with asyncio.Runner() as own:
                    own.run(sink.send([self.event(2)]))
                os._exit(0)
            _, status = os.waitpid(child, 0)
            runner.run(sink.send([self.event(3)]))
            runner.run(sink.close())
        assert (status, stub.arrived()) == (0, ids(1, 2, 3))

    def test_can_be_asked_whether_it_would_take_events(self, sink: Sink, stub: ServiceStub) -> None:
        """`privacykit check --connect` gives it none."""
        stub.fail(401)
        with pytest.raises(SinkError, match="PK167"):
            run(_asked(sink))
        assert stub.arrived() == []
        stub.faults.clear()  # a question of ours need not be one of the service's


def _wanted(sink: Sink) -> int:
    return sink.batch if isinstance(sink, Batches) else 1


async def _sent(sink: Sink, rows: list[OutboxRow]) -> SendOutcome:
    try:
        return await given(sink, rows)
    finally:
        await sink.close()


async def _asked(sink: Sink) -> None:
    try:
        if isinstance(sink, Reachable):
            await sink.answers()
    finally:
        await sink.close()
