"""
Questions: what a report asks, independent of where events are and of who answers. Pure.

A question is checked when it is made, so that an engine never gets one that it cannot answer.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from privacykit.errors import InputError
from privacykit.reports.conditions import MOST_DIMENSIONS, Clauses, dimensions

Unit = Literal["visit", "visitor_day", "person"]
Mode = Literal["closed", "open", "sequential", "strict", "loose"]

FEWEST_STEPS: Final = 2
MOST_STEPS: Final = 10
MOST_SEGMENTS: Final = 6
MOST_PERIODS: Final = 2
LONGEST_WINDOW_DAYS: Final = 90


class Step(msgspec.Struct, frozen=True):
    """
    One step of a funnel.

    Attributes:
        name: What people call it.
        match: What an event must fulfil; it counts for the first step that it fits.
    """

    name: str
    match: Clauses


class Segment(msgspec.Struct, frozen=True):
    """
    A part of all units.

    Attributes:
        name: What people call it; the conditions as they were written, if nobody named it.
        match: What a unit must fulfil.
    """

    name: str
    match: Clauses


class FunnelQuestion(msgspec.Struct, frozen=True):
    """
    How far units get through some steps.

    Attributes:
        name: What people call the funnel.
        steps: Two to ten.
        unit: What is counted.
        mode: ``closed``: must begin at the first step, may skip; ``open``: may enter anywhere;
            ``sequential``: every step, anything in between; ``strict``: every step, nothing in
            between; ``loose``: in any order, step i is at least i of them.
        within: Microseconds that a chain may last from its first event, that instant included;
            ``None`` is the unit itself.
        money: Whether the money of the events is asked that performed each step.
        currency: In which currency, if only one is asked.
    """

    name: str
    steps: tuple[Step, ...]
    unit: Unit = "visit"
    mode: Mode = "closed"
    within: int | None = None
    money: bool = False
    currency: str = ""

    def __post_init__(self) -> None:
        """
        Check it.

        Raises:
            InputError: There are too few or too many steps, or two of one name.
        """
        if not FEWEST_STEPS <= len(self.steps) <= MOST_STEPS:
            raise InputError(f"a funnel has {FEWEST_STEPS} to {MOST_STEPS} steps")
        if len({step.name for step in self.steps}) < len(self.steps):
            raise InputError("two steps of a funnel have the same name")

    @property
    def required(self) -> range:
        """The numbers of the steps that may not be jumped over once a chain is past them."""
        match self.mode:
            case "open":
                return range(0)
            case "closed":
                return range(1, 2)
            case _:
                return range(1, len(self.steps) + 1)


def segment(name: str, match: Clauses) -> Segment:
    """
    Return a segment.

    Raises:
        InputError: It looks at more than two fields, and so at too few people.
    """
    if len(dimensions(match)) > MOST_DIMENSIONS:
        raise InputError(
            f"too_narrow: a segment looks at {MOST_DIMENSIONS} fields at most; this one at more"
        )
    return Segment(name, match)
