"""Questions of the kinds of reports that count visits, events and steps. Pure."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from privacykit.errors import InputError
from privacykit.reports.conditions import CART, LASTING_FIELDS, ORDER, Clauses

PAGE_VIEWS: Final = ("page", "page_view", "pageview", "$pageview")
"""Names of page views: our own, and those of exports of others."""

TOP: Final = 25
"""Rows of a list, if nobody says otherwise."""

BREAKDOWNS: Final = (
    "country", "language", "visitor", "visits", "orders", "cart", "event", "page", "channel",
    "campaign", "device", "browser", "value_bucket",
)  # fmt: skip
"""What visits can be told apart by, in the order of the ten segments."""


OVERVIEW: Final = ("day", "channel", "country", "device", "basis")
"""What an overview tells visits apart by."""


class Goal(msgspec.Struct, frozen=True):
    """
    What a visit converts by.

    Attributes:
        name: What people call it.
        match: What an event of the visit must fulfil.
    """

    name: str
    match: Clauses


class OverviewQuestion(msgspec.Struct, frozen=True):
    """
    How much went on.

    Attributes:
        page_views: Names of events that are views of the page they tell.
        top: How many rows a list has at most.
        channels: Whether it tells where visits came from, which not every law lets.
    """

    page_views: tuple[str, ...] = PAGE_VIEWS
    top: int = TOP
    channels: bool = True

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What visits are told apart by."""
        return tuple(name for name in OVERVIEW if self.channels or name != "channel")


class SegmentsQuestion(msgspec.Struct, frozen=True):
    """
    Who visits, and who of them converts.

    Attributes:
        by: What visits are told apart by.
        goal: What they convert by, if that is asked.
        cart: The name of events that put into a cart.
        order: The name of events that order.
        top: How many rows a list has at most.
    """

    by: tuple[str, ...] = BREAKDOWNS
    goal: Goal | None = None
    cart: str = CART
    order: str = ORDER
    top: int = TOP

    def __post_init__(self) -> None:
        """
        Check it.

        Raises:
            InputError: There is nothing of that name to tell visits apart by.
        """
        if not self.by or not set(self.by) <= set(BREAKDOWNS):
            raise InputError(f"visits are told apart by: {', '.join(BREAKDOWNS)}")

    @property
    def lasting(self) -> tuple[str, ...]:
        """What of it only ids that last can tell."""
        return tuple(name for name in self.by if name in LASTING_FIELDS)


class Stage(msgspec.Struct, frozen=True):
    """
    A stage of a journey.

    Attributes:
        name: What people call it.
        match: What an event of a visit that got there fulfils.
    """

    name: str
    match: Clauses


class JourneyQuestion(msgspec.Struct, frozen=True):
    """
    Which steps visits go, and how far along some stages.

    Attributes:
        by: Whether steps are between pages or between events.
        stages: From the first to the last; none if only steps are asked.
        top: How many pages or events are told apart at most.
    """

    by: Literal["page", "event"] = "page"
    stages: tuple[Stage, ...] = ()
    top: int = TOP

    def __post_init__(self) -> None:
        """
        Check it.

        Raises:
            InputError: Two stages have the same name.
        """
        if len({stage.name for stage in self.stages}) < len(self.stages):
            raise InputError("two stages have the same name")
