"""A village of visitors, and what plain Python finds of their visits: no window, no join."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa

from privacykit.reports.expressions.events import COLUMNS
from privacykit.reports.periods import ReportPeriod, bounds

SECOND = 1_000_000
ZONE = ZoneInfo("Europe/Berlin")
PERIOD = ReportPeriod(date(2026, 10, 22), date(2026, 10, 28))
"""With the night that has 25 hours in it."""
START, END = bounds(PERIOD, ZONE)
HISTORY = START - 12 * 86_400 * SECOND


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One event."""

    visitor: str
    at: int
    tie: str = ""
    event: str = "page"
    page: str | None = "/"
    country: str | None = None
    language: str | None = None
    channel: str | None = None
    campaign: str | None = None
    device: str | None = None
    browser: str | None = None
    basis: str | None = None
    value: int | None = None


def invented(seed: int, visitors: int, since: int = HISTORY, until: int = END) -> list[Told]:
    """Return events on a grid of a quarter of an hour: instants, pauses and midnights coincide."""
    rng = random.Random(seed)
    told = []
    for number in range(visitors):
        who = f"v{number}"
        country, device = rng.choice("DDDFFI"), rng.choice(["desktop", "mobile", "mobile"])
        for _ in range(rng.choice([1, 1, 2, 3])):
            at = since + rng.randrange((until - since) // (900 * SECOND)) * 900 * SECOND
            channel = rng.choice(["search", "direct", "email", None])
            for _ in range(rng.choice([1, 2, 3, 5])):
                event = rng.choice(["page", "page", "page", "cart_add", "order", "help"])
                told.append(
                    Told(
                        visitor=who,
                        at=min(at, until - 1),
                        tie=f"{rng.randrange(10**9):09}",
                        event=event,
                        page=rng.choice(["/", "/a", "/b", "/c", None]),
                        country=country,
                        language=country.lower(),
                        channel=channel,
                        campaign=rng.choice(["spring", None]) if channel == "email" else None,
                        device=device,
                        browser=rng.choice(["firefox", "safari"]),
                        basis=rng.choice(["consent", "law", "consent"]),
                        value=rng.choice([None, -2_000, 1_000, 3_000, 7_500, 15_000, 40_000]),
                    )
                )
                at += rng.choice([0, 0, 900, 900, 1_800, 2_700]) * SECOND
    rng.shuffle(told)
    return told


def table(events: list[Told]) -> pa.Table:
    """Return *events* as a report table."""
    types = {"string": pa.string(), "int64": pa.int64()}
    names = Told.__struct_fields__
    columns = {
        name: pa.array(
            [getattr(one, name) if name in names else None for one in events], types[kind]
        )
        for name, kind in COLUMNS.items()
    }
    return pa.table(columns)


def day(at: int, zone: ZoneInfo = ZONE) -> date:
    """Return the local day of an instant."""
    return datetime.fromtimestamp(at / SECOND, zone).date()


class Visit(msgspec.Struct, kw_only=True):
    """A visit: its events in order, and what came before it."""

    visitor: str
    number: int
    ordered_before: int
    events: list[Told]

    @property
    def first(self) -> Told:
        """The event it began with."""
        return self.events[0]

    def has(self, event: str) -> bool:
        """Return whether *event* happened in it."""
        return any(one.event == event for one in self.events)

    @property
    def left(self) -> list[Told]:
        """What was put into the cart after the last order."""
        last = max((at for at, one in enumerate(self.events) if one.event == "order"), default=-1)
        return [one for one in self.events[last + 1 :] if one.event == "cart_add"]

    @property
    def cart(self) -> str:
        """What became of the cart."""
        if not self.has("cart_add"):
            return "none"
        if not self.left:
            return "ordered"
        return "ordered_then_abandoned" if self.has("order") else "abandoned"

    @property
    def value_bucket(self) -> str:
        """The money of its orders."""
        if not self.has("order"):
            return "none"
        return bucket(sum(one.value or 0 for one in self.events if one.event == "order"))

    @property
    def abandoned_value(self) -> str:
        """The money of what was left in the cart."""
        return bucket(sum(one.value or 0 for one in self.left)) if self.left else "none"

    @property
    def orders(self) -> int:
        """How often the visitor has ordered when it is over."""
        return self.ordered_before + sum(one.event == "order" for one in self.events)


def bucket(amount: int) -> str:
    """Return the bucket of some money."""
    names = {
        0: "below 0",
        2_000: "0-1999",
        5_000: "2000-4999",
        10_000: "5000-9999",
        20_000: "10000-19999",
    }
    return next((name for bound, name in names.items() if amount < bound), "20000+")


def visits(events: list[Told], zone: ZoneInfo = ZONE) -> list[Visit]:
    """Return the visits of *events*, each visitor's in order."""
    found = []
    of: dict[str, list[Told]] = defaultdict(list)
    for one in sorted(events, key=lambda one: (one.at, one.tie)):
        of[one.visitor].append(one)
    for visitor, told in of.items():
        groups = [[told[0]]]
        for before, one in pairwise(told):
            paused = one.at - before.at >= 1_800 * SECOND
            if paused or day(one.at, zone) != day(before.at, zone):
                groups.append([])
            groups[-1].append(one)
        ordered = 0
        for number, group in enumerate(groups, 1):
            found.append(
                Visit(visitor=visitor, number=number, ordered_before=ordered, events=group)
            )
            ordered = found[-1].orders
    return found


def grouped(number: int, bounds_: tuple[int, ...]) -> str:
    """Return the group of a number, of groups that begin at *bounds_*."""
    if number >= bounds_[-1]:
        return f"{bounds_[-1]}+"
    least, above = next(pair for pair in pairwise(bounds_) if number < pair[1])
    return str(least) if above == least + 1 else f"{least}-{above - 1}"


def channel(first: Told) -> str:
    """Return where a visit came from; who came from nowhere is direct."""
    return first.channel or ("(not set)" if first.campaign else "direct")


def value(visit: Visit, dimension: str, names: list[str]) -> str:
    """Return what *visit* is counted under."""
    told = {
        "whole": lambda: "",
        "day": lambda: str((day(visit.first.at) - date(1970, 1, 1)).days * 86_400 * SECOND),
        "visitor": lambda: "new" if visit.number == 1 else "returning",
        "visits": lambda: grouped(visit.number, (1, 2, 3, 5, 10)),
        "orders": lambda: grouped(visit.orders, (0, 1, 2, 3, 5, 10)),
        "event": lambda: str(sum(visit.has(name) << at for at, name in enumerate(names))),
        "cart": lambda: visit.cart,
        "value_bucket": lambda: visit.value_bucket,
    }
    if dimension in told:
        return told[dimension]()
    if dimension == "channel":
        return channel(visit.first)
    return getattr(visit.first, dimension) or "(none)"


def counted(keys: list[tuple[object, str]]) -> dict[object, tuple[int, int]]:
    """Return how many units and people there are of each key."""
    units = Counter(key for key, _ in keys)
    persons = defaultdict(set)
    for key, person in keys:
        persons[key].add(person)
    return {key: (number, len(persons[key])) for key, number in units.items()}
