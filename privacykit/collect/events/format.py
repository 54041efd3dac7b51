"""
The event as whoever reads one sees it: typed, as :mod:`.event` writes it.

CloudEvents 1.0 in the JSON event format, additive within a major version. The writer joins
strings, for speed; a test holds that what it writes is exactly this. The JSON Schema
``docs/reference/event.schema.json`` and the columns of
:mod:`privacykit.stores.events.columns` are made from these structs. Pure.

A member is either always there and may be ``null`` (``visitor``), or left out where there is
nothing to tell (``referrer``, then :data:`msgspec.UNSET`), never both.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

DATASCHEMA: Final = "urn:privacykit:event:1"

Time = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z$",
        description="RFC 3339 in UTC, to the second or millisecond.",
        extra={"moment": True},
    ),
]
Code = Annotated[str, Meta(pattern=r"^[A-Z]{2}$", description="ISO 3166-1; ZZ is unknown.")]
Region = Annotated[str, Meta(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$", description="ISO 3166-2.")]
Bits = Annotated[int, Meta(ge=0, le=128)]
Said = Literal["allow", "needs_consent", "deny"]
Signals = Annotated[
    tuple[Literal["gpc", "dnt"], ...], Meta(extra_json_schema={"uniqueItems": True})
]
Label = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9-]*@[0-9a-f]{12}$")]
Props = Annotated[dict[str, str | int | float | bool], Meta(max_length=30)]


class EventPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of an event. It prints nothing of it."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class EventPlace(EventPart, frozen=True):
    """Where the visitor was, as far as it may be told."""

    country: Code
    region: Region | None


class EventConsent(EventPart, frozen=True):
    """
    Why the event may exist.

    Attributes:
        purposes: What was decided on each purpose of the site.
        source: Whether it rests on the visitor's consent or on the law alone.
        policies: ``id@hash`` of the policies that applied.
        signals: What the browser asked.
    """

    purposes: dict[str, Said]
    source: Literal["law", "consent"]
    policies: tuple[Label, ...]
    signals: Signals


class EventReferrer(EventPart, frozen=True):
    """Where the visit came from: the channel, and as much of the referrer as is kept."""

    channel: str
    host: str | UnsetType = UNSET
    url: str | UnsetType = UNSET


class EventCampaign(EventPart, frozen=True):
    """What the URL said of the campaign; of click identifiers the names, joined by commas."""

    source: str | UnsetType = UNSET
    medium: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    content: str | UnsetType = UNSET
    term: str | UnsetType = UNSET
    click_ids: str | UnsetType = UNSET


class EventDevice(EventPart, frozen=True):
    """The kind of device, its system, and the browser's family and major version."""

    type: str
    os: str
    browser: str


class EventData(EventPart, frozen=True):
    """
    What an event tells.

    Attributes:
        name: ``page``, or what the application calls it.
        purpose: The one purpose it serves.
        site: The site's id.
        place: Where the visitor was.
        consent: Why the event may exist.
        ip_method: How the address was weakened.
        stability: For how long one address is shown as the same.
        ip: The weakened address.
        ip_bits: How many bits of it were kept.
        visitor: The visitor id: for a day, or as long as a consent.
        page: The route template, never the path.
        device: The device.
        expires_at: From then on the event must be gone.
        language: Primary subtag of the first language.
        referrer: Where the visit came from; left out within the site.
        campaign: What the URL said of a campaign.
        query: The parameters on the site's list, scrubbed.
        props: What the application tells, scrubbed.
    """

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    purpose: str
    site: str
    place: EventPlace
    consent: EventConsent
    ip_method: str
    stability: Literal["stable", "key", "period", "none"]
    ip: str | None
    ip_bits: Bits | None
    visitor: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")] | None
    page: str | None
    device: EventDevice | None
    expires_at: Time
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")] | UnsetType = UNSET
    referrer: EventReferrer | UnsetType = UNSET
    campaign: EventCampaign | UnsetType = UNSET
    query: str | UnsetType = UNSET
    props: Props | UnsetType = UNSET


class Event(EventPart, frozen=True):
    """
    An event, in the envelope of CloudEvents.

    Attributes:
        specversion: Of CloudEvents.
        id: UUIDv7 (RFC 9562), rising within a process; the same however often it is delivered.
        source: The site, as a URN.
        type: Whether we made it of a response, or the application.
        time: When it happened.
        datacontenttype: Of ``data``.
        dataschema: The major version of this format.
        data: What it tells.
    """

    specversion: Literal["1.0"]
    id: Annotated[
        str,
        Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
    ]
    source: Annotated[str, Meta(pattern=r"^urn:privacykit:site:[a-z0-9][a-z0-9_-]*$")]
    type: Literal["privacykit.page", "privacykit.event"]
    time: Time
    datacontenttype: Literal["application/json"]
    dataschema: Literal["urn:privacykit:event:1"]
    data: EventData

    def __repr__(self) -> str:
        return f"<Event {self.id}>"


_whole = msgspec.json.Decoder(Event).decode
encode_event: Final[Callable[[Event], bytes]] = msgspec.json.Encoder().encode
"""Returns an event as JSON, members in the order of the structs."""


def decode_event(body: bytes | str) -> Event:
    """
    Read one whole event, strictly.

    Raises:
        ValueError: It is no event of this format. The message holds nothing of it.
    """
    try:
        return _whole(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ValueError("not an event of this format") from None


class EventFrame(msgspec.Struct, gc=False):
    """The attributes of an event, and its ``data`` as the JSON that it is."""

    specversion: str
    id: str
    source: str
    type: str
    time: str
    datacontenttype: str
    dataschema: str
    data: msgspec.Raw

    def __repr__(self) -> str:
        return f"<EventFrame {self.id}>"


frame_of: Final[Callable[[bytes], EventFrame]] = msgspec.json.Decoder(EventFrame).decode
"""Returns the frame of an event; :class:`ValueError` where it has none."""

tables_of: Final[Callable[[bytes], dict[str, Any]]] = msgspec.json.Decoder(dict[str, Any]).decode
"""Returns an event as tables by the names of members; :class:`ValueError` where it is none."""


def members_of(*paths: str) -> Callable[[bytes | str], tuple[Any, ...]]:
    """
    Return what reads only some members of events, several times as fast as the whole.

    Nothing else is looked at: for stores that file what they get by its id or its end.

    Args:
        paths: Like ``id`` or ``data.expires_at``; members that are always there.

    Returns:
        A function of an event's JSON, which raises :class:`ValueError` where a member is missing or
        of another type. It does not check patterns.
    """
    outer = [path for path in paths if "." not in path]
    inner = [path.partition(".")[2] for path in paths if "." in path]
    fields = _fields(Event, outer)
    if inner:
        data = msgspec.defstruct("SomeData", _fields(EventData, inner), gc=False)
        fields.append(("data", data))
    decode = msgspec.json.Decoder(msgspec.defstruct("SomeOfEvent", fields)).decode
    pick = attrgetter(*paths)
    if len(paths) == 1:
        return lambda body: (pick(decode(body)),)
    return lambda body: pick(decode(body))


def _fields(struct: type[msgspec.Struct], names: list[str]) -> list[tuple[str, Any]]:
    hints = get_type_hints(struct)  # without patterns
    return [(name, hints[name]) for name in names]


def moment(text: str) -> datetime:
    """
    Return a time of an event.

    Raises:
        ValueError: It is none, or does not say in which zone.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found
