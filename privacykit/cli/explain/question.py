"""
A question of ``privacykit explain``: what was put, and what it means to a site and to a request.

Pure. A site is asked what its middleware would decide, so what no request tells is no question to
it; the bare law knows no site.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from privacykit.cli.explain.law import AskedLaw
from privacykit.cli.explain.options import Said, WhatIf, Whereabouts, Wish
from privacykit.collect.site import Site
from privacykit.decide.case import Case
from privacykit.decide.reason import Consent
from privacykit.errors import InputError
from privacykit.signals.choice import mask as choice

_MONTHS = "months_since_refusal"


@dataclass(frozen=True, slots=True)
class QuestionPut:
    """
    What was put, by options or as a case.

    Attributes:
        wish: What is asked about.
        where: Where the visitor is.
        said: What the visitor said.
        what_if: What is to hold of operator and site.
        properties: What is to hold of the purpose, by name.
    """

    wish: Wish
    where: Whereabouts
    said: Said
    what_if: WhatIf
    properties: Mapping[str, object]

    @property
    def beyond_a_request(self) -> str:
        """The first member given that no request tells; empty where there is none."""
        said = self.said
        given = {
            "residence": self.where.residence is not None,
            "age": said.age is not None,
            "parental_consent": said.parental_consent,
            "signed_authorization": said.signed_authorization,
            _MONTHS: said.months_since_refusal is not None,
            "consent granted_explicit": said.consent == Consent.GRANTED_EXPLICIT.value,
        }
        return next((member for member, is_given in given.items() if is_given), "")

    @property
    def beyond_the_law(self) -> str:
        """The first member given that only a site knows; empty where there is none."""
        given = {
            "purpose": self.wish.purpose,
            "site": self.wish.site,
            "host": self.wish.host,
            "address": self.where.address,
            "cookie": self.said.cookie,
        }
        return next((member for member, value in given.items() if value is not None), "")

    def mask(self, site: Site) -> int:
        """Return what the visitor said, as a request to *site* says it."""
        said = self.said
        mask = choice.GPC * said.gpc | choice.DNT * said.dnt
        granted = said.consent == Consent.GRANTED.value
        denied = said.consent in {Consent.DENIED.value, Consent.WITHDRAWN.value}
        if said.opted_out:
            mask |= choice.REFUSED
        elif granted:
            mask |= min(said.months_since_consent or 0, choice.OLDEST) << choice.AGE_SHIFT
            mask |= choice.GRANT_AFTER_GPC * said.consent_after_gpc
        for index, purpose in enumerate(site.purposes):
            chosen = self.wish.purpose in {None, purpose.id} and not purpose.necessary
            own = 2 if said.opted_out else (granted | 2 * denied) * chosen
            mask |= own << choice.PURPOSE_SHIFT + 2 * index
        return mask

    def over(self, site: Site, asked: AskedLaw) -> Site:
        """Return *site* with what is to hold over it."""
        audience, what_if = site.audience, self.what_if
        audience = replace(
            audience,
            establishments=tuple(what_if.establishment or audience.establishments),
            child_directed=what_if.child_directed or audience.child_directed,
            online_platform=what_if.online_platform or audience.online_platform,
            thresholds_met=audience.thresholds_met and not what_if.below_threshold,
            data_types=frozenset(what_if.data_type or audience.data_types),
        )
        purposes = tuple(
            replace(one, properties={**one.properties, **self.properties})
            if self.wish.purpose in {None, one.id}
            else one
            for one in site.purposes
        )
        return replace(
            site,
            audience=audience,
            purposes=purposes,
            gpc_scope=asked.gpc_scope,
            strict=asked.strict,
        )

    def case_table(self, gpc_scope: str) -> dict[str, object]:
        """Return the question as a case, for the bare law."""
        where, said, what_if = self.where, self.said, self.what_if
        return {
            "id": "explain",
            "date": self.wish.on,
            "country": where.country,
            "subdivision": where.subdivision,
            "residence": where.residence,
            "use": self.wish.use,
            "establishments": what_if.establishment,
            "audience": {
                "child_directed": what_if.child_directed,
                "online_platform": what_if.online_platform,
                "thresholds_met": not what_if.below_threshold,
                "data_types": what_if.data_type,
            },
            "signals": {
                "gpc": said.gpc,
                "dnt": said.dnt,
                "consent": said.consent,
                "opted_out": said.opted_out,
                "age": said.age,
                "consent_after_gpc": said.consent_after_gpc,
                "parental_consent": said.parental_consent,
                "signed_authorization": said.signed_authorization,
                _MONTHS: said.months_since_refusal,
                "months_since_consent": said.months_since_consent,
            },
            "properties": self.properties,
            "gpc_scope": gpc_scope,
        }


def question_of(case: Case, purpose: str, site: str | None) -> QuestionPut:
    """Return *case* as a question to *site* about its *purpose*; its place stays the case's."""
    signals, audience = case.signals, case.audience
    return QuestionPut(
        Wish(purpose=purpose, site=site),
        Whereabouts(residence=case.residence),
        Said(
            gpc=signals.gpc,
            dnt=signals.dnt,
            consent=signals.consent.value,
            opted_out=signals.opted_out,
            consent_after_gpc=signals.consent_after_gpc,
            parental_consent=signals.parental_consent,
            signed_authorization=signals.signed_authorization,
            age=signals.age,
            months_since_refusal=signals.months_since_refusal,
            months_since_consent=signals.months_since_consent,
        ),
        WhatIf(
            establishment=list(audience.establishments) or None,
            child_directed=audience.child_directed,
            online_platform=audience.online_platform,
            below_threshold=not audience.thresholds_met,
            data_type=sorted(audience.data_types) or None,
        ),
        case.properties,
    )


def option_of(member: str) -> str:
    """Return how *member* of a question is spelt on a command line."""
    return "--" + member.replace("_", "-")


def date_of(text: str | None) -> date | None:
    """
    Return the day that ``--date`` names.

    Raises:
        InputError: It names none.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InputError("cannot read --date: write it as 2026-11-21") from None


def stated(texts: Iterable[str]) -> dict[str, object]:
    """Return what options ``--property NAME=VALUE`` state, by name."""
    return dict(_property(text) for text in texts)


def _property(text: str) -> tuple[str, object]:
    """Read ``name=value``; true, false and numbers are what they look like."""
    name, _, value = text.partition("=")
    if value in {"true", "false", ""}:
        return name, value != "false"
    try:
        return name, float(value)
    except ValueError:
        return name, value
