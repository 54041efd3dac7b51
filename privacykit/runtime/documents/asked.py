"""Consent as the server asks for it: which policies want one for a purpose. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from privacykit.collect.plans.plan import showing
from privacykit.collect.plans.purpose_terms import AppliedLaw, PurposeJudge
from privacykit.decide.rulings import Rulings
from privacykit.policy.handling import handling
from privacykit.policy.model import Policy
from privacykit.policy.verdict import Verdict
from privacykit.pseudonym.addresses.ip import no_finer
from privacykit.runtime.sites import ip_method_of, sites_of
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import sink_rules

NOTHING_SAID = 0


def asks_consent(settings: Settings, on: date) -> Callable[[Policy, str], bool]:
    """
    Return what tells whether a policy alone lets a purpose of ``[purposes]`` be only by consent.

    It is the judge that visits are decided by, of a visitor who said nothing: what the law leaves
    unsettled, exempts on conditions or leaves to ``[policies] strict`` is told as it is done.

    Args:
        settings: The configuration.
        on: The day whose law it is.

    Raises:
        ConfigurationError: Its way to weaken addresses is none.
    """
    sites, method, rulings = (
        sites_of(settings, sink_rules(settings)),
        ip_method_of(settings),
        Rulings(),
    )
    judges = {
        purpose.id: [PurposeJudge(site, purpose, on, rulings) for site in sites.values()]
        for site in sites.values()
        for purpose in site.purposes
    }

    def asks(policy: Policy, purpose: str) -> bool:
        asked = handling((policy,), on)
        ip = no_finer(method, asked.ipv4_bits, asked.ipv6_bits)
        law = AppliedLaw((policy,), (policy.label,), frozenset(), asked, ip, showing(ip))
        verdicts = {judge.terms(law, NOTHING_SAID).decision.verdict for judge in judges[purpose]}
        return Verdict.NEEDS_CONSENT in verdicts

    return asks
