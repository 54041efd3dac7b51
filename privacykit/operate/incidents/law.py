"""The laws of an incident's places and of the operator, and what they ask. Reads policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from privacykit.documents.facts.laws import authority_of
from privacykit.documents.incident.facts import ContactPoint, LawClock, Organisation
from privacykit.documents.incident.forms import form_of
from privacykit.govern.incidents.clocks import FURTHER, SMALL_AGENTS
from privacykit.operate.context import OperatorContext
from privacykit.policy.audience import Audience
from privacykit.policy.merge import fact_on
from privacykit.policy.model import Fact, Policy
from privacykit.policy.place import UNKNOWN
from privacykit.settings.model import Settings

UNION = "EU"
_UNITS = {"business_days": "business days", "calendar_days": "calendar days"}


def establishments(context: OperatorContext) -> tuple[str, ...]:
    """Return where the operator is established, for breach laws."""
    settings = context.settings
    sites = [place for site in settings.site for place in site.establishments]
    ours = settings.incident.establishments or [*settings.controller.establishments, *sites]
    return tuple(dict.fromkeys(ours))


def incident_policies(context: OperatorContext, places: Iterable[str], at: float) -> list[Policy]:
    """
    Return the policies of *places* and of the operator, each once.

    Beside a known place the unknown one adds nothing: it would add every law, and is told instead.
    """
    law = context.applicable.law.policies
    on = datetime.fromtimestamp(at, ZoneInfo(context.settings.timezone)).date()
    audience = Audience(establishments=establishments(context))
    found: dict[str, Policy] = {}
    known = [place for place in places if place != UNKNOWN]
    # Nobody knows where they live, and nobody said where the operator is: every law there is.
    for place in known or establishments(context)[:1] or (UNKNOWN,):
        for policy in law.covering(place, on=on, audience=audience):
            found.setdefault(policy.id, policy)
    return list(found.values())


def organisation_of(context: OperatorContext) -> Organisation:
    """Return who is responsible, as the configuration states it."""
    us, table = context.settings.controller, context.settings.incident
    return Organisation(
        name=us.name,
        address=us.address,
        contact=us.contact,
        officer=us.officer,
        establishments=establishments(context),
        business_number=table.business_number,
        contacts=tuple(ContactPoint(c.role, c.name, c.reach) for c in table.contacts),
        small_agent=table.small_agent,
        small=table.small,
    )


def law_clocks(
    settings: Settings, policies: Sequence[Policy], places: Sequence[str], at: float
) -> tuple[LawClock, ...]:
    """Return what each of *policies* asks before anything happened, the shortest hours first."""
    small_agent = settings.incident.small_agent
    on = datetime.fromtimestamp(at, ZoneInfo("UTC")).date()
    found = []
    for policy in policies:
        facts = [
            fact_on(policy.facts.get(f"breach.{told}"), on) for told in ("authority", "people")
        ]
        if not any(facts):
            continue
        double = small_agent and policy.id == SMALL_AGENTS
        cited = [f"{f.clause.citation} ({f.clause.confidence.value})" for f in facts if f]
        further = [f"{c.says}: {c.citation}" for c in FURTHER if c.policy == policy.id]
        visited = any(place in places for place in policy.places) or policy.id in places
        clock = LawClock(
            policy=policy.id,
            law=policy.name,
            authority=authority_of(policy, settings),
            within=_within(facts[0], double=double),
            people=_within(facts[1], double=double),
            citations=tuple(dict.fromkeys([*cited, *further])),
            because="visitors there" if visited else "established there",
        )
        found.append((min(map(_hours, facts)), clock))
    return tuple(clock for _, clock in sorted(found, key=lambda one: (one[0], one[1].policy)))


def told_by_form(settings: Settings, policies: Sequence[Policy]) -> dict[str, str]:
    """
    Return the forms that suit *policies*, each with the authorities that it goes to.

    Where a law of a country is among them the Union's, which has no authority of its own, names
    none beside it.
    """
    found: dict[str, list[str]] = {}
    for policy in sorted(policies, key=lambda one: one.id == UNION):
        names = found.setdefault(form_of(policy.id), [])
        if not (names and policy.id == UNION):
            names.append(authority_of(policy, settings))
    return {form: "; ".join(dict.fromkeys(filter(None, names))) for form, names in found.items()}


def _within(fact: Fact | None, *, double: bool) -> str:
    if fact is None:
        return "no duty was read"
    number, unit = fact.values.get("n"), str(fact.values.get("unit", ""))
    if unit == "immediate":
        return "at once"
    if not isinstance(number, int):
        return str(fact.values.get("rule", ""))
    told = f"{2 * number if double else number} {_UNITS.get(unit, unit)}"
    least = fact.values.get("at_least_people")
    start = f" from {str(fact.values['from']).replace('_', ' ')}" if "from" in fact.values else ""
    return told + start + (f", from {least} people on" if isinstance(least, int) else "")


def _hours(fact: Fact | None) -> float:
    if fact is None:
        return float("inf")
    each = {"hours": 1, "calendar_days": 24, "business_days": 24, "months": 720, "immediate": 0}
    number = fact.values.get("n")
    unit = str(fact.values.get("unit", ""))
    if unit == "immediate":
        return 0.0
    return float(number * each[unit]) if isinstance(number, int) and unit in each else float("inf")
