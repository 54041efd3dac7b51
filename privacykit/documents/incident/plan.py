"""The response plan: contain, assess, notify, with the clocks of every law that applies. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.incident.blocks import (
    CellGrid,
    Commands,
    DocumentBlock,
    Gap,
    Heading,
    Items,
    Para,
)
from privacykit.documents.incident.facts import PlanFacts

NOT_ADVICE = (
    "Made from the configuration, the data map and the policies. It helps with the duties of"
    " breach laws; it is no legal advice."
)


def plan_blocks(facts: PlanFacts, *, public: bool = False) -> list[DocumentBlock]:
    """
    Return the plan.

    Args:
        facts: What it is made of.
        public: Whether hosts, keys, stores and commands are left out.
    """
    us = facts.organisation
    return [
        Heading(1, f"Incident response plan{f' of {us.name}' if us.name else ''}"),
        Para(NOT_ADVICE),
        *_people(facts),
        Heading(2, "Contain"),
        *_contain(facts, public=public),
        Heading(2, "Assess"),
        *_assess(facts, public=public),
        Heading(2, "Notify"),
        *_notify(facts, public=public),
        Para(f"Policies: {facts.version}." if facts.version else "Policies as shipped."),
    ]


def _people(facts: PlanFacts) -> Iterator[DocumentBlock]:
    us = facts.organisation
    yield Heading(2, "Who does what")
    if us.contacts:
        rows = tuple((point.role, point.name, point.reach) for point in us.contacts)
        yield CellGrid(("role", "who", "how to reach"), rows)
    else:
        yield Gap("incident.contacts", "Who leads, who writes, who decides, day and night.")
    for label, value in (("controller.officer", us.officer), ("controller.contact", us.contact)):
        yield Para(f"{label}: {value}") if value else Gap(label)


def _contain(facts: PlanFacts, *, public: bool) -> Iterator[DocumentBlock]:
    yield Items(
        (
            "Write down the time: from when somebody is reasonably certain, clocks run.",
            "Stop what leaks; take nothing away that shows what happened.",
            "Keep rows that are evidence before the next purge takes them.",
            "Change what was exposed: keys, salts, credentials of stores and sinks.",
        )
    )
    if public:
        return
    yield Commands(
        (
            "privacykit incident open --aware 2026-11-28T09:00+01:00 --all --read",
            "privacykit hold add DATASET COLLECTION --basis legal_claim --review DATE",
            "privacykit salts rotate --today",
            "privacykit keys rotate subject",
            "privacykit sinks drain NAME",
        )
    )
    if facts.sinks:
        yield Para("Events go to: " + ", ".join(facts.sinks) + ". They may be part of it.")


def _assess(facts: PlanFacts, *, public: bool) -> Iterator[DocumentBlock]:
    yield Items(
        (
            "What was touched: read, changed or lost; which period.",
            "Whose data: exactly, at least, or not knowable. Daily ids count visitor-days.",
            "Which kinds: special categories, identifiers of states, accounts, health.",
            "In what form: weakened, hashed with a key that is safe, or plain.",
            "How likely harm is, and how grave; what lessens it.",
        )
    )
    if public:
        return
    if facts.stores:
        rows = tuple((store.name, store.holds, store.protects) for store in facts.stores)
        yield CellGrid(("store", "holds", "what protects it"), rows)
    if facts.keys:
        yield Para("Durable keys: " + ", ".join(facts.keys) + ".")
    yield Commands(("privacykit incident show ID", "privacykit salts status"))


def _notify(facts: PlanFacts, *, public: bool) -> Iterator[DocumentBlock]:
    yield Para("All clocks run at once. The shortest comes first; none is left out.")
    rows = tuple(
        (law.law, law.authority, law.within, law.people, law.because, "; ".join(law.citations))
        for law in facts.laws
    )
    header = (
        "law",
        "authority",
        "authority is told",
        "people are told",
        "why it applies",
        "clause",
    )
    if rows:
        yield CellGrid(header, rows)
    else:
        yield Gap("controller.establishments", "Without a place no law can be named.")
    if facts.unknown_place:
        yield Para(
            "There are visitors of unknown place: the law of any place may apply to them as well."
        )
    yield Items(
        (
            "Decide for each law whether to notify, and write down why, also why not.",
            "A notice may be given in parts; the first one says what is still unknown.",
            "People are told plainly: what happened, what may follow, what to do, whom to ask.",
            "Every incident is written into the register, notified or not.",
        )
    )
    if not public:
        yield Commands(
            (
                "privacykit incident status",
                "privacykit incident letters ID --form gdpr33 --output letters",
                "privacykit incident decide ID --law DE --authority --notify --because TEXT",
                "privacykit incident close ID --remedy TEXT",
            )
        )
