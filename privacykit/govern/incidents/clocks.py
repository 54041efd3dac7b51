"""
The clocks of an incident: every duty of every law that applies, the earliest first. Pure.

Laws of this file:

- no duty is dropped: one that is done, not owed or decided against says so and stays in the list;
- where a law doubles a period for small agents, only a configuration that says so doubles it;
- a threshold that nobody measured is *judge*, never *not met*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from privacykit.govern.breach import BreachDuty, Moments, breach_duties
from privacykit.govern.incidents.model import Incident, Instants, PeopleCount
from privacykit.govern.incidents.thresholds import (
    Threshold,
    enough,
    people_under,
    threshold_of,
)
from privacykit.govern.requests.deadlines import Term, Unit, WorkCalendar, end_of
from privacykit.policy.model import Fact, Policy

SMALL_AGENTS = "BR"
"""The one policy whose periods are doubled for small agents: Res. CD/ANPD 15/2024, Art. 6 §8."""

NOTICES = frozenset({"authority", "people"})
"""What is decided for each law, and written down with its reasons (GDPR Art. 33(5))."""

State = Literal["due", "overdue", "done", "decided_against"]


@dataclass(frozen=True, slots=True)
class IncidentDuty:
    """
    One duty of one law.

    Attributes:
        policy: Id of the policy.
        what: Who is told, or what else is done: ``authority``, ``people``, ``assess``,
            ``supplement``.
        due: The last moment; ``None`` where the law has no number.
        says: The period as the law words it.
        starts: What starts the clock, in words; empty where the law names nothing.
        threshold: Whether what there must be for the duty is there.
        why: Why *threshold* is what it is, in words.
        state: How far it is.
        citation: Where it stands.
        confidence: How well that was read.
        note: What else the law says.
        assumed: Why the clock starts elsewhere than the law says, if it does.
    """

    policy: str
    what: str
    due: datetime | None
    says: str
    starts: str
    threshold: Threshold
    why: str
    state: State
    citation: str
    confidence: str
    note: str = ""
    assumed: str = ""


@dataclass(frozen=True, slots=True)
class FurtherClock:
    """
    A clock that runs beside the notices: to assess, to supplement, to report a graded incident.

    Attributes:
        policy: Id of the policy.
        what: What is due.
        term: The period.
        start: Which instant starts it.
        says: In words.
        citation: Where it stands.
        confidence: How well that was read.
        least: The least number of people for it; 0 is any.
    """

    policy: str
    what: str
    term: Term
    start: Literal["aware", "assessed", "authority_told"]
    says: str
    citation: str
    confidence: str
    least: int = 0


FURTHER: tuple[FurtherClock, ...] = (
    FurtherClock(
        "AU",
        "assess",
        Term(30, Unit.CALENDAR_DAYS),
        "aware",
        "assess within 30 calendar days whether serious harm is likely",
        "Privacy Act s.26WH(2)(b)",
        "verified",
    ),
    FurtherClock(
        "BR",
        "supplement",
        Term(20, Unit.BUSINESS_DAYS),
        "authority_told",
        "supplement the communication within 20 business days",
        "Res. CD/ANPD 15/2024, annex Art. 6",
        "reported",
    ),
    FurtherClock(
        "CN",
        "authority",
        Term(4, Unit.HOURS),
        "assessed",
        "4 hours once the incident is graded larger",
        "CAC incident reporting measures (2025-09-11, in force 2025-11-01) Art. 4 and annex",
        "verified",
        1_000_000,
    ),
)


def incident_duties(
    incident: Incident,
    policies: Iterable[Policy],
    calendar: WorkCalendar,
    now: datetime,
    *,
    small_agent: bool = False,
) -> list[IncidentDuty]:
    """
    Return every duty, what is due first first; those without a number after those with one.

    Args:
        incident: The incident.
        policies: Those of every place where people are affected, and of the operator.
        calendar: Days of rest.
        now: Says what is overdue.
        small_agent: Whether the operator is a small agent of Brazilian law.
    """
    known = list(policies)
    terms = [_doubled(policy) if small_agent else policy for policy in known]
    moments = _moments(incident.instants)
    found = []
    for policy in terms:
        people = people_under(incident, policy)
        number = people.number if people.known == "exact" else None
        noticed = breach_duties([policy], moments, calendar, number)
        found += [_duty(one, incident, people, now) for one in noticed]
    names = {policy.id for policy in known}
    found += [d for d in _further(incident, calendar, now) if d.policy in names]
    return sorted(found, key=_order)


def pressing(duty: IncidentDuty) -> bool:
    """Tell whether *duty* runs: there may be what it needs, and it is neither done nor declined."""
    return duty.state in {"due", "overdue"} and duty.threshold != "not_met"


def undecided(duties: Iterable[IncidentDuty]) -> list[IncidentDuty]:
    """Return the notices that run: nobody was told, and nobody wrote down why not."""
    return [duty for duty in duties if duty.what in NOTICES and pressing(duty)]


def _order(duty: IncidentDuty) -> tuple[object, ...]:
    at = duty.due.timestamp() if duty.due is not None else float("inf")
    return (not pressing(duty), at, duty.policy, duty.what)


def _moments(instants: Instants) -> Moments:
    return Moments(
        noticed=instants.aware,
        happened=instants.happened,
        established=instants.determined,
        authority_told=instants.authority_told,
        people_told=instants.people_told,
        assessed=instants.assessed,
    )


def _doubled(policy: Policy) -> Policy:
    """Return *policy* with the periods of small agents, where its law has such."""
    if policy.id != SMALL_AGENTS:
        return policy
    facts: Mapping[str, Fact] = {
        name: replace(fact, values={**fact.values, "n": 2 * number})
        if name.startswith("breach.") and isinstance(number := fact.values.get("n"), int)
        else fact
        for name, fact in policy.facts.items()
    }
    return replace(policy, facts=facts)


def _duty(one: BreachDuty, incident: Incident, people: PeopleCount, now: datetime) -> IncidentDuty:
    threshold, why = threshold_of(one, incident.inventory, people)
    return IncidentDuty(
        policy=one.policy,
        what=one.told.value,
        due=one.due,
        says=one.says,
        starts=one.start.value.replace("_", " ") if one.start else "",
        threshold=threshold,
        why=why,
        state=_state(incident, one.policy, one.told.value, one.due, now),
        citation=one.clause.citation,
        confidence=one.clause.confidence.value,
        note=one.clause.note,
        assumed=one.assumed.value if one.assumed else "",
    )


def _further(incident: Incident, calendar: WorkCalendar, now: datetime) -> Iterator[IncidentDuty]:
    starts = incident.instants
    moments = {
        "aware": starts.aware,
        "assessed": starts.assessed,
        "authority_told": starts.authority_told,
    }
    for clock in FURTHER:
        start = moments[clock.start]
        due = None if start is None else end_of(clock.term, start, calendar)
        least = clock.least
        met, why = enough(incident.inventory.people, least) if least else ("met", "")
        state = _state(incident, clock.policy, clock.what, due, now)
        if clock.what == "assess" and starts.assessed is not None:
            state = "done"
        yield IncidentDuty(
            policy=clock.policy,
            what=clock.what,
            due=due,
            says=clock.says,
            starts=clock.start.replace("_", " "),
            threshold=met,
            why=why,
            state=state,
            citation=clock.citation,
            confidence=clock.confidence,
        )


def _state(
    incident: Incident, policy: str, what: str, due: datetime | None, now: datetime
) -> State:
    decided = [d for d in incident.decisions if d.told == what and d.policy in {policy, "*"}]
    if decided and decided[-1].notify and decided[-1].told_at is not None:
        return "done"
    if decided and not decided[-1].notify:
        return "decided_against"
    return "overdue" if due is not None and due < now else "due"
