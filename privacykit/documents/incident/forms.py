"""
Forms and letters of breach notices: what each law wants said, in its order. Pure.

Derived and measured items are filled; what only a person can state is a gap, marked, never guessed.
Headings that a law fixes stand as it writes them (Cal. Civ. Code 1798.82(d)(1)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from privacykit.documents.incident.blocks import DocumentBlock, Gap, Heading, Para
from privacykit.documents.incident.facts import Organisation
from privacykit.documents.incident.inventory import DRILL, kinds, people, period, protection
from privacykit.govern.incidents.model import Incident


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """
    What a form or letter is made of.

    Attributes:
        incident: The incident.
        organisation: Who is responsible.
        authority: Who is told, where an authority is.
    """

    incident: Incident
    organisation: Organisation
    authority: str = ""


Form = Callable[[LetterFacts], Iterator[DocumentBlock]]


def form_blocks(name: str, facts: LetterFacts) -> list[DocumentBlock]:
    """
    Return the form or letter *name*, one of :data:`FORMS`.

    A rehearsal says so at its beginning and at its end.
    """
    made = list(FORMS[name](facts))
    if facts.incident.drill:
        return [Para(DRILL), *made, Para(DRILL)]
    return made


def _gdpr33(facts: LetterFacts) -> Iterator[DocumentBlock]:
    """Art. 33(3) GDPR, in its letters; also for UK GDPR."""
    yield Heading(1, "Notification of a personal data breach (GDPR Art. 33)")
    yield from _stated("To the supervisory authority", facts.authority)
    yield from _us(facts)
    yield from _moments(facts)
    yield Heading(2, "(a) Nature of the breach")
    yield from _nature(facts)
    yield Heading(2, "(b) Contact point")
    yield from _stated("Data protection officer or other contact", facts.organisation.officer)
    yield Heading(2, "(c) Likely consequences")
    yield Gap("likely consequences for the people affected")
    yield Heading(2, "(d) Measures taken or proposed")
    yield from _measures(facts)
    yield Heading(2, "If later than 72 hours: reasons for the delay")
    yield Gap("reasons for the delay, or: in time")
    yield Para("Further information follows in phases without undue further delay (Art. 33(4)).")


def _gdpr34(facts: LetterFacts) -> Iterator[DocumentBlock]:
    """Art. 34(2) GDPR: clear and plain language."""
    us = facts.organisation
    yield Heading(1, "About your data")
    yield from _stated("Who writes", us.name)
    yield Heading(2, "What happened")
    yield from _stated("what happened, in plain words", facts.incident.says)
    yield Para(f"This was {_touched(facts)}, {period(facts.incident.inventory)}.")
    yield Heading(2, "Which of your data")
    yield Para(kinds(facts.incident.inventory) + ".")
    yield Heading(2, "What may follow from it")
    yield Gap("likely consequences, in plain words")
    yield Heading(2, "What we did")
    yield from _stated("what was done about it", facts.incident.remedy)
    yield Heading(2, "What you can do")
    yield Gap("steps that people can take")
    yield Heading(2, "Whom to ask")
    yield from _stated("contact", us.officer or us.contact)


def _anpd(facts: LetterFacts) -> Iterator[DocumentBlock]:
    """Res. CD/ANPD 15/2024, annex Art. 6 §2, as reported."""
    us = facts.organisation
    yield Heading(1, "Comunicação de incidente de segurança (Res. CD/ANPD 15/2024)")
    yield from _stated("Para", facts.authority)
    yield from _us(facts)
    yield Para(f"Agente de tratamento de pequeno porte: {'sim' if us.small_agent else 'não'}.")
    yield from _moments(facts)
    yield Heading(2, "Categories and number of people; children, adolescents, elderly")
    yield Para(people(facts.incident.inventory.people) + ".")
    yield Gap("how many are children, adolescents or elderly")
    yield Heading(2, "Categories of data")
    yield Para(kinds(facts.incident.inventory) + ".")
    yield Heading(2, "Measures before and after")
    yield Para(f"Before: {protection(facts.incident.inventory)}.")
    yield from _measures(facts)
    yield Heading(2, "Risks and possible effects")
    yield Gap("risks and possible effects")
    yield Heading(2, "Officer and processor")
    yield from _stated("officer (encarregado)", us.officer)
    yield Gap("processors concerned, or: none")
    yield Heading(2, "Reasons, if later than three business days")
    yield Gap("reasons for the delay, or: in time")
    yield Para(
        "People are told directly, else by public notice for three months; a declaration that they"
        " were told follows within three business days."
    )


def _oaic26wk(facts: LetterFacts) -> Iterator[DocumentBlock]:
    """Privacy Act 1988 (Cth) s 26WK(3)."""
    yield Heading(1, "Statement about an eligible data breach (Privacy Act s 26WK)")
    yield Heading(2, "(a) Identity and contact details of the entity")
    yield from _us(facts)
    yield Heading(2, "(b) Description of the eligible data breach")
    yield from _nature(facts)
    yield Heading(2, "(c) Kinds of information concerned")
    yield Para(kinds(facts.incident.inventory) + ".")
    yield Heading(2, "(d) Recommendations about the steps that individuals should take")
    yield Gap("steps that individuals should take")
    yield Heading(2, "Optional: dates, cause, number, remedial action")
    yield from _moments(facts)
    yield Gap("cause")
    yield Para(f"Individuals: {people(facts.incident.inventory.people)}.")
    yield from _measures(facts)


def _kvkk(facts: LetterFacts) -> Iterator[DocumentBlock]:
    """Board decision 2019/10, as reported: the form's items, in English and by their order."""
    yield Heading(1, "Kişisel veri ihlal bildirimi (Law 6698 Art. 12(5), decision 2019/10)")
    yield from _stated("To", facts.authority)
    yield from _us(facts)
    yield from _moments(facts)
    yield Heading(2, "How the breach happened and was noticed")
    yield from _nature(facts)
    yield Heading(2, "Categories of data, ordinary and special")
    yield Para(kinds(facts.incident.inventory) + ".")
    yield Heading(2, "People and records")
    yield Para(f"{people(facts.incident.inventory.people)}; {_records(facts)} records.")
    yield Heading(2, "Possible consequences")
    yield Gap("possible consequences")
    yield Heading(2, "Measures")
    yield from _measures(facts)
    yield Heading(2, "When and how people are told")
    yield Gap("when and how people are told")
    yield Heading(2, "Reasons, if later than 72 hours")
    yield Gap("reasons for the delay, or: in time")


def _california(facts: LetterFacts) -> Iterator[DocumentBlock]:
    """Civ. Code 1798.82(d)(1): title and headings as fixed."""
    us = facts.organisation
    yield Heading(1, "Notice of Data Breach")
    yield Para(f"Date of this notice: {_date(facts.incident.instants.people_told)}")
    yield Heading(2, "What Happened")
    yield from _stated("what happened, with its date or period", facts.incident.says)
    yield Para(f"Dates: {period(facts.incident.inventory)}.")
    yield Heading(2, "What Information Was Involved")
    triggers = ", ".join(facts.incident.inventory.triggers)
    yield Para((triggers or kinds(facts.incident.inventory)) + ".")
    yield Heading(2, "What We Are Doing")
    yield from _stated("what is being done", facts.incident.remedy)
    yield Heading(2, "What You Can Do")
    yield Gap("what people can do; where identifiers of states were involved, credit agencies")
    yield Heading(2, "For More Information")
    yield from _stated("telephone or website of the organisation", us.contact)
    yield from _stated("name", us.name)
    yield from _stated("address", us.address)


FORMS: Mapping[str, Form] = {
    "gdpr33": _gdpr33,
    "gdpr34": _gdpr34,
    "anpd": _anpd,
    "oaic26wk": _oaic26wk,
    "kvkk": _kvkk,
    "california": _california,
}
"""Name of a form to what makes it."""


def form_of(policy: str) -> str:
    """Return the form that suits the law *policy*, that of GDPR Art. 33 where none of its own."""
    own = {"BR": "anpd", "AU": "oaic26wk", "TR": "kvkk"}
    return own.get(policy, "california" if policy.startswith("US-") else "gdpr33")


def _us(facts: LetterFacts) -> Iterator[DocumentBlock]:
    us = facts.organisation
    stated = {"organisation": us.name, "address": us.address, "contact": us.contact}
    for label, value in stated.items():
        yield from _stated(label, value)
    if us.business_number:
        yield Para(f"business number: {us.business_number}")


def _moments(facts: LetterFacts) -> Iterator[DocumentBlock]:
    instants = facts.incident.instants
    yield from _stated("when it happened", _date(instants.happened, ""))
    yield Para(f"When we became aware: {_date(instants.aware)}")
    if instants.determined is not None:
        yield Para(f"When it was determined: {_date(instants.determined)}")
    if instants.assessed is not None:
        yield Para(f"When it was assessed: {_date(instants.assessed)}")


def _nature(facts: LetterFacts) -> Iterator[DocumentBlock]:
    inventory = facts.incident.inventory
    yield from _stated("what happened", facts.incident.says)
    yield Para(f"The data were {_touched(facts)}, {period(inventory)}.")
    yield Para(f"People: {people(inventory.people)}. Records: {_records(facts)}.")
    yield Para(f"Categories of data: {kinds(inventory)}.")


def _measures(facts: LetterFacts) -> Iterator[DocumentBlock]:
    yield Para(f"What protected the data: {protection(facts.incident.inventory)}.")
    yield from _stated("measures taken or proposed", facts.incident.remedy)


def _touched(facts: LetterFacts) -> str:
    return " and ".join(facts.incident.touched) or "affected"


def _records(facts: LetterFacts) -> int:
    return sum(store.in_period for store in facts.incident.inventory.stores)


def _stated(label: str, value: str) -> Iterator[DocumentBlock]:
    yield Para(f"{label}: {value}") if value else Gap(label)


def _date(moment: datetime | None, otherwise: str = "not stated") -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}" if moment is not None else otherwise
