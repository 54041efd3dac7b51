"""
What a browser posts: a small form, where it came from, where to go next. Reads the request body.

Laws: the body is bounded; a grant is accepted only from a page of the site's own; ``next`` never
leaves the site.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request

MAX_BODY_BYTES = 16_384
MAX_FIELDS = 200
LONGEST_PATH = 2048

_FORM = "application/x-www-form-urlencoded"
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


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

    def one(self, name: str) -> str:
        """Return the first value of *name*, empty when there is none."""
        return next((value for key, value in self._fields if key == name), "")

    def all(self, name: str) -> set[str]:
        """Return every value of *name*."""
        return {value for key, value in self._fields if key == name}

    def __repr__(self) -> str:
        return "<Form>"


async def read_form(request: Request) -> Form:
    """
    Read the form in the body of *request*.

    Raises:
        FormError: It is too long, of another type, or not decodable.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise FormError(415)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise FormError(413)
    except ClientDisconnect:
        raise FormError(400) from None
    try:
        text = body.decode("ascii")
        return Form(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise FormError(400) from None


def is_same_origin(
    headers: Mapping[str, str], *, secure: bool, hosts: Collection[str] = ()
) -> bool:
    """
    Return whether the request with *headers* was sent by a page of the site itself.

    ``Origin`` must name the host asked or one of *hosts*, and ``Sec-Fetch-Site``, which no page
    can forge, must not contradict it. Every browser sends ``Origin`` with a posted form, so its
    absence is a refusal.

    Args:
        headers: The request's headers, by lower-case name.
        secure: Whether the site is served over HTTPS only, so that a plain page is another origin.
        hosts: Further host names of the site, for proxies that rewrite ``Host``.
    """
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    try:
        origin = urlsplit(headers.get("origin", ""))
    except ValueError:
        return False
    scheme, host = origin.scheme, origin.netloc.lower()
    if scheme not in _DEFAULT_PORTS or not host or origin.path or origin.query:
        return False
    bare = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    if secure and scheme == "http" and bare not in _LOOPBACK:
        return False
    asked = headers.get("host", "").lower().removesuffix(_DEFAULT_PORTS[scheme])
    host = host.removesuffix(_DEFAULT_PORTS[scheme])
    return host == asked or bare in hosts


def safe_path(path: str, otherwise: str) -> str:
    """
    Return *path* if it stays on the site, else *otherwise*.

    Only a path with one slash in front passes: no scheme, no host, no back slash, no control
    character, all of which browsers read more kindly than servers do.
    """
    if len(path) <= LONGEST_PATH and _PATH.fullmatch(path):
        return path
    return otherwise
