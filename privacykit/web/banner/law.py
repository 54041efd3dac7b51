"""
The law about asking: what needs consent, whether it may be asked for again, what must be shown.

Pure.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

import msgspec

from privacykit.collect.plans.purpose_terms import AppliedLaw
from privacykit.collect.privacy import Privacy
from privacykit.collect.site import refused_purposes
from privacykit.decide.decision import Consent, Signals, decide
from privacykit.policy.audience import Audience
from privacykit.policy.verdict import Verdict
from privacykit.policy.words import Use
from privacykit.signals.choice.mask import DNT, GPC

FIRST_LAYER: Final = frozenset(
    {
        "clear_information",
        "granular_per_purpose",
        "identify_controllers",
        "no_bundling",
        "per_purpose_consent",
        "purposes_listed_on_first_layer",
        "separate_consent_items",
        "show_cookie_duration_and_third_parties",
    }
)
"""Duties of the interface that put purposes and recipients on the first layer."""
CLOSE_REFUSES: Final = "close_X_top_right_means_reject"
ALTERNATIVE_LINK: Final = "or_alternative_link:Your Privacy Choices + icon"
KEPT = 512
"""Answers that are remembered, of all sites and places."""


class AskingLaw(msgspec.Struct, frozen=True):
    """
    What the law says about asking one visitor.

    Attributes:
        needs: Purposes that need consent of somebody who has not chosen yet.
        may_ask: Whether what was never refused may be asked for.
        may_ask_again: Whether what was refused may be asked for once more.
        rules: Duties of the interface, as ``[ux]`` of the policies that apply names them.
    """

    needs: frozenset[str] = frozenset()
    may_ask: bool = True
    may_ask_again: bool = False
    rules: frozenset[str] = frozenset()


def asking_law(privacy: Privacy, months: int) -> AskingLaw:
    """
    Return what the law says about asking the visitor of *privacy*.

    Args:
        privacy: The decision about the request.
        months: Whole months since the refusal, where there is one.
    """
    site_day, plan = privacy.site_day, privacy.plan
    law, site, mask = site_day.compiler.law(plan.place), site_day.site, plan.mask
    unasked = site_day.plans[plan.place, mask & (GPC | DNT)].decisions
    asked = law, site.audience, site_day.day, site.gpc_scope, site.strict, bool(mask & GPC)
    return AskingLaw(
        frozenset(id_ for id_, made in unasked.items() if made.verdict is Verdict.NEEDS_CONSENT),
        _may_ask(*asked),
        bool(refused_purposes(site.purposes, mask)) and _may_ask(*asked, months),
        _rules(law),
    )


@lru_cache(maxsize=KEPT)
def _may_ask(
    law: AppliedLaw,
    audience: Audience,
    on: date,
    gpc_scope: str,
    strict: bool,
    gpc: bool,
    since_refusal: int | None = None,
) -> bool:
    refused = since_refusal is not None
    said = Signals(
        gpc=gpc,
        opted_out=refused,
        consent=Consent.DENIED if refused else Consent.NONE,
        months_since_refusal=since_refusal,
    )
    made = decide(
        law.policies,
        Use.REPROMPT.value,
        signals=said,
        audience=audience,
        properties={},
        on=on,
        gpc_scope=gpc_scope,
        strict=strict,
    )
    return made.verdict is Verdict.ALLOW


@lru_cache(maxsize=KEPT)
def _rules(law: AppliedLaw) -> frozenset[str]:
    facts = [policy.facts.get("ux") for policy in law.policies]
    lists = [fact.values.get("rules") for fact in facts if fact is not None]
    return frozenset(
        str(rule) for rules in lists if isinstance(rules, list | tuple) for rule in rules
    )
