"""The question of an attribution: whose credit for what, how far back. Pure."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from privacykit.errors import InputError
from privacykit.reports.conditions import PROPERTY, Clauses, check_property
from privacykit.reports.periods import DAY

By = Literal["channel", "campaign", "content"]
Model = Literal["first", "last", "last_non_direct", "linear", "position", "time_decay"]

MODELS: Final[tuple[Model, ...]] = (
    "first", "last", "last_non_direct", "linear", "position", "time_decay",
)  # fmt: skip
SAME_DAY: Final = "same_day"
"""What ids of a day allow instead: the channel by which the visitor came that day."""

LOOKBACK_DAYS: Final = (1, 7, 30, 90)
DEFAULT_LOOKBACK_DAYS: Final = 30
DEFAULT_HALF_LIFE_DAYS: Final = 7
"""As in Matomo, in the Google Ads API and in most packages."""
LONGEST_HALF_LIFE_DAYS: Final = 365

NO_TOUCH: Final = "(none)"
"""Gets the credit for a conversion without a touch, so that totals stay whole."""
NOT_SET: Final = "(not set)"
"""A touch that does not tell."""
OTHER: Final = "(other)"
"""Channels of too few people, together."""
NO_ANSWER: Final = "(no answer)"
"""Somebody who did not say where they come from."""
DIRECT: Final = "direct"


class AttributionQuestion(msgspec.Struct, frozen=True):
    """
    Which channels get the credit for a kind of event.

    Attributes:
        name: What people call the conversion.
        match: What an event must fulfil to be one.
        lookback_days: How long before it a touch may lie: 1, 7, 30 or 90 days of 24 hours.
        by: What gets the credit.
        half_life_days: In how many days a touch loses half its weight in ``time_decay``.
        once_per_visit: Whether a visit converts at most once: with its first conversion.
        reported: The property in which people say where they come from, like ``prop.heard_of``.
        currency: Only conversions in it, and those without money; empty is all, if of one currency.
        transparent_hosts: Hosts that a visitor only comes back from, as from a payment: no touch.
    """

    name: str
    match: Clauses
    lookback_days: int = DEFAULT_LOOKBACK_DAYS
    by: By = "channel"
    half_life_days: int = DEFAULT_HALF_LIFE_DAYS
    once_per_visit: bool = False
    reported: str | None = None
    currency: str = ""
    transparent_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """
        Check it.

        Raises:
            InputError: The look-back or the half-life is none that is offered, or there is no
                property of such a name.
        """
        if self.lookback_days not in LOOKBACK_DAYS:
            offered = ", ".join(map(str, LOOKBACK_DAYS))
            raise InputError(f"the look-back is one of {offered} days")
        if not 1 <= self.half_life_days <= LONGEST_HALF_LIFE_DAYS:
            raise InputError(f"the half-life is 1 to {LONGEST_HALF_LIFE_DAYS} days")
        if self.reported is not None:
            check_property(self.reported.removeprefix(PROPERTY))

    @property
    def lookback(self) -> int:
        """How long before a conversion a touch may lie, in microseconds, that instant included."""
        return self.lookback_days * DAY

    @property
    def half_life(self) -> int:
        """The half-life in microseconds."""
        return self.half_life_days * DAY
