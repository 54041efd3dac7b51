"""Answers of WSGI applications, in every order that PEP 3333 allows: one event for each."""

# ruff: noqa: ARG001, ARG002 - every application is given both

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest

from privacykit.web.wsgi.edge import PrivacyWSGIEdge

HTML = [("Content-Type", "text/html"), ("Set-Cookie", "_ga=1"), ("Set-Cookie", "session=1")]
KEPT = [("Content-Type", "text/html"), ("Set-Cookie", "session=1")]


def caught():
    """Return what `sys.exc_info` gives of an error."""
    try:
        {}["of the application"]
    except KeyError:
        return sys.exc_info()


def listed(environ, start):
    """Answer with a list."""
    start("200 OK", HTML)
    return [b"one", b"two"]


def late(environ, start):
    """Begin when the first chunk is asked for."""
    start("200 OK", HTML)
    yield b""
    yield b"one"
    yield b"two"


def writes(environ, start):
    """Send with ``write`` only."""
    write = start("200 OK", HTML)
    write(b"one")
    write(b"two")
    return []


def twice(environ, start):
    """Replace the answer before anything is out."""
    start("200 OK", HTML)
    start("500 Oh", HTML, caught())
    return [b"onetwo"]


def twice_late(environ, start):
    """Do the same from a generator."""
    start("200 OK", HTML)
    yield b""
    start("500 Oh", HTML, caught())
    yield b"onetwo"


class Iterated:
    """An answer that was begun, and is replaced by an object of another kind than a generator."""

    def __init__(self, environ, start) -> None:
        self.start = start
        self.left = [b"", b"onetwo"]
        start("200 OK", HTML)

    def __iter__(self):
        return self

    def __next__(self):
        if len(self.left) == 1:
            self.start("500 Oh", HTML, caught())
        if not self.left:
            raise StopIteration
        return self.left.pop(0)


@pytest.mark.parametrize("strict", [False, True], ids=["plain", "validated"])
@pytest.mark.parametrize(
    ("app", "status"),
    [
        (listed, 200), (late, 200), (writes, 200), (twice, 500), (twice_late, 500),
        (Iterated, 500),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)  # fmt: skip
def test_one_event_for_the_answer_that_went_out(around, engine, pages, app, status, strict):
    """Nothing is lost on the way, and an answer that was replaced is none."""
    server = around(validator(app) if strict else app)
    if strict:
        server.app = validator(server.app)
    before = engine.runtime.withheld["not_a_page"].n
    assert server.serve(QUERY_STRING="")[1] == b"onetwo"
    assert (server.begun[0][:3], server.begun[1][:2]) == (str(status), KEPT)
    assert pages == (["/a/{word}"] if status == 200 else [])
    assert engine.runtime.withheld["not_a_page"].n - before == (status != 200)


def test_an_answer_after_the_first_byte_is_the_errors(around, pages):
    """The server raises what it was given, the application's own, and one event stands."""

    def app(environ, start):
        start("200 OK", HTML)
        yield b"one"
        start("500 Oh", HTML, caught())

    server = around(app)
    with pytest.raises(KeyError, match="of the application"):
        server.serve()
    assert (server.sent, pages) == ([b"one"], ["/a/{word}"])


def test_write_is_the_servers_own(around):
    """Whatever a server hangs on it is still there."""
    got = []

    def app(environ, start):
        got.append(start("200 OK", HTML))
        return []

    server = around(app)
    server.serve()
    assert got == [server.write]


def test_headers_that_nothing_changes_are_the_applications_own(around):
    """And a list of the application's is never changed."""
    own, shared = [("Content-Type", "text/html")], list(HTML)

    def app(environ, start):
        start("200 OK", own if environ["PATH_INFO"] == "/a/b" else shared)
        return []

    first, second = around(app), around(app)
    first.serve()
    second.serve(path="/a/c")
    assert first.begun[1] is own
    assert shared == HTML


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_body_that_is_there_is_passed_itself(around, ask_environ, kind):
    """So that a server can tell its length."""
    body = kind([b"one"])

    def app(environ, start):
        start("200 OK", HTML)
        return body

    server = around(app)
    assert server.app(ask_environ(), server.start) is body


def test_a_file_goes_to_the_server_itself(around, ask_environ, tmp_path, pages):
    """Of the class that the server gave, so that it can send it by itself; of uWSGI the file."""
    path = tmp_path / "file"
    path.write_bytes(b"content")

    def app(environ, start):
        start("200 OK", HTML)
        return environ["wsgi.file_wrapper"](path.open("rb"))

    server = around(app)
    body = server.app(ask_environ(**{"wsgi.file_wrapper": FileWrapper}), server.start)
    assert type(body) is FileWrapper
    body.close()
    server = around(app)
    file = server.app(ask_environ(**{"wsgi.file_wrapper": lambda given, _=0: given}), server.start)
    assert file.read() == b"content"
    file.close()
    assert pages == ["/a/{word}"] * 2


class Closing:
    """A body that counts how often it is closed."""

    def __init__(self, chunks, fails=False) -> None:
        self.chunks, self.closed, self.fails = iter(chunks), 0, fails

    def __iter__(self):
        return self.chunks

    def close(self):
        """Count, and fail if it has to."""
        self.closed += 1
        if self.fails:
            raise OSError("of the application")


def _raising():
    yield b"one"
    raise ValueError


@pytest.mark.parametrize("chunks", [[b"one", b"two"], [], _raising()], ids=["all", "none", "part"])
def test_a_body_is_closed_once(around, ask_environ, chunks):
    """Whatever became of it, and however often a server closes it."""
    body = Closing(chunks)

    def app(environ, start):
        start("200 OK", HTML)
        return body

    server = around(app)
    given = server.app(ask_environ(), server.start)
    with suppress(ValueError):
        list(given)
    given.close()
    given.close()
    assert body.closed == 1


def test_a_body_that_nobody_reads_is_closed_and_recorded(around, ask_environ, pages):
    """The answer of a HEAD may be; an error of its `close` is the application's."""
    body = Closing([b"one"], fails=True)

    def app(environ, start):
        start("200 OK", HTML)
        return body

    server = around(app)
    given = server.app(ask_environ(), server.start)
    with pytest.raises(OSError, match="of the application"):
        given.close()
    assert pages == ["/a/{word}"]


def test_a_generator_that_nobody_reads_gave_no_answer(around, engine, ask_environ, pages):
    """Nothing was begun."""
    before = engine.runtime.counters.of("no_response")
    server = around(late)
    server.app(ask_environ(), server.start).close()
    assert (pages, engine.runtime.counters.of("no_response")) == ([], before + 1)


def never(environ, start):
    """Begin nothing."""
    return [b"one"]


def raises(environ, start):
    """Fail at once."""
    raise ZeroDivisionError


def raises_begun(environ, start):
    """Fail after the beginning: the server shows an error of its own."""
    start("200 OK", HTML)
    raise ZeroDivisionError


def raises_late(environ, start):
    """Do the same from a generator."""
    start("200 OK", HTML)
    yield b""
    raise ZeroDivisionError


@pytest.mark.parametrize("app", [never, raises, raises_begun, raises_late])
def test_what_gave_no_answer_is_counted_and_no_event(around, engine, pages, app):
    """Once; the error is the server's to show."""
    before = engine.runtime.counters.of("no_response")
    with pytest.raises((ZeroDivisionError, AssertionError)):
        around(app).serve()
    assert (pages, engine.runtime.counters.of("no_response")) == ([], before + 1)


def test_a_stream_is_never_held_back(around, ask_environ):
    """Each chunk is out before the next is made, whatever its size."""
    made = []

    def app(environ, start):
        start("200 OK", HTML)
        for number in range(64):
            made.append(number)
            yield bytes(16_384)

    server = around(app)
    body = iter(server.app(ask_environ(), server.start))
    for number in range(64):
        assert len(next(body)) == 16_384
        assert made == list(range(number + 1))


@pytest.mark.parametrize("odd", ["200", "no status", "", "20"])
def test_any_status_is_the_applications_business(around, odd):
    """It passes as it is."""

    def app(environ, start):
        start(odd, HTML)
        return [b"one"]

    assert around(app).serve() == (odd, b"one")


def test_a_header_that_no_server_can_send_hides_no_cookie(around):
    """Text outside Latin-1, bytes, no pair: what is denied is not let through beside it."""
    lines = [
        ("X-Name", "\N{SNOWMAN}"),
        ("Set-Cookie", "_ga=\N{SNOWMAN}"),
        (b"Set-Cookie", b"_ga=1"),
    ]

    def app(environ, start):
        start("200 OK", lines)
        return []

    server = around(app)
    server.serve()
    assert [name for name, _ in server.begun[1] if name in {"Set-Cookie", b"Set-Cookie"}] == []


def test_threads_get_their_own_visitors(engine, ask_environ):
    """Eight at once: nobody is shown another's decision."""
    barrier = threading.Barrier(8)

    def app(environ, start):
        barrier.wait(60)
        start("200 OK", HTML)
        yield environ["privacykit.privacy"].cookie

    edge = PrivacyWSGIEdge(app, engine)

    def serve(number):
        environ = ask_environ(HTTP_COOKIE=f"session={number}")
        return b"".join(edge(environ, lambda *_: None))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(serve, range(8))) == [b"session=%d" % n for n in range(8)]


def test_a_callable_of_the_servers_gets_no_third_argument(around, ask_environ):
    """Only where the application gave one."""
    told = []

    def app(environ, start):
        start("200 OK", HTML)
        start("500 Oh", HTML, exc_info=caught())
        return []

    server = around(app)
    server.app(ask_environ(), lambda *given: told.append(len(given)))
    assert told == [2, 3]
