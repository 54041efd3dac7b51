"""
Our own pages under WSGI. Reads the body of a form; commits it in the application's own thread.

A form waits for a store of ours, and as many as have a turn do so at once: where all turns are
taken the page is made without one, and nothing is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec

from privacykit import forks
from privacykit.collect.privacy import NoPrivacy, Privacy
from privacykit.web.headers import Headers, joined
from privacykit.web.ports import EdgeEngine
from privacykit.web.preferences.form import MAX_BODY_BYTES
from privacykit.web.preferences.http import WITH_BODY, PageRequest, PageResponse, may_wait
from privacykit.web.threads import THREADS
from privacykit.web.wsgi.environ import Environ, as_bytes, text_in
from privacykit.web.wsgi.response import StartResponse, texts_of

MOST = MAX_BODY_BYTES + 1
"""Bytes of a form that are read: one more than may be."""
DIGITS = 9
"""Of a length that is read as a number; a longer one is too much."""


class Turns:
    """How many of the application's threads may wait for a store of ours at once."""

    def __init__(self) -> None:
        self.after_fork_in_child()
        forks.renew(self)

    def after_fork_in_child(self) -> None:
        """Forget whose turn it was."""
        self._left = threading.BoundedSemaphore(THREADS)

    def take(self) -> bool:
        """Take a turn; ``False`` where there is none."""
        return self._left.acquire(blocking=False)

    def give(self) -> None:
        """Give it back."""
        self._left.release()


_turns = Turns()


def answer_page(
    environ: Environ,
    lines: Headers,
    privacy: Privacy | NoPrivacy,
    engine: EdgeEngine,
    body: Callable[[], bytes | None] | None = None,
) -> PageResponse:
    """
    Return the answer of a page of ours.

    Args:
        environ: The request; its body is read, if it is a form.
        lines: Its headers as they came in.
        privacy: What was decided about it.
        engine: The whole.
        body: Reads the body of a form, where a framework has to; as :func:`read_body` does.
    """
    read = body or (lambda: read_body(environ))
    method, root = text_in(environ, "REQUEST_METHOD"), text_in(environ, "SCRIPT_NAME")
    request = PageRequest(
        method,
        root + text_in(environ, "PATH_INFO"),
        root,
        as_bytes(text_in(environ, "QUERY_STRING")),
        joined(lines),
        text_in(environ, "wsgi.url_scheme") or "http",
        read() if method in WITH_BODY else b"",  # however slowly it comes, it takes nobody's turn
        privacy,
    )
    waits = may_wait(request.method, request.path)
    has_turn = waits and _turns.take()
    if waits and not has_turn:
        request = msgspec.structs.replace(request, busy=True)
    try:
        return engine.pages(request)
    finally:
        if has_turn:
            _turns.give()


def begin(answer: PageResponse, start: StartResponse) -> list[bytes]:
    """Begin *answer* at the server and return its body."""
    start(f"{answer.status} {HTTPStatus(answer.status).phrase}", texts_of(answer.headers))
    return [answer.body]


def read_body(environ: Environ) -> bytes | None:
    """
    Return the body, of a too long one a little more than may be, ``None`` of a broken one.

    Without a length nothing is read but where the server itself ends the stream: elsewhere a read
    would wait for what never comes.
    """
    told = text_in(environ, "CONTENT_LENGTH")
    if not told:
        ends = environ.get("wsgi.input_terminated")
        return _read(environ.get("wsgi.input"), MOST) if ends else b""
    if not (told.isascii() and told.isdecimal()):
        return None
    wanted = min(int(told), MOST) if len(told) <= DIGITS else MOST
    body = _read(environ.get("wsgi.input"), wanted)
    return body if body is not None and len(body) == wanted else None


def _read(stream: Any, wanted: int) -> bytes | None:  # noqa: ANN401 - any object with a read
    body = b""
    try:
        while len(body) < wanted:
            piece = stream.read(wanted - len(body))
            if not piece:
                break
            body += piece
    except Exception:  # noqa: BLE001 - the client left, or the server's stream broke
        return None
    return body
