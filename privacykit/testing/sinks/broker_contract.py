"""
Contract of every broker sink, against a real server. Subclass, give the fixtures, run pytest.

`kind` is the sink's :class:`~privacykit.sinks.kind.SinkKind`, whose name another process finds too;
`url` is the server's, on loopback; `keys` are those of the table that lead to a place of this
test's own; `make` is what :func:`maker` makes of the three; `arrived` is what
:mod:`privacykit.testing.sinks.contract` says.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import pytest

from privacykit.collect.ports import OutboxRow, Reachable, SendOutcome, Sink, Unsure
from privacykit.errors import SinkError
from privacykit.sinks.config import SinkConfig
from privacykit.sinks.kind import SinkKind
from privacykit.testing.brokers.gate import Gate
from privacykit.testing.samples import NOW, ids, rich_row, row
from privacykit.testing.sinks.contract import Arrived, SinkContract, run
from privacykit.testing.sinks.forked import send_from_both_sides

Make = Callable[..., Sink]

SOON = 0.5
"""Seconds that a server which says nothing is waited for."""

LATER = 1.5
"""The same of one that is only cut off."""

MANY = 300
"""Events of a batch that is cut in the middle."""


class BrokerSinkContract(SinkContract):
    """The laws of :mod:`privacykit.sinks.streams.broker`, one test each."""

    @pytest.fixture
    def sink(self, make: Make) -> Sink:
        """A sink as its table makes it."""
        return make()

    @pytest.fixture(autouse=True)
    def _whether_it_knows_ids(self, kind: SinkKind) -> None:
        self.knows_ids = bool(kind.deduplicates)

    @pytest.fixture
    def gate(self, url: str) -> Iterator[Gate]:
        """A door before the server, shut."""
        made = Gate(urlsplit(url).port or 0)
        yield made
        made.shut()

    @pytest.fixture
    def through(self, url: str, gate: Gate) -> str:
        """The URL of the server, through the door."""
        return url.replace(f":{urlsplit(url).port}", f":{gate.port}")

    @pytest.fixture
    def nowhere(self, url: str) -> str:
        """The URL of a server that is not there."""
        return url.replace(f":{urlsplit(url).port}", f":{Gate(0).port}")

    def test_says_whether_ids_are_known(self, sink: Sink) -> None:
        """Where they are not, the operator may choose what becomes of what perhaps arrived."""
        assert isinstance(sink, Unsure) is not self.knows_ids

    @pytest.mark.parametrize("mode", ["structured", "binary"])
    def test_says_all_that_an_event_holds(self, make: Make, arrived: Arrived, mode: str) -> None:
        """An event with every member there is is taken, and so is one with the fewest."""
        assert run(sent(make(mode=mode), [rich_row(1), row(2)])) == SendOutcome()
        assert sorted(arrived()) == ids(1, 2)

    def test_without_a_server_events_wait(self, make: Make, nowhere: str) -> None:
        """What never went out did not arrive."""
        with pytest.raises(SinkError, match="PK166") as caught:
            self.send(make(nowhere, timeout=SOON), 1)
        assert not caught.value.unclear

    def test_comes_back_with_the_server(
        self, make: Make, gate: Gate, through: str, arrived: Arrived
    ) -> None:
        """A server that was restarted is found again, by the same sink."""
        sink = make(through, timeout=LATER)

        async def work() -> None:
            gate.open()
            await sink.send([row(1)])
            gate.shut()
            with pytest.raises(SinkError):
                await sink.send([row(2)])
            gate.open()
            await sink.send([row(2)])
            await sink.close()

        run(work())
        assert sorted(arrived()) == ids(1, 2)

    def test_loses_nothing_when_it_is_cut(
        self, make: Make, gate: Gate, through: str, arrived: Arrived
    ) -> None:
        """In the middle of a batch: what was not confirmed is sent again, and all is there."""
        sink, batch = make(through, timeout=LATER), [row(number) for number in range(MANY)]

        async def work() -> int:
            gate.open(cut_after=MANY * len(batch[0].body) // 2)
            try:
                said = await sink.send(batch)
                unclear, retry = set(said.unclear), set(said.retry)
            except SinkError as error:
                unclear, retry = {one.envelope.id for one in batch if error.unclear}, set()
            assert unclear
            again = [one for one in batch if one.envelope.id in unclear | retry]
            gate.open()
            assert await sent(sink, again) == SendOutcome()
            return len(unclear)

        unclear, there = run(work()), arrived()
        assert sorted(set(there)) == ids(*range(MANY))
        assert len(there) - MANY <= (0 if self.knows_ids else unclear)

    def test_does_not_wait_for_ever(self, make: Make, silent: str) -> None:
        """A server that takes the connection and says nothing holds nothing up."""
        with pytest.raises(SinkError, match="PK166"):
            self.send(make(silent, timeout=SOON), 1)

    @pytest.fixture
    def silent(self, url: str) -> Iterator[str]:
        """The URL of a server that says nothing."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield url.replace(f":{urlsplit(url).port}", f":{server.getsockname()[1]}")

    def test_can_be_asked_whether_it_would_take_events(
        self, make: Make, nowhere: str, arrived: Arrived
    ) -> None:
        """It would, and got none; without a server it would not."""
        asked = make()
        assert isinstance(asked, Reachable)
        run(asked.answers())
        gone = make(nowhere, timeout=SOON)
        assert isinstance(gone, Reachable)
        with pytest.raises(SinkError, match="PK166"):
            run(gone.answers())
        assert arrived() == []

    def test_what_is_no_event_is_set_aside(self, make: Make, arrived: Arrived) -> None:
        """Nothing of it is sent, and the others arrive."""
        broken = OutboxRow(row(1).envelope, b"{")
        outcome = run(sent(make(), [broken, row(2)]))
        assert outcome.rejected == ((ids(1)[0], "unreadable"),)
        assert arrived() == ids(2)

    def test_a_child_opens_a_connection_of_its_own(
        self, kind: SinkKind, url: str, keys: Mapping[str, object], arrived: Arrived
    ) -> None:
        """What a fork handed on is the parent's: both go on."""
        send_from_both_sides(kind.name, url, keys)
        assert sorted(arrived()) == ids(1, 2, 3)


def maker(kind: SinkKind, url: str, keys: Mapping[str, object]) -> Make:
    """Return what makes sinks of *kind* that go to *url* and have *keys*, unless told otherwise."""

    def made(other: str | None = None, **more: object) -> Sink:
        config = SinkConfig(
            kind.name, kind.name, lambda: NOW, url=other or url, options={**keys, **more}
        )
        return kind(config)

    return made


async def sent(sink: Sink, batch: Sequence[OutboxRow]) -> SendOutcome:
    """Send *batch*, and close the sink."""
    try:
        return await sink.send(batch)
    finally:
        await sink.close()
