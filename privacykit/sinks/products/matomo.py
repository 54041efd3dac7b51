"""
Matomo: the Tracking HTTP API's bulk requests, items as tables of parameters. Pure.

Sources: matomo-org/developer-documentation ``docs/5.x/tracking-api.md``; matomo-org/matomo
``plugins/BulkTracking`` and ``core/Tracker/Request.php`` for what its code does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from msgspec import Meta

from privacykit.errors import ConfigurationError
from privacykit.sinks.config import SinkConfig, problem
from privacykit.sinks.http.answers import STRANGER, Answer, AnswerReading, by_status
from privacykit.sinks.http.deletion import CallReading, DeletionAPI, DeletionCall, taken
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.addresses import PageAddress
from privacykit.sinks.mapping.choices import BySite, Chosen, Only
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.shapes import (
    COMMAS,
    FIRST_16,
    LAST_16,
    LOWER,
    PAIRS,
    REGION,
    SPACED,
    ValueShape,
)
from privacykit.sinks.mapping.sources import Const, Either, Get, Joined, Member, Option, Settings
from privacykit.sinks.mapping.standard import PROPERTIES
from privacykit.sinks.mapping.tables import Numbered
from privacykit.webhook import AnswerKind

DIMENSIONS = {
    **{
        name: Member(path)
        for name, path in PROPERTIES.items()
        if name in {"site", "device_type", "os", "browser", "referrer_channel", "expires_at"}
        or name == "click_ids"
    },
    "consent_purposes": Member("data.consent.purposes", PAIRS),
    "consent_basis": Member("data.consent.source"),
    "consent_policies": Member("data.consent.policies", COMMAS),
    "consent_signals": Member("data.consent.signals", COMMAS),
    "props": Member("data.props", PAIRS),
}
"""What may become a custom dimension: Matomo has no other place for it."""

UNNAMED = "invalid_unnamed"
"""Why an event is given up of which Matomo does not say which one it was."""


class MatomoOptions(UnsureOptions, kw_only=True):
    """Keys of a Matomo sink."""

    idsite: Annotated[
        int | dict[str, int],
        Meta(description="Matomo's number of your site, or of each: `{ shop = 1, blog = 2 }`"),
    ]
    site_url: Annotated[
        str | dict[str, str],
        Meta(description="your site's address, or that of each, put before a page's template"),
    ]
    dimensions: (
        Annotated[
            dict[str, int],
            Meta(
                description="the number of a custom dimension of scope *action* for each of "
                + ", ".join(f"`{name}`" for name in DIMENSIONS)
            ),
        ]
        | None
    ) = None


MAPPING = EventMapping(
    FieldRule("idsite", BySite("idsite"), needed=True),
    FieldRule("rec", Const("1")),
    FieldRule("url", PageAddress(BySite("site_url")), needed=True),
    FieldRule(
        "urlref",
        Either(
            Member("data.referrer.url"), Joined(Const("https://"), Member("data.referrer.host"))
        ),
    ),
    FieldRule(
        "cid",
        Either(Member("data.visitor", FIRST_16), Member("id", LAST_16)),
        "without a visitor id every event is a visitor of its own",
    ),
    FieldRule("cdt", Member("time", SPACED)),
    FieldRule("e_c", Only("type", "privacykit.event", Member("data.purpose"))),
    FieldRule("e_a", Only("type", "privacykit.event", Member("data.name"))),
    FieldRule("ca", Only("type", "privacykit.event", Const("1"))),
    FieldRule("cip", Const("0.0.0.0")),  # noqa: S104 - no address to listen at
    FieldRule("ua", Const("privacykit")),
    FieldRule("bots", Const("1"), "who is a bot was decided when the event was made"),
    FieldRule("lang", Member("data.language")),
    FieldRule(
        "country", Chosen("data.place.country", {"ZZ": "xx"}, Member("data.place.country", LOWER))
    ),
    FieldRule("region", Member("data.place.region", REGION)),
    FieldRule("*", Numbered("dimension", "dimensions", DIMENSIONS)),
    filled=(
        FilledIn(
            "the address of the visit, from the connection: your server's; and city and "
            "coordinates, from that address",
            "a constant is sent in its place, of which no geo database knows anything",
            "cip",
        ),
        FilledIn(
            "country, from that address or from the language",
            "the event's is sent, `xx` when it is unknown",
            "country",
        ),
        FilledIn("browser and system, from the user agent", "a constant is sent", "ua"),
        FilledIn(
            "one visit for all that come from one address with one user agent",
            "each visitor's id is forced",
            "cid",
        ),
        FilledIn("the time of arrival", "the event's is sent, to the second", "cdt"),
        FilledIn("the page, from the header `Referer`", "none is sent, and a page always", ""),
    ),
)


def _check(config: SinkConfig, wanted: MatomoOptions) -> None:
    unknown = sorted(set(wanted.dimensions or {}) - set(DIMENSIONS))
    if unknown:
        known = ", ".join(DIMENSIONS)
        raise ConfigurationError(
            problem(config, "PK161", f"dimensions.{unknown[0]}", "unknown key", f"one of: {known}")
        )


def read(answer: Answer) -> AnswerReading:
    """
    Read an answer: of those that were taken, how many were tracked.

    Which ones were not is only told to a super user, so the last ones are named in their place:
    how many are lost is right, and none is counted twice.
    """
    said, found, sent = by_status(answer), answer.json(), len(answer.sent)
    if said.kind is not AnswerKind.TAKEN:
        return said
    tracked = found.get("tracked") if isinstance(found, dict) else None
    if not isinstance(tracked, int):
        return STRANGER
    if tracked == 0 and sent > 1:
        # A token that may not write: Matomo has nothing.
        return AnswerReading(AnswerKind.REFUSES_US)
    named = found.get("invalid_indices") or ()
    if tracked == 0:
        return AnswerReading(AnswerKind.REFUSED, reason="invalid")
    if len(named) == sent - tracked and all(isinstance(at, int) and 0 <= at < sent for at in named):
        return AnswerReading(rejected=dict.fromkeys(named, "invalid"))
    return AnswerReading(dropped=dict.fromkeys(range(max(tracked, 0), sent), UNNAMED))


class _Sites:
    """Matomo's numbers of all sites of the sink, with commas between."""

    def bind(self, settings: Settings) -> Get:
        """Return what returns them."""
        sites = settings["idsite"]
        numbers = sorted(set(sites.values())) if isinstance(sites, dict) else [sites]
        told = ",".join(map(str, numbers))
        return lambda _values, _now: told

    def members(self) -> Iterator[str]:
        """Yield nothing."""
        return iter(())

    def words(self) -> str:
        """Name the key."""
        return "the numbers in `idsite`"


_SEGMENT = ValueShape(
    ", as a segment of visitors", lambda ids: ",".join(f"visitorId=={one}" for one in ids)
)


def _manager(method: str, *fields: FieldRule) -> tuple[FieldRule, ...]:
    return (
        FieldRule("module", Const("API")),
        FieldRule("method", Const(f"PrivacyManager.{method}")),
        FieldRule("format", Const("json")),
        *fields,
        FieldRule("token_auth", Option("token")),
    )


def read_found(answer: Answer) -> CallReading:
    """Read the visits found; of what goes wrong Matomo tells with 200, in a table."""
    said, visits = taken(answer), answer.json()
    if said.kind is not AnswerKind.TAKEN:
        return said
    if not isinstance(visits, list) or not all(map(_is_visit, visits)):
        return CallReading(AnswerKind.REFUSES_US, said="no list of visits")
    return CallReading(
        found=[{"idsite": one["idSite"], "idvisit": one["idVisit"]} for one in visits]
    )


def read_deleted(answer: Answer) -> CallReading:
    """Read how many rows went."""
    said, rows = taken(answer), answer.json()
    counted = isinstance(rows, dict) and "log_visit" in rows
    if said.kind is AnswerKind.TAKEN and not counted:
        return CallReading(AnswerKind.REFUSES_US, said="no count of rows")
    return said


def _is_visit(one: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(one, dict) and {"idSite", "idVisit"} <= one.keys()


DELETION = DeletionAPI(
    "cid",
    DeletionCall(
        Const("/index.php"),
        read_deleted,
        fields=_manager("deleteDataSubjects", FieldRule("visits", Member("found"))),
        form=True,
    ),
    find=DeletionCall(
        Const("/index.php"),
        read_found,
        fields=_manager(
            "findDataSubjects",
            FieldRule("idSite", _Sites()),
            FieldRule("segment", Member("ids", _SEGMENT)),
        ),
        form=True,
    ),
    most=20,
    table=False,
)
"""Rows go at once, so what was found is looked for again until nothing is."""

MATOMO = HTTPKind(
    "matomo",
    "Matomo, in its cloud or on your own machines.",
    path="/matomo.php",
    shape=BatchShape("requests", (FieldRule("token_auth", Option("token")),)),
    limits=MessageLimits(events=200, bytes=1_000_000, event_bytes=16_000),
    mapping=MAPPING,
    read=read,
    needs=("token",),
    options=MatomoOptions,
    check=_check,
    deletion=DELETION,
    erasure="By `PrivacyManager.findDataSubjects` with the segment `visitorId==` and the first 16 "
    "characters of the visitor id, and `PrivacyManager.deleteDataSubjects` with the visits found: "
    "rows go at once, archived reports when they are processed again. An event without a visitor "
    "id is found by the last 16 characters of its own.",
)
KIND = MATOMO.kind()
