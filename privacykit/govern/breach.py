"""
Breach clocks: who must be told of a breach, by when, and from what moment that counts. Pure.

Each law starts its clock where it says: when protection failed, when the breach was noticed, when
it was established, when somebody else was told. Of a moment that nobody states the earlier one is
taken, so a clock is never too late; only what happened before the breach was noticed cannot be
guessed, and the duty says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from privacykit.errors import InputError
from privacykit.govern.requests.deadlines import WorkCalendar, end_of
from privacykit.govern.requests.rights import term_of
from privacykit.policy.clause import Clause
from privacykit.policy.merge import fact_on
from privacykit.policy.model import Fact, Policy
from privacykit.policy.words import BreachStart


class Told(Enum):
    """Who must be told."""

    AUTHORITY = "authority"
    PEOPLE = "people"


class Assumed(Enum):
    """Why a clock does not start where its law says."""

    MAY_BE_EARLIER = "may_be_earlier"
    """Nobody said when protection failed: counted from noticing, the end may lie before."""
    NOT_LATER = "not_later"
    """Nobody said when it was established: counted from noticing, which is never later."""
    AS_DUE = "as_due"
    """The other notice was not given yet: counted from the last moment to give it."""


@dataclass(frozen=True, slots=True)
class Moments:
    """
    When what happened in a breach, each with a time zone.

    Attributes:
        noticed: Somebody of the operator noticed it, or was told of it.
        happened: Protection failed.
        established: It was determined or confirmed that there was a breach that counts.
        authority_told: The authority was told.
        people_told: The people affected were told.
        assessed: It was assessed that it has to be notified; as *established* if unsaid.
    """

    noticed: datetime
    happened: datetime | None = None
    established: datetime | None = None
    authority_told: datetime | None = None
    people_told: datetime | None = None
    assessed: datetime | None = None

    def __post_init__(self) -> None:
        known = (self.happened, self.noticed, self.established, self.assessed)
        order = [moment for moment in known if moment is not None]
        if any(moment.tzinfo is None for moment in order):
            raise InputError("a moment needs a time zone")
        if order != sorted(order):
            raise InputError("a breach happens, is noticed and is established in this order")


@dataclass(frozen=True, slots=True)
class BreachDuty:
    """
    Whom one law wants told of a breach.

    Attributes:
        policy: Id of the policy.
        told: Who must be told.
        owed: Whether there is such a duty and enough people are affected; of an unknown number
            there are.
        due: The last moment; ``None`` where the law has no number.
        start: What starts the clock.
        counted_from: The moment taken for it.
        assumed: Why that is not the moment the law names, if it is not.
        says: The number as the law words it, or its prose.
        when: What there must be for the duty, in words.
        at_least_people: The least number of people affected.
        clause: Where it stands.
    """

    policy: str
    told: Told
    owed: bool
    due: datetime | None
    start: BreachStart | None
    counted_from: datetime | None
    assumed: Assumed | None
    says: str
    when: str
    at_least_people: int | None
    clause: Clause


_NONE: Final = "none"
"""How a policy says that its law has no such duty."""
_FAILED: Final = frozenset({BreachStart.FAILURE, BreachStart.UNSAID})
_ESTABLISHED: Final = frozenset(
    {BreachStart.DETERMINATION, BreachStart.CONFIRMATION, BreachStart.ASSESSMENT}
)
_OTHER: Final[Mapping[BreachStart, Told]] = {
    BreachStart.AUTHORITY_NOTICE: Told.AUTHORITY,
    BreachStart.PEOPLE_NOTICE: Told.PEOPLE,
}


def breach_duties(
    policies: Iterable[Policy], moments: Moments, calendar: WorkCalendar, people: int | None = None
) -> list[BreachDuty]:
    """
    Return whom each of *policies* wants told, what is due first first.

    Args:
        policies: Those of the places where people are affected, and of the operator, from
            :meth:`.PolicySet.covering`.
        moments: What happened when.
        calendar: Days of rest.
        people: How many are affected, if it is known.
    """
    found = [duty for policy in policies for duty in _duties(policy, moments, calendar, people)]
    last = datetime.max.replace(tzinfo=moments.noticed.tzinfo)
    return sorted(
        found, key=lambda one: (not one.owed, one.due or last, one.policy, one.told.value)
    )


def _duties(
    policy: Policy, moments: Moments, calendar: WorkCalendar, people: int | None
) -> Iterator[BreachDuty]:
    on = moments.noticed.date()
    facts = {told: _fact(policy, told, on) for told in Told}
    for told, fact in facts.items():
        if fact is not None:
            yield _duty(policy, told, facts, moments, calendar, people)


def _fact(policy: Policy, told: Told, on: date) -> Fact | None:
    return fact_on(policy.facts.get(f"breach.{told.value}"), on)


def _duty(
    policy: Policy,
    told: Told,
    facts: Mapping[Told, Fact | None],
    moments: Moments,
    calendar: WorkCalendar,
    people: int | None,
) -> BreachDuty:
    fact = facts[told]
    assert fact is not None
    start = _start(fact)
    counted_from, assumed = _counted_from(start, facts, moments, calendar)
    least = fact.values.get("at_least_people")
    least = least if isinstance(least, int) else None
    return BreachDuty(
        policy=policy.id,
        told=told,
        owed=fact.values.get("rule") != _NONE
        and (least is None or people is None or people >= least),
        due=_due(fact, counted_from, calendar),
        start=start,
        counted_from=counted_from,
        assumed=assumed,
        says=_says(fact),
        when=str(fact.values.get("when", "")),
        at_least_people=least,
        clause=fact.clause,
    )


def _counted_from(
    start: BreachStart | None,
    facts: Mapping[Told, Fact | None],
    moments: Moments,
    calendar: WorkCalendar,
) -> tuple[datetime | None, Assumed | None]:
    """Return the moment from which a clock counts, and why it is not the one its law names."""
    if start is None:
        return None, None
    if start in _OTHER:
        return _other_notice(_OTHER[start], facts, moments, calendar)
    stated: datetime | None = moments.noticed
    assumed: Assumed | None = None
    if start in _FAILED:
        stated, assumed = moments.happened, Assumed.MAY_BE_EARLIER
    elif start in _ESTABLISHED:
        stated, assumed = moments.established, Assumed.NOT_LATER
        if start is BreachStart.ASSESSMENT and moments.assessed is not None:
            stated = moments.assessed
    return (moments.noticed, assumed) if stated is None else (stated, None)


def _other_notice(
    told: Told, facts: Mapping[Told, Fact | None], moments: Moments, calendar: WorkCalendar
) -> tuple[datetime | None, Assumed | None]:
    given = {Told.AUTHORITY: moments.authority_told, Told.PEOPLE: moments.people_told}[told]
    if given is not None:
        return given, None
    fact = facts[told]
    start = _start(fact) if fact is not None else None
    if fact is None or start is None or start in _OTHER:
        return None, Assumed.AS_DUE
    from_, _ = _counted_from(start, facts, moments, calendar)
    return _due(fact, from_, calendar), Assumed.AS_DUE


def _start(fact: Fact) -> BreachStart | None:
    start = fact.values.get("from")
    return BreachStart(start) if isinstance(start, str) else None


def _due(fact: Fact, from_: datetime | None, calendar: WorkCalendar) -> datetime | None:
    term = term_of(fact)
    return end_of(term, from_, calendar) if term is not None and from_ is not None else None


def _says(fact: Fact) -> str:
    if term_of(fact) is None:
        return str(fact.values.get("rule", ""))
    number, unit = fact.values["n"], str(fact.values["unit"]).replace("_", " ")
    return "at once" if unit == "immediate" else f"{number} {unit}"
