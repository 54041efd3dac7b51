"""What the pages of a site are told from outside: configuration, stores, clock, decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any

from privacykit.collect.decision import Decision
from privacykit.collect.ports import ConsentStore
from privacykit.signals.choice import ChoiceCookies
from privacykit.web.wording import ENGLISH

Scope = MutableMapping[str, Any]

WELL_KNOWN = "/.well-known/gpc.json"


class UndecidedError(Exception):
    """We failed before these pages were asked, so nobody knows what holds for this request."""


@dataclass(frozen=True, slots=True)
class PurposeText:
    """
    A purpose as visitors read about it.

    Attributes:
        id: The purpose in the configuration.
        label: Its name for visitors.
        description: One sentence that says what happens.
        necessary: Whether it needs no permission, so there is nothing to choose.
    """

    id: str
    label: str
    description: str = ""
    necessary: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """
    The present decision about one request, for showing it to the visitor.

    Attributes:
        place: ``US-CA``, ``DE``, or ``ZZ`` when unknown.
        decisions: By purpose id; a purpose without one is shown as off.
        gpc: Whether the browser sent Global Privacy Control.
        gpc_honoured: Whether it was processed as a valid opt-out request.
        dnt: Whether the browser sent Do Not Track.
        grantable: Purposes that a grant given now would allow; the others cannot be chosen.
        visitors: Visitor ids of this request, so that what is pending can be stopped.
    """

    place: str
    decisions: Mapping[str, Decision]
    gpc: bool = False
    gpc_honoured: bool = False
    dnt: bool = False
    grantable: frozenset[str] = frozenset()
    visitors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoutesContext:
    """
    Everything the routes of one site need.

    Attributes:
        site: The site's id.
        cookies: Its choice cookies.
        purposes: All its purposes, in order.
        consents: Where consent is kept; synchronous, called in threads.
        show: The present decision for an ASGI scope; pure look-ups, must not block. Raises
            :class:`UndecidedError` where there is none.
        clock: Unix seconds.
        new_record: A fresh random record id, 128 bits, url-safe base64.
        gpc_last_update: Day on which the site last changed how it treats GPC.
        prefix: Path under which the pages live, without a slash at its end.
        hosts: Host names of the site whose pages may send a grant besides the one asked.
        text_version: Version of the wording; by default a hash of it, so it cannot be forgotten.
        stop_seconds: How long an order to stop a visitor's pending events is kept: at least the
            longest retention of an event; ``None`` is for ever.
        controller: Who is responsible, as visitors should read it.
        contact: Where to write: an e-mail address, a URL or words.
        wording: The words of the pages; keys as in :data:`privacykit.web.wording.ENGLISH`.
        language: BCP 47 tag of the wording.
        direction: ``ltr`` or ``rtl``.
        failed: Told what failed, to count and say it.
    """

    site: str
    cookies: ChoiceCookies
    purposes: Sequence[PurposeText]
    consents: ConsentStore
    show: Callable[[Scope], Shown]
    clock: Callable[[], float]
    new_record: Callable[[], str]
    gpc_last_update: date
    prefix: str = "/privacy"
    hosts: tuple[str, ...] = ()
    text_version: str = ""
    stop_seconds: float | None = None
    controller: str = ""
    contact: str = ""
    wording: Mapping[str, str] = field(default_factory=lambda: ENGLISH)
    language: str = "en"
    direction: str = "ltr"
    failed: Callable[[Exception], object] = lambda _: None

    @property
    def optional(self) -> tuple[PurposeText, ...]:
        """The purposes that a visitor can choose about."""
        return tuple(purpose for purpose in self.purposes if not purpose.necessary)

    @property
    def version(self) -> str:
        """The version of what the visitor reads: the configured one, else a hash of the words."""
        return self.text_version or wording_hash(self.purposes, self.wording)


def wording_hash(purposes: Sequence[PurposeText], wording: Mapping[str, str]) -> str:
    """Return a hash of all that a visitor reads before choosing, 12 hex digits."""
    words = [f"{p.id}\0{p.label}\0{p.description}\0{p.necessary}" for p in purposes]
    words += [f"{key}\0{text}" for key, text in sorted(wording.items())]
    return blake2b("\1".join(words).encode(), digest_size=6).hexdigest()


def owns(prefix: str, path: str) -> bool:
    """Return whether *path* is one of our routes under *prefix*."""
    return path in {prefix, WELL_KNOWN} or path.startswith(f"{prefix}/")
