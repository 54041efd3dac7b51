"""Sights of a scan, phase by phase: cookies, storage, others' hosts; no value of anything. Pure."""

from __future__ import annotations

import msgspec

from privacykit.verify.site.cookies import SeenCookie

BEFORE, REFUSED, ACCEPTED = "before a choice", "after refusing", "after accepting"
PHASES = (BEFORE, REFUSED, ACCEPTED)


class StoredKey(msgspec.Struct, frozen=True, order=True):
    """
    A key that a page keeps in the browser, without what it holds.

    Attributes:
        kind: ``local storage``, ``session storage`` or ``IndexedDB``.
        host: Whose.
        key: The key, or the database's name.
    """

    kind: str
    host: str
    key: str


class OtherHost(msgspec.Struct, frozen=True, order=True):
    """
    A host of somebody else that pages of the site had the browser ask.

    Attributes:
        host: The host.
        requests: How often.
        kinds: What was asked: ``script``, ``image``, ``fetch``, …
    """

    host: str
    requests: int
    kinds: tuple[str, ...]


class ButtonLook(msgspec.Struct, frozen=True):
    """
    How a button of a consent form looks.

    Attributes:
        width: Pixels.
        height: Pixels.
        font: Pixels of its letters.
        filled: Whether it has a background of its own.
    """

    width: float
    height: float
    font: float
    filled: bool


class PhaseScan(msgspec.Struct, frozen=True):
    """
    What was seen in one phase, in a browser that nobody had used before.

    Attributes:
        phase: One of :data:`PHASES`.
        pages: The pages that were visited.
        cookies: The cookies that the browser had at the end, or that an answer had set.
        stored: The keys that pages kept.
        others: The hosts of others.
        cut: Why not all was looked at; empty where it was.
    """

    phase: str
    pages: tuple[str, ...] = ()
    cookies: tuple[SeenCookie, ...] = ()
    stored: tuple[StoredKey, ...] = ()
    others: tuple[OtherHost, ...] = ()
    cut: str = ""


class SiteScan(msgspec.Struct, frozen=True):
    """
    A scan of a site.

    Attributes:
        url: Where it began.
        at: Unix seconds.
        banner: By whose form a choice was made; empty where none was known.
        phases: What was seen, in the order of :data:`PHASES`.
        left_out: What could not be looked at, and why.
        accept: How the button that accepts looks, where one was seen.
        refuse: How the button that refuses looks, where one was seen beside it.
    """

    url: str
    at: float
    banner: str
    phases: tuple[PhaseScan, ...]
    left_out: tuple[str, ...] = ()
    accept: ButtonLook | None = None
    refuse: ButtonLook | None = None

    def phase(self, name: str) -> PhaseScan | None:
        """Return the phase called *name*, ``None`` where it was not seen."""
        return next((one for one in self.phases if one.phase == name), None)
