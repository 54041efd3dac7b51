"""
The edge without a framework's words: pairs of headers in, pairs out, the event on the way.

Does what its engine does. An adapter (ASGI, WSGI, a framework's middleware) calls, in this order:
:func:`admit` before the application, :func:`respond` when its response starts, or its two halves
where that saves a call or an answer may still be replaced, or :func:`bare_response` where nothing
was decided.

Laws of this file, held by ``tests/web/test_edge.py``: no function raises; whatever of ours fails,
the request and the response go on with nothing identifying in them (P9); bodies are never seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TypeVar

from privacykit.collect.address.client_ip import Peer
from privacykit.collect.cookies.gate import CookieFilter
from privacykit.collect.cookies.markers import marker_of
from privacykit.collect.cookies.named import Named, is_listed
from privacykit.collect.facts import ABSENT
from privacykit.collect.flow import admit as decide_request
from privacykit.collect.flow import make_page_event
from privacykit.collect.privacy import NO_PRIVACY, OUTBOX_FULL, NoPrivacy, Privacy
from privacykit.errors import BackendError
from privacykit.policy.verdict import Verdict
from privacykit.signals.cookie_values import first_cookies
from privacykit.web.caching import personal, private
from privacykit.web.carriers import EACH, MOST_NAMES
from privacykit.web.headers import (
    MOST_LINES,
    Headers,
    Lines,
    are_plain,
    joined,
    plain_pairs,
    with_cookie,
)
from privacykit.web.ports import EdgeEngine, TemplateFinder
from privacykit.web.preferences.expire import expired, paths_of

HTML = b"text/html"
COOKIE, CONTENT_TYPE, SET_COOKIE = b"cookie", b"content-type", b"set-cookie"
CONTENT_TYPE_SIZE, SET_COOKIE_SIZE = len(CONTENT_TYPE), len(SET_COOKIE)
ITERATED_AGAIN = (list, tuple)
"""Headers of a response are read twice: whatever else an application gives is made a list."""
NONE_NAMED: Named = {}


Request = TypeVar("Request")


def admit(
    given: object,
    peer: Peer | None,
    query: bytes,
    engine: EdgeEngine,
    ours: bool = False,
    names: tuple[bytes, ...] = (),
) -> tuple[Privacy | NoPrivacy, Headers]:
    """
    Decide about a request, before the application sees it.

    Args:
        given: The request's header lines: any iterable of pairs of names and values.
        peer: Address text and port of the socket's peer, ``None`` for a unix socket.
        query: The raw query string.
        engine: The whole.
        ours: Whether it is for a page of ours, so that the application sees nothing of it.
        names: The names of the lines, where they are known already.

    Returns:
        The decision, :data:`NO_PRIVACY` where we failed or there are too many lines, and the lines
        that the application may see: without carriers of addresses, without denied cookies.
    """
    lines: Headers = given if type(given) is list else plain_pairs(given)
    if not engine.running:
        return _unadmitted(lines, engine, BackendError("PK154 not started yet"))
    try:
        carriers, read, few = engine.carriers, lines, len(lines) <= MOST_NAMES
        handling = carriers.of[names or tuple([name for name, _ in lines])] if few else EACH
        shape = handling.shape
        if shape is None:
            lines = plain_pairs(lines)
            if len(lines) > MOST_LINES:
                engine.runtime.count("unread_headers")
                return _undecided(lines[:MOST_LINES], engine)
            headers = joined(lines)
            read, shape = list(headers.items()), carriers.shape(headers)
        privacy = decide_request([*read, ABSENT], shape, peer, query, engine.runtime)
        if ours:
            return privacy, lines
        cookie = privacy.lines[shape.cookie][1]
        if cookie and cookie is not read[shape.cookie][1]:  # there was more than is looked at
            cookie = first_cookies(cookie)
            lines, handling = with_cookie(lines, cookie), EACH
        if engine.weakens_client:
            lines = carriers.without(lines, handling)
        gate = privacy.plan.cookies
        if gate is not None and cookie and gate.may_deny(cookie):
            lines = _gate_request(lines, cookie, gate, privacy)
    except Exception as error:  # noqa: BLE001 - P9: the application outlives us
        if not are_plain(lines):
            return admit(plain_pairs(lines), peer, query, engine, ours)
        return _unadmitted(lines, engine, error)
    return privacy, lines


def respond(
    given: Iterable[tuple[bytes, bytes]],
    privacy: Privacy,
    request: Request,
    templates: TemplateFinder[Request],
    method: str,
    status: int,
    path: str,
    engine: EdgeEngine,
) -> Lines:
    """
    Return the headers of a response without what is denied; its page event goes to the outbox.

    Once the visitor refused something, cookies of what may not happen end with the next page,
    whoever set them: a page at *path* is sent those of its directories, which ours never see.

    Args:
        given: The headers; a list or tuple that nothing changes comes back as the same object.
        privacy: What :func:`admit` returned.
        request: The request, in the adapter's words.
        templates: Knows the route template of *request*.
        method: The request's method.
        status: The response's status; 101 for an accepted websocket.
        path: The request's path.
        engine: The whole.
    """
    headers, content_type = respond_headers(given, privacy, path, engine)
    record_page(privacy, request, templates, method, status, content_type, engine)
    return headers


def respond_headers(
    given: Iterable[tuple[bytes, bytes]], privacy: Privacy, path: str, engine: EdgeEngine
) -> tuple[Lines, bytes]:
    """
    Do the first half of :func:`respond`, where an answer may still be replaced by another.

    Args:
        given: The headers; a list or tuple that nothing changes comes back as the same object.
        privacy: What :func:`admit` returned.
        path: The request's path.
        engine: The whole.

    Returns:
        The headers without what is denied, and the content type for :func:`record_page`.
    """
    headers: Lines = given if type(given) in ITERATED_AGAIN else list(given)  # type: ignore[assignment]
    content_type, sets_cookies = b"", False
    try:
        for name, value in headers:
            size = len(name)  # cheaper than comparing names, of which most are neither
            if size == CONTENT_TYPE_SIZE and name.lower() == CONTENT_TYPE:
                content_type = value
            elif size == SET_COOKIE_SIZE and name.lower() == SET_COOKIE:
                sets_cookies = True
        if sets_cookies or privacy.looked or privacy.plan.renews:
            headers = _rewritten(headers, content_type, privacy, path, engine)
    except Exception as error:  # noqa: BLE001 - P9: the response goes on, bare
        engine.failed("response", error)
        return bare_response(headers, engine), b""
    return headers, content_type


def record_page(
    privacy: Privacy,
    request: Request,
    templates: TemplateFinder[Request],
    method: str,
    status: int,
    content_type: bytes,
    engine: EdgeEngine,
) -> None:
    """
    Do the second half of :func:`respond`: the page event goes to the outbox, or why there is none.

    Args:
        privacy: What :func:`admit` returned.
        request: The request, in the adapter's words.
        templates: Knows the route template of *request*.
        method: The request's method.
        status: The response's status; 101 for an accepted websocket.
        content_type: The response's content type.
        engine: The whole.
    """
    try:
        page = templates.of(request) if privacy.page is None else templates.said(privacy.page)
        engine.note_page(page)
        made = make_page_event(privacy, page, method, status, content_type)
        if isinstance(made, str):
            engine.runtime.withheld[made].n += 1
        elif not engine.runtime.accept(made):
            engine.runtime.withheld[OUTBOX_FULL.reason].n += 1
    except Exception as error:  # noqa: BLE001 - P9: the response outlives us
        engine.failed("record", error)


def bare_response(headers: Iterable[tuple[bytes, bytes]], engine: EdgeEngine) -> Headers:
    """Return the *headers* of a response about which nothing is decided: needed cookies only."""
    try:
        now = engine.runtime.clock()
    except Exception:  # noqa: BLE001 - P9: this path must not fail; no date is past then
        now = -inf
    passes = engine.necessary.passes
    return private([p for p in headers if p[0].lower() != SET_COOKIE or passes(p[1], now)])


def is_page(path: str, root: str, engine: EdgeEngine) -> bool:
    """Tell whether *path*, which may begin with the *root* it is mounted at, is a page of ours."""
    return f"{path.removeprefix(root)}/".startswith(engine.page_prefixes)


def _gate_request(lines: Headers, cookie: bytes, gate: CookieFilter, privacy: Privacy) -> Headers:
    kept = gate.request(cookie)
    if kept is cookie:
        return lines
    privacy.looked = True
    privacy.services.count("cookie_denied", "request")
    return with_cookie(lines, kept)


def _unadmitted(given: Headers, engine: EdgeEngine, error: Exception) -> tuple[NoPrivacy, Headers]:
    engine.failed("admit", error)
    return _undecided(given, engine)


def _undecided(given: Headers, engine: EdgeEngine) -> tuple[NoPrivacy, Headers]:
    lines = plain_pairs(given)
    cookie = joined(lines).get(COOKIE, b"")
    return NO_PRIVACY, with_cookie(engine.carriers.without(lines), engine.necessary.request(cookie))


def _rewritten(
    headers: Lines, content_type: bytes, privacy: Privacy, path: str, engine: EdgeEngine
) -> Lines:
    headers = _gate_response(headers, privacy, engine)
    is_html = content_type.startswith(HTML)
    if is_html and privacy.plan.renews:
        headers = _renewed(headers, privacy)
    if not privacy.looked:
        return headers
    headers = personal(headers, rendered=privacy.rendered)
    return _ended(headers, privacy, path) if is_html and privacy.plan.refuses else headers


def _gate_response(headers: Lines, privacy: Privacy, engine: EdgeEngine) -> Lines:
    gate, named = privacy.plan.cookies, privacy.named or NONE_NAMED
    value: bytes | None
    kept: Headers = []
    changed = False
    for line in headers:
        if line[0].lower() != SET_COOKIE:
            kept.append(line)
            continue
        name, value = line[1].partition(b"=")[0].strip(), line[1]
        purposes = named.get(name, ())
        if not purposes:
            engine.saw_cookie(name)
        if gate is not None:
            value = gate.response(value, privacy.cookie, privacy.now, purposes)
            changed |= value is not line[1]
        if value is not None:
            kept.append((line[0], value))
            if purposes and not is_listed(privacy.site_day.site, name, purposes):
                kept.append((line[0], marker_of(value, purposes)))
    if not changed:
        return kept if named else headers
    privacy.looked = True
    privacy.services.count("cookie_denied", "response")
    return kept


def _ended(headers: Headers, privacy: Privacy, path: str) -> Headers:
    gate, ours = privacy.site_day.site.cookies, privacy.site_day.choices.names
    off = [id_ for id_, made in privacy.plan.decisions.items() if made.verdict is not Verdict.ALLOW]
    host = (privacy.lines[privacy.shape.host][1] or b"").decode("latin-1")
    paths, turn = paths_of(path), int(privacy.now)
    lines = expired(privacy.cookie, gate, off, host, ours=ours, paths=paths, turn=turn)
    return [*headers, *((SET_COOKIE, line.encode()) for line in lines)] if lines else headers


def _renewed(headers: Lines, privacy: Privacy) -> Lines:
    value = privacy.site_day.choices.renewal(privacy.cookie)
    if value is None:
        return headers
    privacy.looked = True
    return [*headers, (SET_COOKIE, value.encode())]
