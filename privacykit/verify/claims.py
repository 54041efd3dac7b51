"""Claims and what became of their tests. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ClaimOutcome(StrEnum):
    """What the test of a claim came to."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_TESTABLE = "not testable"
    """Nothing that is at hand could show it."""
    NOT_TESTED = "not tested"
    """It could be shown, and was not asked for, or its place did not answer."""


class Violation(msgspec.Struct, frozen=True, order=True):
    """
    One kind of thing that disproves a claim at one place.

    Attributes:
        id: What is wrong, such as ``PK300``; each has a row in the table of problems.
        place: Where: store, table and field, file and member, or address and cookie. No value.
        count: How many were seen.
        text: What is wrong, in a sentence without a value of anybody's.
        advice: What to do.
    """

    id: str
    place: str
    count: int
    text: str
    advice: str


def times(count: int) -> str:
    """Return how often something was seen, in words."""
    return "once" if count == 1 else f"{count} times"


class ClaimResult(msgspec.Struct, frozen=True):
    """
    The test of one claim.

    Attributes:
        claim: The claim's short name, such as ``addresses``.
        says: The claim in a sentence.
        outcome: What the test came to.
        scope: What was looked at, such as ``event store, outbox``.
        cannot_show: What the test cannot see.
        looked_at: How many rows, lines or answers were looked at.
        all: Whether that was everything; otherwise a sample.
        violations: What disproves it; at least one where it fails, none otherwise.
        why: Why it was not tested, or cannot be.
        stays: What stands there with a ground, such as a hold, in sentences: no failure.
    """

    claim: str
    says: str
    outcome: ClaimOutcome
    scope: str
    cannot_show: str
    looked_at: int = 0
    all: bool = True
    violations: tuple[Violation, ...] = ()
    why: str = ""
    stays: tuple[str, ...] = ()


def result_of(
    claim: str,
    says: str,
    *,
    scope: str,
    cannot_show: str,
    looked_at: int,
    all_of_it: bool,
    violations: tuple[Violation, ...] = (),
) -> ClaimResult:
    """Return the result of a test that was made: it fails by any violation."""
    outcome = ClaimOutcome.FAILS if violations else ClaimOutcome.HOLDS
    return ClaimResult(claim, says, outcome, scope, cannot_show, looked_at, all_of_it, violations)
