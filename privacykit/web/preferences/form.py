"""
The form a browser posts: its fields, where it came from, where to go next. Pure.

Laws: the body is bounded; a grant is accepted only from a page of the site's own; ``next`` never
leaves the site.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from urllib.parse import parse_qsl, urlsplit

from privacykit.collect.memo import Memo
from privacykit.web.preferences.http import PageRequest

AGAIN = "again"
"""Field of a form that repeats a choice which could not be stored the first time."""
MAX_BODY_BYTES = 16_384
MAX_FIELDS = 200
MOST_ESCAPES = 512
"""In a whole form; the path of a page whose name is a hundred Chinese characters has 300."""
LONGEST_PATH = 2048
ORIGINS_BYTES = 65_536

_FORM = "application/x-www-form-urlencoded"
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)
_AUTHORITY = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]
"""Scheme, host and port (RFC 6454), compared as a whole."""


class FormError(Exception):
    """
    A body that is not our form.

    Attributes:
        status: The HTTP status that says so.
    """

    def __init__(self, status: int) -> None:
        super().__init__("not our form")
        self.status = status


class Form:
    """The fields of a form, in order; the first of a name counts where one is expected."""

    def __init__(self, fields: Sequence[tuple[str, str]] = ()) -> None:
        self._fields = fields
        self._firsts = dict(reversed(fields))

    def one(self, name: str) -> str:
        """Return the first value of *name*, empty when there is none."""
        return self._firsts.get(name, "")

    def all(self, name: str) -> set[str]:
        """Return every value of *name*."""
        return {value for key, value in self._fields if key == name}

    def __repr__(self) -> str:
        return "<Form>"


def read_form(request: PageRequest) -> Form:
    """
    Read the form in the body of *request*; nothing sent at all is a form without fields.

    Raises:
        FormError: It is too long, of another type, broken off, or not decodable.
    """
    if request.body == b"":  # some servers make up a type where none was sent
        return Form()
    if request.header(b"content-type").partition(";")[0].strip().lower() != _FORM:
        raise FormError(415)
    if request.body is None:
        raise FormError(400)
    if len(request.body) > MAX_BODY_BYTES or request.body.count(b"%") > MOST_ESCAPES:
        raise FormError(413)
    try:
        text = request.body.decode("ascii")
        return Form(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise FormError(400) from None


def is_same_origin(request: PageRequest, *, secure: bool, hosts: Collection[str] = ()) -> bool:
    """
    Return whether *request* was sent by a page of the site itself.

    ``Origin`` must be the origin asked, or that of one of *hosts*; every browser sends it with a
    posted form, so its absence is a refusal. Where ``Sec-Fetch-Site`` is there, which no page can
    forge, the browser has compared scheme and port itself, and proxies may have changed ours; where
    it is not, scheme, host and port are compared here, all three.

    Args:
        request: The request.
        secure: Whether the site is served over HTTPS only, so that a plain page is another origin.
        hosts: Further host names of the site, for proxies that rewrite ``Host``.
    """
    vouched = request.header(b"sec-fetch-site")
    origin = _origins[request.header(b"origin")]
    if origin is None or vouched not in {"", "same-origin"}:
        return False
    scheme, host, _ = origin
    loopback = host in _LOOPBACK
    if secure and scheme == "http" and not loopback:
        return False
    asked = request.header(b"host").lower()
    if vouched:
        return origin == _origins[f"{scheme}://{asked}"] or host in hosts
    expected = "https" if secure and not loopback else outer_scheme(request)
    return any(origin == _origins[f"{expected}://{name}"] for name in (asked, *hosts))


def outer_scheme(request: PageRequest) -> str:
    """Return the scheme that the browser used, as far as proxies tell it."""
    told = request.header(b"x-forwarded-proto").partition(",")[0].strip().lower()
    return told if told in _DEFAULT_PORTS else request.scheme


def is_plain(request: PageRequest) -> bool:
    """Tell whether *request* came over plain HTTP, so that a browser keeps no ``Secure`` cookie."""
    host = request.header(b"host").lower()
    bare = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    # Browsers send Sec-Fetch-Site to trustworthy origins only, which no proxy makes up.
    told = request.header(b"sec-fetch-site")
    return not told and outer_scheme(request) == "http" and bare not in _LOOPBACK


def _origin_of(text: str) -> Origin | None:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    scheme, netloc = parts.scheme, parts.netloc.lower()
    rest = parts.path or parts.query or parts.fragment or parts.username or parts.password
    if scheme not in _DEFAULT_PORTS or rest or "@" in netloc:
        return None
    host = netloc.rpartition(":")[0] if port is not None else netloc.removesuffix(":")
    if not host or not _AUTHORITY.fullmatch(host):
        return None
    return scheme, host, _DEFAULT_PORTS[scheme] if port is None else port


_origins: Memo[str, Origin | None] = Memo(_origin_of, ORIGINS_BYTES)
"""Every form asks for three, and those of a site's own pages are the same."""


def safe_path(path: str, otherwise: str) -> str:
    """
    Return *path* if it stays on the site, else *otherwise*.

    Only a path with one slash in front passes: no scheme, no host, no back slash, no control
    character, all of which browsers read more kindly than servers do.
    """
    if len(path) <= LONGEST_PATH and _PATH.fullmatch(path):
        return path
    return otherwise
