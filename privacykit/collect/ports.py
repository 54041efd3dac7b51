"""
Ports of flow 1: records that cross its border, protocols of its backends. Pure.

The life of an event: *accepted* (in memory, bounded), *acknowledged* (committed to the outbox),
*delivered* (at least once, always under the same id), *settled*.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    pass


class Envelope(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """
    What travels beside an event, undelivered: for withdrawal, suppression, erasure of what waits.

    Attributes:
        id: The event's id, a UUIDv7; with a sink it names what the outbox owes.
        site: The site's id.
        purpose: The one purpose of the event.
        expires_at: Unix seconds; stamped once from the purpose's retention, never recomputed.
        sinks: Names of the sinks that may take the event.
        visitor: The daily or consented visitor id, if there is one.
        record: The consent record that allows the event, if consent does.
        subject: Keyed hash of the identified person, only after ``identify()``.
        shared: Whether a third party may have it too, as was decided when it was collected.
    """

    id: str
    site: str
    purpose: str
    expires_at: int
    sinks: tuple[str, ...]
    visitor: str | None = None
    record: str | None = None
    subject: str | None = None
    shared: bool = False


class OutboxRow(msgspec.Struct, frozen=True, gc=False):
    """
    An event ready for the outbox.

    Attributes:
        envelope: What stays with us.
        body: The CloudEvents JSON that sinks get.
    """

    envelope: Envelope
    body: bytes


class SendOutcome(msgspec.Struct, frozen=True):
    """
    What a sink did with a batch. An id in none of these is delivered.

    Attributes:
        retry: Ids to send again later.
        rejected: Ids that the sink will never take, each with a reason free of data; kept aside.
        dropped: Ids that the other end says it threw away, each with a reason free of data; gone.
        untried: Ids to send again at once: others were settled, or fewer at a time are wanted.
        unclear: Ids that were sent and may have been taken; see :class:`Unsure`.
    """

    retry: tuple[str, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    untried: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


class Sink(Protocol):
    """
    A place that events go to.

    Only some are also :class:`Batches`, :class:`Gathers`, :class:`Maintains` and others below.
    """

    name: str

    async def send(self, batch: Sequence[OutboxRow]) -> SendOutcome:
        """
        Deliver *batch*; the same id may come again after a crash.

        Raises:
            SinkError: The whole batch is retried; it is *unclear* where some may have been taken.
        """
        ...

    async def close(self) -> None:
        """Release what the sink holds; called once."""
        ...


@runtime_checkable
class Batches(Protocol):
    """A sink that wants batches of its own size."""

    batch: int
    """How many events it wants at a time, at most and at present."""


@runtime_checkable
class Gathers(Protocol):
    """A sink to which every attempt is dear: it wants many events in each."""

    gather: float
    """Seconds that it is left alone after an attempt with fewer events than it wants at most."""


@runtime_checkable
class Maintains(Protocol):
    """A sink that has upkeep to do: it ends the retention of what it holds."""

    async def keep(self, now: float) -> None:
        """
        Do what is due at *now*, Unix seconds; called at the start and every hour.

        Raises:
            SinkError: It failed; it is called again.
        """
        ...


@runtime_checkable
class Reachable(Protocol):
    """A sink that can be asked whether it would take events, without giving it any."""

    async def answers(self) -> None:
        """
        Ask.

        Raises:
            SinkError: It does not answer, or refuses us.
        """
        ...


Unclear = Literal["repeat", "leave"]
"""What becomes of events that perhaps arrived: sent again, or never again."""


@runtime_checkable
class Unsure(Protocol):
    """A sink whose other end cannot tell that an event came again."""

    unclear: Unclear
    """What the operator wants of events that perhaps arrived."""
    sent: Collection[str]
    """Ids of what may have left in the attempt that runs or ran last: no other event did."""


class ConsentRecord(msgspec.Struct, frozen=True):
    """
    The proof of one choice (GDPR Art. 7(1)), without a word about who made it, and no address.

    Attributes:
        record: Random id, 128 bits, url-safe base64, in the signed cookie; a refusal's in none.
        site: The site's id.
        purposes: What was allowed; nothing in the record of a refusal.
        text_version: Version of the wording the person saw.
        policies: ``id@hash`` of the policies that applied.
        given_at: Unix seconds; of a refusal the whole hour.
        withdrawn_at: Unix seconds, ``None`` while it stands.
        gpc_seen: Whether GPC was present when the grant was given, after a notice of the conflict.
        refused: What was refused in the same choice.
        text_hash: Of the text shown, kept once; see :mod:`privacykit.collect.consent.shown`.
        language: BCP 47 tag of that text.
        interface: Where the choice was made, as in ``shown.Interface``: ``page``, ``banner``.
        place: ``DE``, ``US-CA``, or ``ZZ`` where it is unknown.
        method: What was done: ``allow_all``, ``chosen``, ``refuse_all``, ``withdrawn``.
        withdrawn_interface: Where the withdrawal was made.
        notice: ``version@day`` of the privacy notice in force; empty where we serve none.
        barred: What was to be allowed and is not in force, and what stands against each.
    """

    record: str
    site: str
    purposes: tuple[str, ...]
    text_version: str
    policies: tuple[str, ...]
    given_at: float
    withdrawn_at: float | None = None
    gpc_seen: bool = False
    refused: tuple[str, ...] = ()
    text_hash: str = ""
    language: str = ""
    interface: str = ""
    place: str = ""
    method: str = ""
    withdrawn_interface: str = ""
    notice: str = ""
    barred: tuple[tuple[str, str], ...] = ()


StopKind = Literal["visitor", "record", "subject"]


class Device(msgspec.Struct, frozen=True, gc=False):
    """
    What is kept of a user agent.

    Attributes:
        ua_class: Length-prefixed bytes of the coarse class that enters the visitor hash.
        fragment: A JSON object (``{"type":…,"os":…,"browser":…}``), or ``null``.
        bot: Whether no person looks through it, as far as it says.
    """

    ua_class: bytes
    fragment: str
    bot: bool = False


class Emission(msgspec.Struct, frozen=True, gc=False):
    """What became of an event: true when accepted, else *reason* is the code of why it was not."""

    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason

    def __repr__(self) -> str:
        return f"<Emission: {self.reason or 'accepted'}>"


Browser = tuple[bytes | None, bytes | None, bytes | None, bytes | None]
"""User agent, brands, mobile and platform, as they were sent."""


class Devices(Protocol):
    """User agent (and client hints) to device."""

    def __call__(self, user_agent: bytes | None, hints: tuple[bytes, ...] | None = None) -> Device:
        """Return the device; what is absent is a robot's; never raises."""
        ...


class PlaceLookup(Protocol):
    """Packed address to place."""

    def __call__(self, packed: bytes | None) -> str:
        """Return ``"US-CA"``, ``"DE"`` or, when unknown or broken, ``"ZZ"``; never raises."""
        ...
