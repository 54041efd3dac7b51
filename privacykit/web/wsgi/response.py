"""
The answer of a WSGI application on its way to the server: nothing is held back, nothing buffered.

Laws of this file, held by ``tests/web/wsgi/``:

- the server's own ``write`` and the application's own ``exc_info`` pass as they are;
- an answer may be replaced until its first byte is out (PEP 3333), so its event is made when the
  first chunk that is not empty passes, or the end comes: never two for one request;
- a body that can begin no other answer is the application's own object, so that a server sees its
  length or its file; any other is watched, chunk by chunk, and closed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Protocol

import msgspec

from privacykit.collect.memo import Memo
from privacykit.collect.privacy import Privacy
from privacykit.web.edge import bare_response, record_page, respond_headers
from privacykit.web.headers import Headers, Lines
from privacykit.web.ports import EdgeEngine, TemplateFinder
from privacykit.web.wsgi.environ import Environ, as_bytes

TextHeaders = list[tuple[str, str]]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
Body = Iterable[bytes]
WHOLE = (list, tuple)
"""Bodies that are there already: to go through them calls nothing of the application."""


class StartResponse(Protocol):
    """What a server gives an application, to begin its answer."""

    def __call__(
        self, status: str, headers: TextHeaders, exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """Begin the answer, or replace the one that was begun; return ``write``."""
        ...


class ResponseRecorder(msgspec.Struct):
    """
    Stands where the server's ``start_response`` stands, for one request that was decided.

    Attributes:
        environ: The request.
        privacy: What was decided.
        path: The ``PATH_INFO`` with which it came in.
        root: The ``SCRIPT_NAME`` with which it came in.
        method: Its method.
        start: The server's.
        engine: The whole.
        templates: Knows the route template of this request.
        begun: Status, content type and template of the answer that was begun.
        held: Whether it may be replaced still.
        ended: Whether all is said about this request.
    """

    environ: Environ
    privacy: Privacy
    path: str
    root: str
    method: str
    start: StartResponse
    engine: EdgeEngine
    templates: TemplateFinder[ResponseRecorder]
    begun: tuple[int, bytes, str | None] | None = None
    held: bool = True
    ended: bool = False

    def __repr__(self) -> str:
        return "<ResponseRecorder>"

    def __call__(
        self, status: str, headers: TextHeaders, exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        """Begin or replace the answer at the server, with what the decision changes of it."""
        if type(headers) is not list:
            headers = list(headers)
        given = pairs_of(headers)
        path = f"{self.root}{self.path}" if self.root else self.path
        kept, content_type = respond_headers(given, self.privacy, path, self.engine)
        shown = headers if kept is given and len(given) == len(headers) else texts_of(kept)
        try:
            if exc_info is None:
                write = self.start(status, shown)
            else:
                write = self.start(status, shown, exc_info)
        finally:
            exc_info = None  # or it would hold its own frame (PEP 3333)
        code = _codes[status] if type(status) is str else 0
        try:  # as long as it is there: Flask takes its request away at the end
            page = self.templates.of(self)
        except Exception as error:  # noqa: BLE001 - P9: the response outlives us
            self.engine.failed("record", error)
            page = None
        self.begun = code, content_type, page
        if not self.held:
            self.passed()
        return write

    def watched(self, body: Body) -> Body:
        """Return *body*, or what watches it where it may begin another answer still."""
        if type(body) in WHOLE or is_whole(body, self.environ):
            self.passed()
            if self.begun is None and type(body) in WHOLE:
                self.broken()
            return body
        return WatchedBody(body, self)

    def passed(self) -> None:
        """Make the event of the answer that was begun: it can be replaced no more."""
        self.held = False
        if self.begun is None or self.ended:
            return
        self.ended = True
        status, content_type, page = self.begun
        if page is None:
            return
        record_page(self.privacy, page, self, self.method, status, content_type, self.engine)

    def of(self, page: str) -> str:
        """Return the template that was found when the answer began."""
        return page

    def said(self, page: object) -> str:
        """Return as JSON what the application says its *page* is."""
        return self.templates.said(page)

    def broken(self) -> None:
        """Count that the application gave no answer, if nothing of one went out."""
        if not self.ended:
            self.ended = True
            self.engine.runtime.count("no_response")


class WatchedBody:
    """
    The body of an answer that may still be replaced: one chunk out for each chunk in.

    Args:
        body: The application's.
        response: Is told when the first chunk passes, when the end comes, and when it breaks.
    """

    __slots__ = ("_body", "_chunks", "_closed", "_response", "_waits")

    def __init__(self, body: Body, response: ResponseRecorder) -> None:
        self._body = body
        self._chunks: Iterator[bytes] | None = None
        self._response = response
        self._waits = True
        self._closed = False

    def __iter__(self) -> WatchedBody:
        if self._chunks is None:
            self._chunks = iter(self._body)
        return self

    def __next__(self) -> bytes:
        if self._chunks is None:
            self._chunks = iter(self._body)
        if not self._waits:
            return next(self._chunks)
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._end()
            raise
        except BaseException:
            self._waits = False
            self._response.broken()
            raise
        if chunk:
            self._waits = False
            self._response.passed()
        return chunk

    def close(self) -> None:
        """Close the application's body, once, whatever became of it."""
        if self._closed:
            return
        self._closed = True
        self._end()
        close = getattr(self._body, "close", None)
        if close is not None:
            close()

    def _end(self) -> None:
        if self._waits:
            self._waits = False
            self._response.passed()
            self._response.broken()  # where nothing was begun


def bare_start(start: StartResponse, engine: EdgeEngine) -> StartResponse:
    """Return what begins answers to a request about which nothing was decided."""

    def begin(
        status: str, headers: TextHeaders, exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        shown = texts_of(bare_response(pairs_of(headers), engine))
        try:
            return start(status, shown) if exc_info is None else start(status, shown, exc_info)
        finally:
            exc_info = None

    return begin


def is_whole(body: object, environ: Environ) -> bool:
    """Tell whether *body* is there already, or a file that the server sends by itself."""
    if hasattr(body, "__len__"):
        return True
    wrapper = environ.get("wsgi.file_wrapper")
    if isinstance(wrapper, type):
        return isinstance(body, wrapper)
    # Of uWSGI it is a function that returns the file itself.
    return wrapper is not None and hasattr(body, "read")


def pairs_of(headers: Iterable[Any]) -> Headers:
    """Return *headers* as pairs of bytes, without what is no pair of texts."""
    try:
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    except (AttributeError, TypeError, ValueError):
        pass
    return [
        (as_bytes(line[0]), as_bytes(line[1]))
        for line in headers
        if len(line) == len(("name", "value"))
        and isinstance(line[0], str)
        and isinstance(line[1], str)
    ]


def texts_of(lines: Lines) -> TextHeaders:
    """Return *lines* as pairs of texts."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in lines]


def code_of(status: str) -> int:
    """Return the number that *status* begins with, 0 where it begins with none."""
    try:
        return int(status[:3])
    except ValueError:
        return 0


_codes: Memo[str, int] = Memo(code_of)
