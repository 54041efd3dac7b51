"""
Ports of the data page: who asks, what is held about them, and the desk that answers. Pure.

Laws, held by ``tests/runtime/test_data_page.py``:

- nothing is found by what a stranger could guess: a consent record is believed in a signed cookie
  only, a user id only from the application;
- what belongs to somebody who was signed in is not shown to whoever has the browser;
- what cannot be told whose it is, is nobody's (GDPR Art. 11).
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

MOST_SHOWN = 100
"""Events that are shown, the newest; the package has all."""

Right = Literal["access", "erasure", "rectification"]
"""What a signed-in person can ask for: GDPR Art. 15, 17 and 16."""
RIGHTS: tuple[Right, ...] = ("access", "rectification", "erasure")


class DataHolder(msgspec.Struct, frozen=True):
    """
    Whoever asks, by what they have proven. It prints nothing.

    Attributes:
        site: The site asked.
        records: Consent records that the signed cookie of this browser names.
        user_id: Who is signed in, as the application passes it to ``identify()``.
        place: Where they are, ``ZZ`` when unknown: whose deadline applies.
    """

    site: str
    records: tuple[str, ...] = ()
    user_id: str | None = None
    place: str = "ZZ"

    def __repr__(self) -> str:
        return "<DataHolder>"

    @property
    def known(self) -> bool:
        """Whether there is anything by which something could be found."""
        return bool(self.records) or self.user_id is not None


class Span(msgspec.Struct, frozen=True):
    """How long something is kept: calendar months and days."""

    months: int = 0
    days: int = 0


class HeldRecord(msgspec.Struct, frozen=True):
    """
    A consent that was given.

    Attributes:
        purposes: What was allowed.
        given_at: Unix seconds.
        text_version: Of the wording shown.
        policies: ``id@hash`` of the policies that applied.
        gpc_seen: Whether it was given after the notice about Global Privacy Control.
    """

    purposes: tuple[str, ...]
    given_at: float
    text_version: str
    policies: tuple[str, ...]
    gpc_seen: bool


class HeldEvent(msgspec.Struct, frozen=True):
    """
    An event, as a page shows it.

    Attributes:
        at: When it happened, RFC 3339.
        name: What happened; ``page`` is a page view.
        purpose: What it is kept for.
        page: The route template.
        country: Where the visitor was.
        device: Type, system and browser.
        until: When it goes at the latest, RFC 3339.
        waiting: Whether it has not reached where it is kept, or a recipient.
    """

    at: str
    name: str
    purpose: str
    page: str | None
    country: str
    device: str
    until: str
    waiting: bool = False


class HeldPurpose(msgspec.Struct, frozen=True):
    """How much is held for a purpose, and for how long that is kept at most."""

    purpose: str
    events: int
    kept: Span


class HeldData(msgspec.Struct, frozen=True):
    """
    What is held about one holder at one site.

    Attributes:
        records: Their consents that stand.
        purposes: How much for which purpose.
        events: The newest events, at most :data:`MOST_SHOWN`.
        total: How many events there are.
        days: On how many days, UTC.
        more: Whether there are more than were counted.
        site_total: How many of the site there are, rounded down to two digits; ``None`` where that
            is not told: not configured, or so few that it would tell about others.
        proofs_kept: How long a consent's proof stays after its end.
        recipients: Who may have had copies.
    """

    records: tuple[HeldRecord, ...] = ()
    purposes: tuple[HeldPurpose, ...] = ()
    events: tuple[HeldEvent, ...] = ()
    total: int = 0
    days: int = 0
    more: bool = False
    site_total: int | None = None
    proofs_kept: Span = Span()
    recipients: tuple[str, ...] = ()


class DataDesk(Protocol):
    """Answers holders, out of the stores. Synchronous, called in threads; waits for databases."""

    def standing(self, holder: DataHolder) -> DataHolder:
        """
        Return *holder* without the consents that no longer stand: such a cookie finds nothing.

        Raises:
            BackendError: A store does not answer.
        """
        ...

    def takes_requests(self) -> bool:
        """
        Tell whether :meth:`file` can take anything at this installation.

        Raises:
            BackendError: A store does not answer.
        """
        ...

    def held(self, holder: DataHolder) -> HeldData:
        """
        Return what is held.

        Raises:
            BackendError: A store does not answer.
        """
        ...

    def package(self, holder: DataHolder) -> bytes:
        """
        Return all of it as the package that ``privacykit subject export`` writes, a ZIP file.

        Raises:
            BackendError: A store does not answer, or it is more than is given at once.
        """
        ...

    def erase(self, holder: DataHolder) -> int:
        """
        Erase the events of the holder's records, and let none of them leave any more.

        Returns:
            How many there were.

        Raises:
            BackendError: A store does not answer; do it again.
        """
        ...

    def file(self, holder: DataHolder, right: Right) -> float | None:
        """
        File a request of a signed-in holder, proven by their being signed in.

        Returns:
            Unix seconds by which it is due, as far as a law says.

        Raises:
            InputError: Nobody is signed in, or what the id names is not known.
            BackendError: A store does not answer: it is not filed.
        """
        ...
