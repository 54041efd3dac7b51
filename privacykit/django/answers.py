"""Answers of Django: read as header lines, and changed to what is left of them. Pure."""

from __future__ import annotations

from collections.abc import Container
from http.cookies import Morsel
from typing import Any

from privacykit.web.edge import SET_COOKIE
from privacykit.web.headers import Headers, Lines
from privacykit.web.wsgi.environ import as_bytes


class CookieLine(Morsel[str]):
    """
    One ``Set-Cookie`` line as it is.

    Django keeps one cookie of a name, and to end cookies takes a line for each domain and path.
    Names that browsers send and the standard library refuses, such as ``_ga[x]``, are cookies too.

    Attributes:
        name: The cookie's name.
    """

    def __init__(self, line: str) -> None:
        super().__init__()
        self.set("line", "", "")  # never written
        self.name = line.partition(";")[0].partition("=")[0].strip()
        self._line = line

    def OutputString(self, attrs: Container[str] | None = None) -> str:  # noqa: ARG002, N802 - as its base
        """Return the line."""
        return self._line

    def __repr__(self) -> str:
        return "<CookieLine>"


def lines_of(response: Any) -> Headers:  # noqa: ANN401 - Django has no types
    """Return the header lines of *response*, its cookies last."""
    lines = [
        (as_bytes(str(name)), as_bytes(str(value))) for name, value in response.headers.items()
    ]
    cookies = [(SET_COOKIE, as_bytes(each.OutputString())) for each in response.cookies.values()]
    return lines + cookies


def change(response: Any, kept: Lines) -> None:  # noqa: ANN401
    """
    Make the header lines of *response* those *kept*.

    Args:
        response: Is changed.
        kept: What :func:`privacykit.web.edge.respond` returned for :func:`lines_of`.
    """
    cookies = [value.decode("latin-1") for name, value in kept if name.lower() == SET_COOKIE]
    for key in list(response.cookies):
        line = response.cookies[key].OutputString()
        if line in cookies:
            cookies.remove(line)
        else:
            del response.cookies[key]
    for number, line in enumerate(cookies):
        made = CookieLine(line)
        free = made.name not in response.cookies
        dict.__setitem__(response.cookies, made.name if free else f"{made.name} {number}", made)
    response.headers.pop("Set-Cookie", None)  # it is among the cookies now, if it may pass
    for name, value in kept:
        if name.lower() != SET_COOKIE:
            response.headers[name.decode("latin-1")] = value.decode("latin-1")
