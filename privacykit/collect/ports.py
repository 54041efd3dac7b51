"""
What flow 1 asks of the outside: records crossing the border, protocols of its backends. Pure.

The life of an event: *accepted* (in memory, bounded), *acknowledged* (committed to the outbox),
*delivered* (at least once, always under the same id), *settled*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

import msgspec


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """
    What travels beside an event and is never delivered with it.

    It makes withdrawal, suppression and erasure of what is pending possible.

    Attributes:
        id: The event's id, a UUIDv7; the outbox keeps one row per id and sink.
        site: The site's id.
        purpose: The one purpose of the event.
        expires_at: Unix seconds; stamped once from the purpose's retention, never recomputed.
        sinks: Names of the sinks that may take the event.
        visitor: The daily or consented visitor id, if there is one.
        record: The consent record that allows the event, if consent does.
        subject: Keyed hash of the identified person, only after ``identify()``.
    """

    id: str
    site: str
    purpose: str
    expires_at: int
    sinks: tuple[str, ...]
    visitor: str | None = None
    record: str | None = None
    subject: str | None = None


class OutboxRow(msgspec.Struct, frozen=True, gc=False):
    """
    An event ready for the outbox.

    Attributes:
        envelope: What stays with us.
        body: The CloudEvents JSON that sinks get.
    """

    envelope: Envelope
    body: bytes


class Outcome(msgspec.Struct, frozen=True):
    """
    What a sink did with a batch. An id in none of the three counts as settled.

    Attributes:
        retry: Ids to send again later.
        rejected: Ids that the sink will never take, each with a reason free of data.
    """

    retry: tuple[str, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()


class Sink(Protocol):
    """A place that events go to."""

    name: str

    async def send(self, batch: Sequence[OutboxRow]) -> Outcome:
        """
        Deliver *batch*; the same id may come again after a crash.

        Raises:
            SinkError: Nothing was taken for certain; the whole batch is retried.
        """
        ...

    async def close(self) -> None:
        """Release what the sink holds; called once."""
        ...


class ConsentRecord(msgspec.Struct, frozen=True):
    """
    The proof of one consent (GDPR Art. 7(1)), without a word about who gave it.

    Attributes:
        record: Random id, 128 bits, url-safe base64; the signed cookie holds it.
        site: The site's id.
        purposes: What was allowed.
        text_version: Version of the wording the person saw.
        policies: ``id@hash`` of the policies that applied.
        given_at: Unix seconds.
        withdrawn_at: Unix seconds, ``None`` while it stands.
        gpc_seen: Whether GPC was present when the grant was given, after a notice of the conflict.
    """

    record: str
    site: str
    purposes: tuple[str, ...]
    text_version: str
    policies: tuple[str, ...]
    given_at: float
    withdrawn_at: float | None = None
    gpc_seen: bool = False


StopKind = Literal["visitor", "record", "subject"]


class ConsentStore(Protocol):
    """Consent records, and what must not leave any more. Synchronous; called in threads."""

    def add(self, consent: ConsentRecord) -> None:
        """
        Keep *consent*; committed when this returns.

        Raises:
            StoreError: It is not kept, so it must not be used.
        """
        ...

    def get(self, record: str) -> ConsentRecord | None:
        """Return the consent *record*, withdrawn or not, or ``None``."""
        ...

    def withdraw(self, record: str, at: float) -> bool:
        """Withdraw *record*; committed when this returns; ``False`` when there is none."""
        ...

    def stop(
        self,
        kind: StopKind,
        key: str,
        *,
        at: float,
        until: float | None,
        purposes: Sequence[str] = (),
    ) -> None:
        """
        Let nothing of *key* leave from now on, pending events included.

        Args:
            kind: What *key* is.
            key: A visitor id, consent record or subject reference.
            at: Unix seconds of the order.
            until: Unix seconds when the order may be forgotten; ``None`` is never.
            purposes: The purposes stopped; none given means all.
        """
        ...

    def stopped(self, envelopes: Iterable[Envelope]) -> set[str]:
        """Return the event ids among *envelopes* that must not leave: withdrawn or stopped."""
        ...


class Device(msgspec.Struct, frozen=True, gc=False):
    """
    What is kept of a user agent.

    Attributes:
        ua_class: Length-prefixed bytes of the coarse class that enters the visitor hash.
        fragment: A JSON object (``{"type":…,"os":…,"browser":…}``), or ``null``.
        bot: Whether it names itself a robot.
    """

    ua_class: bytes
    fragment: str
    bot: bool = False


UNKNOWN_DEVICE = Device(b"\x00", "null")
"""No user agent, or one that says nothing."""


class Devices(Protocol):
    """User agent (and client hints) to device."""

    def __call__(self, user_agent: bytes | None, hints: tuple[bytes, ...] | None = None) -> Device:
        """Return the device; unknown or absent gives :data:`UNKNOWN_DEVICE`; never raises."""
        ...


class PlaceLookup(Protocol):
    """Packed address to place."""

    def __call__(self, packed: bytes | None) -> str:
        """Return ``"US-CA"``, ``"DE"`` or, when unknown or broken, ``"ZZ"``; never raises."""
        ...
