"""All facts of the documents, gathered from configuration, data map, policies, evidence. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from privacykit.documents.evidence import (
    NOTHING_DISPROVED,
    NOTHING_MEASURED,
    Disproved,
    Measured,
)
from privacykit.documents.facts.laws import FamilyLaw, establishments, families_of, law_of
from privacykit.documents.facts.mapped import mapped_activities
from privacykit.documents.facts.own import own_activities
from privacykit.documents.facts.parts import CookieFact, DataActivity, RecipientFact, SiteFact
from privacykit.documents.facts.receivers import recipients_of, region_of
from privacykit.documents.facts.stored import cookies_of
from privacykit.documents.facts.visits import visit_activities
from privacykit.govern.datamap import DataMap
from privacykit.policy.audience import Audience
from privacykit.policy.handling import handling
from privacykit.policy.merge import resolve
from privacykit.policy.model import Policy
from privacykit.policy.policyset import PolicySet
from privacykit.settings.duties.notice import NoticeTable
from privacykit.settings.model import Settings

NO_MAP = DataMap()


class DocumentInput(msgspec.Struct, frozen=True):
    """
    What documents are made of.

    Attributes:
        settings: The configuration.
        policies: The law.
        on: The day whose law it is.
        asks: Whether a policy alone lets a purpose be only by consent, as visits are decided.
        datamap: Where personal data lives; an empty one where there is none.
        measured: What was seen.
        disproved: What the last verification disproved.
    """

    settings: Settings
    policies: PolicySet
    on: date
    asks: Callable[[Policy, str], bool]
    datamap: DataMap = NO_MAP
    measured: Measured = NOTHING_MEASURED
    disproved: Disproved = NOTHING_DISPROVED

    @property
    def said(self) -> NoticeTable:
        """What people said, nothing where there is no ``[notice]``."""
        return self.settings.notice or NoticeTable()


class DocumentFacts(msgspec.Struct, frozen=True):
    """
    What every document says in its own way.

    Attributes:
        site: Who is responsible.
        activities: Visits, data map, this software itself; in this order.
        recipients: Who receives data.
        cookies: What is stored in browsers.
        laws: The families by which it is written.
    """

    site: SiteFact
    activities: tuple[DataActivity, ...]
    recipients: tuple[RecipientFact, ...]
    cookies: tuple[CookieFact, ...]
    laws: tuple[FamilyLaw, ...]

    def receiving(self, activity: DataActivity) -> tuple[RecipientFact, ...]:
        """Return the recipients of *activity*, in their order."""
        return tuple(one for one in self.recipients if one.id in activity.recipients)

    def with_purpose(self, name: str) -> tuple[DataActivity, ...]:
        """Return the activities of the purpose *name*."""
        return tuple(one for one in self.activities if one.purpose == name)


def gather(given: DocumentInput) -> DocumentFacts:
    """Return the facts in *given*, in the order of the files."""
    settings, said = given.settings, given.said
    caps = caps_of(given)
    laws = tuple(
        law
        for family in families_of(settings)
        if (law := law_of(family, settings, given.policies, given.on)) is not None
    )
    return DocumentFacts(
        site=_site(settings, said),
        activities=(
            *visit_activities(settings, said.purposes, caps, _asking(given, laws)),
            *mapped_activities(settings, given.datamap, said),
            *own_activities(settings),
        ),
        recipients=tuple(recipients_of(settings, given.datamap, said)),
        cookies=tuple(cookies_of(settings, said, given.measured)),
        laws=laws,
    )


def _asking(given: DocumentInput, laws: tuple[FamilyLaw, ...]) -> dict[str, frozenset[str]]:
    """Return by purpose the ids of the policies of *laws* that let it be only by consent."""
    policies = [policy for law in laws for policy in law.policies]
    return {
        name: frozenset(policy.id for policy in policies if given.asks(policy, name))
        for name in given.settings.purposes
    }


def caps_of(given: DocumentInput) -> dict[str, tuple[int, str]]:
    """Return by purpose the fewest days that a law of an establishment allows, and that policy."""
    audience = Audience(establishments(given.settings))
    found: dict[str, tuple[int, str]] = {}
    for place in audience.establishments:
        for policy in given.policies.covering(place, on=given.on, audience=audience):
            known = resolve(policy, given.on)
            for name, table in given.settings.purposes.items():
                for use in table.uses:
                    days = handling((known,), given.on, use).retention_days
                    if days is not None and (name not in found or days < found[name][0]):
                        found[name] = (days, known.label)
    return found


def _site(settings: Settings, said: NoticeTable) -> SiteFact:
    controller = settings.controller
    return SiteFact(
        name=controller.name,
        address=controller.address,
        contact=controller.contact,
        officer=said.officer or controller.officer,
        representative=said.representative,
        joint=tuple(said.joint),
        authority=controller.authority,
        hosts=tuple(dict.fromkeys(host for site in settings.site for host in site.hosts)),
        region=region_of(settings, said),
        establishments=establishments(settings),
    )
