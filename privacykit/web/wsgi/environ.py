"""
The environ of WSGI: read as header lines, and rewritten in place. Pure.

In place, because servers write their access log from the same dictionary once the application is
done: what it no longer names is in no line (PEP 3333 wants a real ``dict`` that may be changed).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from privacykit.collect.address.client_ip import Peer
from privacykit.collect.memo import Memo, weight
from privacykit.web.headers import Headers

Environ = dict[str, Any]

PRIVACY = "privacykit.privacy"
"""Where the application finds what was decided. With a dot: what has none must be text."""
HEADER = "HTTP_"
BARE_HEADERS = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
"""Headers whose keys have no prefix."""
OF_GATEWAYS = ("SSL_CLIENT_", "GEOIP_", "MMDB_")
"""How keys begin in which modules of web servers tell of the client: certificate, place, address.
Which of them go is what goes of headers with such names."""
GATEWAY_KEYS = frozenset({
    "serverless.event", "serverless.context", "serverless.authorizer", "awsgi.event",
    "awsgi.context", "lambda.event", "lambda.context", "apig_wsgi.full_event",
    "apig_wsgi.request_context", "apig_wsgi.multi_value_headers", "asgi.scope", "REMOTE_IDENT",
})  # fmt: skip
"""Where gateways put the whole request as it came, the client's address in it; and RFC 1413."""
RESOLVED = "werkzeug.proxy_fix.orig"
"""Where Werkzeug's ``ProxyFix`` keeps what it replaced."""
TELL_MORE = GATEWAY_KEYS | {"REMOTE_HOST", RESOLVED}

END = (None, None)
"""Stands behind the last line that is kept: no line is the same, and none has its name."""
_JOINED_COOKIES = re.compile(rb",\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")


def _header_of(key: str) -> bytes | None:
    """Return the name of the header, lower case, that *key* holds, ``None`` where it is none."""
    if key.startswith(HEADER):
        key = key[len(HEADER) :]
    elif key not in BARE_HEADERS and not key.startswith(OF_GATEWAYS):
        return None
    return key.lower().replace("_", "-").encode("utf-8", "replace")


class EnvironShape(msgspec.Struct):
    """
    Where what we read stands in environs with one sequence of keys.

    Servers write few such sequences, and to look at each key costs more than all else that is done.

    Attributes:
        headers: Keys that hold headers, with the name of each.
        names: The names alone.
        cookie: Which of them is ``Cookie``, -1 for none.
        is_plain: Whether the client is named by its headers, ``REMOTE_ADDR`` and ``REMOTE_PORT``
            only.
        gone: Which lines went from the last such request: a guess about the next, which is checked.
    """

    headers: tuple[tuple[str, bytes], ...]
    names: tuple[bytes, ...]
    cookie: int
    is_plain: bool
    gone: tuple[int, ...] = ()


def _shape_of(keys: tuple[Any, ...]) -> EnvironShape:
    named = ((key, _header_of(key)) for key in keys if type(key) is str)
    headers = tuple((key, name) for key, name in named if name is not None)
    names = tuple(name for _, name in headers)
    cookie = names.index(b"cookie") if b"cookie" in names else -1
    return EnvironShape(headers, names, cookie, TELL_MORE.isdisjoint(keys))


MOST_KEYS, LONGEST_KEYS = 128, 4096
"""Keys of an environ whose sequence is remembered, and the characters of them all."""
_shapes: Memo[tuple[Any, ...], EnvironShape] = Memo(
    _shape_of, weigh=lambda keys, _: 3 * weight(keys), longest=LONGEST_KEYS
)


def shape_of(environ: Environ) -> EnvironShape:
    """Return where what we read stands in *environ*."""
    keys = tuple(environ)
    return _shapes[keys] if len(keys) <= MOST_KEYS else _shape_of(keys)


def read_lines(environ: Environ, shape: EnvironShape) -> Headers:
    """
    Return the header lines of *environ*, one for each key that *shape* names, in that order.

    Servers join the lines of one name by commas, which parts no cookies: a second line of them is
    read as such, so that a refusal in it counts. What is no text is an empty line.
    """
    try:
        lines = [(name, environ[key].encode("latin-1")) for key, name in shape.headers]
    except (AttributeError, TypeError, UnicodeEncodeError):
        lines = [(name, as_bytes(text_in(environ, key))) for key, name in shape.headers]
    at = shape.cookie
    if at >= 0 and b"," in lines[at][1]:
        lines[at] = (b"cookie", _JOINED_COOKIES.sub(b"; ", lines[at][1]))
    return lines


def write_lines(environ: Environ, shape: EnvironShape, lines: Headers, kept: Headers) -> None:
    """
    Leave in *environ* of its *lines* only those *kept*, as they are there.

    Args:
        environ: Is changed.
        shape: Of it.
        lines: What :func:`read_lines` returned.
        kept: What :func:`privacykit.web.edge.admit` made of them.
    """
    if kept is lines:
        return
    gone, others = shape.gone, lines.copy()
    for number in gone:
        del others[number]
    if others == kept:  # as nearly always; a look at each line costs four times that
        for number in gone:
            del environ[shape.headers[number][0]]
        return
    shape.gone = _write_each(environ, shape, lines, kept)


def _write_each(
    environ: Environ, shape: EnvironShape, lines: Headers, kept: Headers
) -> tuple[int, ...]:
    """Do what :func:`write_lines` does; return which lines went, the last first."""
    gone: list[int] = []
    left: dict[bytes, bytes] | None = None
    at, others = 0, [*kept, END]
    for number, line in enumerate(lines):
        # Nearly all of them, in their order; two keys may stand for headers of one name.
        other = others[at]
        if other is line or other == line:
            at += 1
            continue
        if left is None:
            left = dict(kept[at:])
        key, name = shape.headers[number]
        new = left.get(name)
        if new is None:
            del environ[key]
            gone.insert(0, number)
        elif new != line[1]:
            environ[key] = new.decode("latin-1")
        at += other[0] == name
    return tuple(gone)


def peer_of(environ: Environ) -> Peer | None:
    """
    Return address text and port of the socket's peer; ``None`` over a unix socket.

    Where ``ProxyFix`` put another address there, its port is 0: it was read from a header.
    """
    host, port = environ.get("REMOTE_ADDR"), environ.get("REMOTE_PORT")
    if type(host) is not str or not host:
        return None
    before = environ.get(RESOLVED)
    if before is not None and _replaced(before, host):
        return host, 0
    try:
        return host, int(port)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return host, None


def _replaced(before: object, host: str) -> bool:
    """Tell whether another address than *host* stood there *before*."""
    return isinstance(before, dict) and before.get("REMOTE_ADDR") not in {None, host}


def hide_client(environ: Environ, shown: str, shape: EnvironShape) -> None:
    """
    Leave of the client in *environ*, besides its headers, the address *shown* only.

    What servers put there as objects (``gunicorn.socket``) knows the peer still.
    """
    environ["REMOTE_ADDR"] = shown
    if "REMOTE_PORT" in environ:
        environ["REMOTE_PORT"] = "0"
    if shape.is_plain:
        return
    if "REMOTE_HOST" in environ:
        environ["REMOTE_HOST"] = shown
    if RESOLVED in environ:
        before = environ[RESOLVED]
        environ[RESOLVED] = {**before, "REMOTE_ADDR": shown} if isinstance(before, dict) else {}
    for key in GATEWAY_KEYS:
        environ.pop(key, None)


def text_in(environ: Environ, key: str) -> str:
    """Return the text under *key*, empty when there is none."""
    found = environ.get(key)
    return found if isinstance(found, str) else ""


def as_bytes(text: str) -> bytes:
    """Return the bytes that *text* of a server or application stands for (PEP 3333: Latin-1)."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:  # wrong by the specification, and no reason to fail
        return text.encode("utf-8", "replace")


def unescaped(path: str) -> str:
    """Return *path*, decoded as Latin-1 as WSGI wants it, as what it says in UTF-8."""
    return as_bytes(path).decode("utf-8", "replace")
