"""The HTTP sink against a real server."""

import asyncio
import socket
import sys

import pytest

from privacykit.errors import MissingExtraError, SinkError
from privacykit.sinks import SinkConfig, build
from privacykit.testing.samples import NOW, ids, row
from privacykit.testing.sinks.contract import run


def send(sink, *numbers):
    """Send the events with *numbers* and close the sink."""

    async def work():
        try:
            return await sink.send([row(number) for number in numbers])
        finally:
            await sink.close()

    return run(work())


def test_posts_the_events_as_they_are(make, endpoint):
    """The endpoint gets the CloudEvents, and no word of the envelope."""
    send(make(), 1)
    (event,) = endpoint.events.values()
    assert event["data"]["name"] == "page"
    assert "record-1" not in str(event)


def test_the_same_batch_is_the_same_message(make, endpoint):
    """An endpoint may recognise a message that comes again by its id."""
    sink = make()
    send(sink, 1, 2)
    send(sink, 1, 2)
    send(sink, 2)
    first, again, other = endpoint.messages
    assert (first == again, first == other) == (True, False)


def test_shows_its_token_and_keeps_no_cookie(make, endpoint):
    """A token goes along; what the endpoint wants remembered does not."""
    endpoint.fail(202, headers={"set-cookie": "id=1"})
    sink = make(token=lambda: "open-sesame")

    async def twice():
        await sink.send([row(1)])
        await sink.send([row(2)])
        await sink.close()

    asyncio.run(twice())
    assert [request.headers["authorization"] for request in endpoint.requests] == [
        "Bearer open-sesame",
        "Bearer open-sesame",
    ]
    assert "cookie" not in endpoint.requests[1].headers


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 301, 307])
def test_asks_for_another_try(make, endpoint, status):
    """Trouble that may pass, and a redirect that is not followed, keep the batch waiting."""
    endpoint.fail(status, headers={"location": "http://127.0.0.1:9/"})
    with pytest.raises(SinkError, match="PK168"):
        send(make(), 1)


def test_a_name_that_is_none_is_told(make):
    """Nobody waits for a server to come up whose name is misspelt."""
    with pytest.raises(SinkError, match=r"PK166 no answer .*the host's name was not found"):
        send(make(url="https://collector.invalid"), 1)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_endpoint_that_refuses_us_rejects_no_event(make, endpoint, status):
    """A wrong token is not the events' fault: they wait, and it is left alone for a while."""
    endpoint.fail(status)
    with pytest.raises(SinkError, match="PK167") as caught:
        send(make(), 1)
    assert caught.value.retry_after == 300


@pytest.mark.parametrize(
    ("given", "wait"),
    [
        ("7", 7),
        ("999999999999", 86400.0),
        ("Fri, 15 Jan 2027 08:01:00 GMT", 60),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("Fri, 99 Jan 2027 99:00:00 GMT", None),
    ],
)
def test_reads_retry_after(make, endpoint, given, wait):
    """Seconds or a date, nothing else."""
    endpoint.fail(503, headers={"retry-after": given})
    with pytest.raises(SinkError) as caught:
        send(make(), 1)
    assert caught.value.retry_after == wait


def test_rejects_the_one_event_that_is_refused(make, endpoint):
    """A single event that gets a permanent answer is given up, with the status as reason."""
    endpoint.poison = set(ids(3))
    assert send(make(), 3).rejected == ((ids(3)[0], "status_422"),)


def test_no_answer_is_said_without_the_url(make):
    """Where nobody listens the batch waits."""
    with pytest.raises(SinkError, match="PK166") as caught:
        send(make("http://127.0.0.1:9/hidden"), 1)
    assert "hidden" not in str(caught.value)


def test_gives_a_slow_endpoint_up(make):
    """An endpoint that takes a connection and says nothing is left after the time-out."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sink = make(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.1)
        with pytest.raises(SinkError, match="ReadTimeout"):
            send(sink, 1)


def test_reads_no_endless_answer(make):
    """The answer of an endpoint that never stops is cut off and its status counts."""

    async def flood(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 99999999\r\n\r\n" + b"x" * 200_000)
        await reader.read()
        writer.close()

    async def work():
        server = await asyncio.start_server(flood, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        sink = make(f"http://127.0.0.1:{port}/")
        outcome = await sink.send([row(1)])
        await sink.close()
        server.close()
        return outcome

    assert asyncio.run(work()).rejected == ()


def test_signs_nothing_without_a_key(make, endpoint):
    """Whoever wants no signature gets none."""
    endpoint.key = None
    send(make(), 1)
    assert list(endpoint.events) == ids(1)


def test_a_credential_that_is_gone_keeps_events_waiting(make):
    """Nothing is sent without the token that should go with it."""
    with pytest.raises(SinkError, match="PK165"):
        send(make(token=lambda: None), 1)


def test_prints_neither_token_nor_key(make):
    """Not even while debugging."""
    assert "open-sesame" not in repr(vars(make(token=lambda: "open-sesame")))


def test_names_the_missing_extra(monkeypatch):
    """Without httpx2 one clear error says what to install."""
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(MissingExtraError, match=r"privacykit\[http\]"):
        build(SinkConfig("http", "http", lambda: NOW, url="https://x.example"))


def test_a_redirect_is_no_endpoint(make, endpoint):
    """Asked beforehand: no event would follow it."""
    endpoint.fail(301, headers={"location": "http://127.0.0.1:9/"})
    with pytest.raises(SinkError, match="PK168 the endpoint answered 301: no redirect"):
        run(asked(make()))


async def asked(sink):
    """Ask *sink* whether it would take events."""
    try:
        await sink.answers()
    finally:
        await sink.close()
