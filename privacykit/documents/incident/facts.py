"""The facts that documents of incidents are made of: who is responsible, what there is. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """
    Somebody who is called.

    Attributes:
        role: What for.
        name: Who.
        reach: How: telephone, e-mail.
    """

    role: str
    name: str
    reach: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """
    Who is responsible, as the configuration states it.

    Attributes:
        name: Of the organisation.
        address: Its postal address.
        contact: Where people write to.
        officer: The data protection officer's contact.
        establishments: Where it is established.
        business_number: Its number in a commercial register.
        contacts: Who is called, in order.
        small_agent: Whether it is a small agent of Brazilian law.
        small: Groups of fewer are not told outside.
    """

    name: str = ""
    address: str = ""
    contact: str = ""
    officer: str = ""
    establishments: tuple[str, ...] = ()
    business_number: str = ""
    contacts: tuple[ContactPoint, ...] = ()
    small_agent: bool = False
    small: int = 10

    def missing(self) -> tuple[str, ...]:
        """Return the keys of the configuration that a notice needs and nobody stated."""
        stated = {
            "controller.name": self.name,
            "controller.address": self.address,
            "controller.contact": self.contact,
            "controller.officer": self.officer,
            "controller.establishments": self.establishments,
            "incident.contacts": self.contacts,
        }
        return tuple(key for key, value in stated.items() if not value)


@dataclass(frozen=True, slots=True)
class LawClock:
    """
    What one law asks in an incident, before there is one.

    Attributes:
        policy: Id of the policy.
        law: Its name.
        authority: Who is told.
        within: By when the authority is told, as the law words it.
        people: By when people are told.
        citations: Where it stands, with confidence.
        because: Why the law applies: visitors there, or an establishment.
    """

    policy: str
    law: str
    authority: str
    within: str
    people: str
    citations: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class StoreLine:
    """
    A store as the plan names it.

    Attributes:
        name: Its name.
        holds: What it holds, in words.
        protects: What protects it.
    """

    name: str
    holds: str
    protects: str


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """
    Everything a response plan is made of.

    Attributes:
        organisation: Who is responsible.
        laws: What each law asks, the shortest first.
        stores: What there is; not in a public plan.
        keys: Ids and uses of durable keys; not in a public plan.
        sinks: Where events go; not in a public plan.
        unknown_place: Whether there are visitors of unknown place.
        version: Digest of the policies the plan was made by.
    """

    organisation: Organisation
    laws: tuple[LawClock, ...]
    stores: tuple[StoreLine, ...] = ()
    keys: tuple[str, ...] = ()
    sinks: tuple[str, ...] = ()
    unknown_place: bool = False
    version: str = ""
