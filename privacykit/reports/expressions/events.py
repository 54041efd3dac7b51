"""
The report table: consented events in flat columns, the same for every engine. Pure.

Numbers are integers (times in microseconds since 1970 in UTC, money in minor units); no engine
divides, rounds or knows a time zone, since they do not agree on any of the three.
"""

from __future__ import annotations

from typing import Any, Final

from privacykit.reports.attribution.question import DIRECT, NOT_SET
from privacykit.reports.conditions import PROPERTY, check_property

PERSON: Final = "visitor"
AT: Final = "at"
TIE: Final = "tie"

COLUMNS: Final = {
    "visitor": "string",
    "visit": "string",
    "at": "int64",
    "tie": "string",
    "event": "string",
    "page": "string",
    "channel": "string",
    "campaign": "string",
    "content": "string",
    "referrer_host": "string",
    "country": "string",
    "region": "string",
    "language": "string",
    "device": "string",
    "browser": "string",
    "os": "string",
    "basis": "string",
    "policies": "string",
    "value": "int64",
    "currency": "string",
}
"""
The columns and their types; a column of each property that a report asks for stands beside them.

``visitor`` is the visitor id, ``visit`` a visit's id where the source has one, ``tie`` what orders
events of one instant, ``basis`` whether an event rests on ``consent`` or on the ``law``,
``policies`` the labels of the policies that applied, separated by spaces.
"""

Table = Any
"""An Ibis table; Ibis is imported by the engines only."""


def properties(names: frozenset[str]) -> dict[str, str]:
    """
    Return the columns of properties and their types.

    Raises:
        InputError: A name is none that a statement may hold.
    """
    for name in names:
        check_property(name)
    return {f"{PROPERTY}{name}": "string" for name in sorted(names)}


def counted(events: Table, start: int, end: int) -> Table:
    """
    Return the events from *start* until before *end* that have a visitor and are no robot's.

    A visitor that is an empty text is none. A channel that is not told is found; see
    :func:`told_channel`.
    """
    found = events.filter(
        events.at >= start,
        events.at < end,
        events.visitor.fill_null("") != "",
        events.device.isnull() | (events.device != "robot"),
    )
    return found.mutate(channel=told_channel(found))


def told_channel(events: Table) -> Any:
    """Return the channel of each event; where none is told, what came from nowhere is direct."""
    from_nowhere = (
        events.campaign.fill_null("") + events.content.fill_null("")
        + events.referrer_host.fill_null("")
    ) == ""  # fmt: skip
    return events.channel.nullif("").fill_null(from_nowhere.ifelse(DIRECT, NOT_SET))
