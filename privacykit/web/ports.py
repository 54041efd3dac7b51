"""Ports of the edge: what it asks of the whole, and of whoever names pages. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from privacykit.collect.cookies.gate import CookieFilter
from privacykit.collect.runtime import Runtime
from privacykit.web.carriers import Carriers
from privacykit.web.preferences.http import PageRequest, PageResponse

Request_contra = TypeVar("Request_contra", contravariant=True)


class TemplateFinder(Protocol[Request_contra]):
    """What names a page by the router of a framework."""

    def of(self, request: Request_contra) -> str:
        """Return the route template of *request* as JSON, ``null`` when there is none."""
        ...

    def said(self, page: object) -> str:
        """Return as JSON what the application says its page is, ``null`` when it is no text."""
        ...


class EdgeEngine(Protocol):
    """What an edge needs of the whole: a runtime, its life cycle and how to act at the border."""

    running: bool
    necessary: CookieFilter
    weakens_client: bool
    carriers: Carriers
    page_prefixes: tuple[str, ...]

    @property
    def runtime(self) -> Runtime:
        """What requests share."""
        ...

    @property
    def note_page(self) -> Callable[[str], object]:
        """Is told the template of each request, for the server's access log."""
        ...

    @property
    def pages(self) -> Callable[[PageRequest], PageResponse]:
        """Serves the pages of ours."""
        ...

    def start(self) -> None:
        """Start the threads of this process; safe to call again."""
        ...

    def start_soon(self) -> float:
        """Start in a thread unless that is under way; return the seconds a request may wait."""
        ...

    def saw_cookie(self, name: bytes) -> None:
        """Count a cookie that the application sets and no rule names."""
        ...

    def stop(self, deadline: float) -> None:
        """Drain and stop, within *deadline* seconds."""
        ...

    def failed(self, part: str, error: Exception) -> None:
        """Count a failure of ours at *part* of a request."""
        ...
