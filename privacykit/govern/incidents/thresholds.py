"""
Thresholds of breach duties: what there must be, and whether it is there. Pure.

Law of this file: what nobody measured, and what only a person can weigh, is *judge*; *not met* is
said of a number that is known and too small, and of nothing else.
"""

from __future__ import annotations

from typing import Literal

from privacykit.govern.breach import BreachDuty
from privacykit.govern.incidents.model import Incident, Inventory, PeopleCount
from privacykit.policy.model import Policy

Threshold = Literal["met", "not_met", "judge"]

CONDITIONS: tuple[tuple[str, str, str], ...] = (
    ("GDPR", "authority", "unless a risk to people is unlikely"),
    ("UK GDPR", "authority", "unless a risk to people is unlikely"),
    ("GDPR", "people", "where the risk to people is high"),
    ("UK GDPR", "people", "where the risk to people is high"),
    (
        "LGPD",
        "",
        "a significant effect, and sensitive, financial or login data, children's, or many people",
    ),
    ("Privacy Act", "", "serious harm is likely and not prevented by remedial action"),
    ("PIPEDA", "", "a real risk of significant harm"),
)
"""How a citation begins, who is told (all if empty), and what there must be for the duty."""
ANY_BREACH = ("Board decision 2019/10", "Law 6698", "PIPL")
"""How the citations of laws begin that name no condition."""
_NO_KINDS = "none of the kinds of data that the state laws name was touched, by the data map"


def threshold_of(
    one: BreachDuty, inventory: Inventory, people: PeopleCount
) -> tuple[Threshold, str]:
    """Return whether what there must be for a duty is there, and why; in doubt it is judged."""
    words = []
    if one.at_least_people is not None:
        met, why = enough(people, one.at_least_people)
        if met == "not_met":
            return met, why
        words.append(why)
    elif not one.owed:
        return "not_met", one.when or "the law asks for none"
    if one.policy.startswith("US-"):
        kinds = ", ".join(inventory.triggers)
        words.append(f"kinds of data the state laws name: {kinds}" if kinds else _NO_KINDS)
        return "judge", "; ".join(words)
    if one.clause.citation.startswith(ANY_BREACH):
        return "met", "; ".join([*words, "the law names no condition"])
    known = (
        condition
        for begins, told, condition in CONDITIONS
        if one.clause.citation.startswith(begins) and told in {"", one.told.value}
    )
    return "judge", "; ".join([*words, one.when or next(known, "by the law's own words")])


def enough(people: PeopleCount, least: int) -> tuple[Threshold, str]:
    """Return whether *people* are as many as a law wants at least, and why."""
    if people.known == "exact" or (people.at_most is not None and people.at_most < least):
        most = people.at_most if people.at_most is not None else people.number
        reached = people.number >= least
        words = f"{people.number if people.known == 'exact' else f'at most {most}'} people"
        return ("met" if reached else "not_met"), f"{words}, the law's number is {least}"
    if people.number >= least:
        return "met", f"at least {people.number} people, the law's number is {least}"
    return "judge", f"how many people is not known, the law's number is {least}"


def people_under(incident: Incident, policy: Policy) -> PeopleCount:
    """
    Return how many of the people are under *policy*: of its own places, where these were counted.

    Where some live at no known place, or the operator names the place, it may be any of them.
    """
    inventory = incident.inventory
    counted = [inventory.places[place] for place in policy.places if place in inventory.places]
    named = set(policy.places) & set(incident.places)
    if inventory.people.known != "exact" or not counted or named or inventory.unknown_place:
        return inventory.people
    return PeopleCount("exact", sum(counted), sum(counted))
