"""
Leads: links, touches and a CRM's rows put together; which rule tells a lead's channel. Pure.

The channel of a lead is by the first of these rules that tells one:

- ``first_known``: the first channel known of the person before the visit of the lead;
- ``visit``: the channel of that visit;
- ``self_reported``: what the person said;
- ``none``: nothing does, ``(none)``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec
from msgspec import structs

from privacykit.reports.attribution.question import NO_TOUCH, NOT_SET
from privacykit.reports.loop.links import STAGES, CrmRow, LeadLink, local_date

RULES: Final = ("first_known", "visit", "self_reported", "none")


class LeadContact(msgspec.Struct, frozen=True):
    """The start of a visit of a linked person, at or before the link."""

    at: int
    channel: str


class Lead(msgspec.Struct, frozen=True):
    """
    Somebody who became a lead, or a company whose people did.

    Attributes:
        month: The month of it, like ``2026-10``.
        channel: How it came.
        rule: Which rule told that.
        stage: The furthest stage it reached.
        value: The money of its orders, in minor units.
        cycle_days: Days from the first contact to the first order; ``None`` while there is none.
        persons: Numbers of its people; links of one lead or of one visitor id are one person's.
            Where there is none, it is somebody of its own.
    """

    month: str
    channel: str
    rule: str
    stage: str
    value: int = 0
    cycle_days: int | None = None
    persons: frozenset[int] = frozenset()


class _Told(msgspec.Struct, frozen=True):
    at: int
    first_at: int
    channel: str
    rule: str


def leads(
    links: Sequence[LeadLink],
    contacts: Mapping[int, Sequence[LeadContact]],
    crm: Iterable[CrmRow],
    offsets: Sequence[tuple[int, int]],
    *,
    by_company: bool = False,
) -> list[Lead]:
    """
    Return the leads of *links*.

    Args:
        links: Those of the period.
        contacts: What is known of each link's visitor before it, in order, by its place.
        crm: All rows of the CRM; those without a link are not read.
        offsets: How far the site's clock is ahead of UTC.
        by_company: Whether a company is one lead: its first one, as far as any of them got. Leads
            without a company are left out.
    """
    rows: dict[str, list[CrmRow]] = defaultdict(list)
    for row in crm:
        rows[row.lead].append(row)
    groups: dict[str, list[int]] = defaultdict(list)
    for place, link in enumerate(links):
        company = link.company or next((r.company for r in rows[link.lead] if r.company), "")
        key = company if by_company else link.lead
        if key:
            groups[key].append(place)
    persons = _persons(links)
    return [
        structs.replace(
            _lead(
                [links[place] for place in places],
                [contacts.get(place, ()) for place in places],
                rows,
                offsets,
            ),
            persons=frozenset(persons[place] for place in places),
        )
        for places in groups.values()
    ]


def _persons(links: Sequence[LeadLink]) -> list[int]:
    """Return a number for the person of each link."""
    joined: dict[tuple[str, str], tuple[str, str]] = {}

    def root(point: tuple[str, str]) -> tuple[str, str]:
        while (above := joined.get(point, point)) != point:
            joined[point] = joined.get(above, above)
            point = above
        return point

    for link in links:
        one, other = root(("lead", link.lead)), root(("visitor", link.visitor))
        if one != other:
            joined[one] = other
    numbers: dict[tuple[str, str], int] = {}
    return [numbers.setdefault(root(("lead", one.lead)), len(numbers)) for one in links]


def _lead(
    links: Sequence[LeadLink],
    contacts: Sequence[Sequence[LeadContact]],
    rows: Mapping[str, Sequence[CrmRow]],
    offsets: Sequence[tuple[int, int]],
) -> Lead:
    told = sorted(
        (_told(link, known) for link, known in zip(links, contacts, strict=True)),
        key=lambda one: (one.at, one.channel),
    )
    keys = {link.lead for link in links}
    found = [row for key in sorted(keys) for row in rows.get(key, ())]
    orders = [row for row in found if row.stage == "customer"]
    furthest = max((STAGES.index(row.stage) for row in found), default=0)
    # Of the links of one lead, the first that knows a channel tells it.
    channel = next((one for one in told if one.rule != "none"), told[0])
    first = min(one.first_at for one in told)
    return Lead(
        f"{_date(told[0].at, offsets):%Y-%m}",
        channel.channel,
        channel.rule,
        STAGES[furthest],
        sum(row.value for row in orders),
        _cycle(_date(first, offsets), orders, offsets),
    )


def _cycle(first: date, orders: Sequence[CrmRow], offsets: Sequence[tuple[int, int]]) -> int | None:
    """Return the days to the first of *orders*; an order before the first contact took none."""
    if not orders:
        return None
    return max((min(_order_date(row, offsets) for row in orders) - first).days, 0)


def _order_date(row: CrmRow, offsets: Sequence[tuple[int, int]]) -> date:
    at = int(row.when.timestamp()) * 1_000_000 if row.when.tzinfo else 0
    return local_date(row.when, _ahead(at, offsets))


def _told(link: LeadLink, contacts: Sequence[LeadContact]) -> _Told:
    first_at = min([link.at, *(one.at for one in contacts), link.first_at or link.at])
    known = [one.channel for one in contacts[:-1] if one.channel != NOT_SET]
    if link.first_channel or known:
        return _Told(link.at, first_at, link.first_channel or known[0], "first_known")
    if contacts and contacts[-1].channel != NOT_SET:
        return _Told(link.at, first_at, contacts[-1].channel, "visit")
    if link.reported:
        return _Told(link.at, first_at, link.reported, "self_reported")
    return _Told(link.at, first_at, NO_TOUCH, "none")


def _date(at: int, offsets: Sequence[tuple[int, int]]) -> date:
    return local_date(at, _ahead(at, offsets))


def _ahead(at: int, offsets: Sequence[tuple[int, int]]) -> int:
    """Return how far the clock is ahead at *at*."""
    found = offsets[0][1]
    for since, ahead in offsets[1:]:
        if at >= since:
            found = ahead
    return found
