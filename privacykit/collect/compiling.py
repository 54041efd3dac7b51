"""
From a decision on each purpose to the plan of a place and what the visitor said. Pure.

A plan takes some tens of microseconds to compile, once for each place and mask; requests only look
it up. `privacykit explain` asks the same :func:`privacykit.collect.decision.decide`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from privacykit.collect.counters import Tallies
from privacykit.collect.decision import Consent, Decision, Signals, decide, label_set
from privacykit.collect.plan import PREFIX, Plan, PurposePlan, Show, showing, usable
from privacykit.collect.site import Purpose, Site, VisitorMode
from privacykit.policy.handling import Handling, handling
from privacykit.policy.model import Policy
from privacykit.policy.verdict import Verdict
from privacykit.pseudonym.ip import Drop, IPMethod, Keep, Truncate, Zero
from privacykit.signals import choice

DATASCHEMA = "urn:privacykit:event:1"
DAY_SECONDS = 86_400
RENEWAL_MONTHS = 6
"""Browsers forget a cookie after 400 days at most, and a refusal never ends."""
DAY_HOURS = 24
BY_CONSENT = frozenset({"consent", "parental_consent", "signature"})
IDENTIFIER_HOURS = {"none": 0, "day": DAY_HOURS, "consented": DAY_HOURS * 366}


def signals_for(index: int, purpose: Purpose, mask: int) -> Signals:
    """Unpack what *mask* says about the purpose with the bit *index*."""
    granted = choice.granted(mask, index)
    refused = choice.refused(mask, index)
    consent = Consent.NONE
    if refused:
        consent = Consent.DENIED
    elif granted:
        consent = Consent.GRANTED_EXPLICIT if purpose.explicit else Consent.GRANTED
    return Signals(
        gpc=bool(mask & choice.GPC),
        dnt=bool(mask & choice.DNT),
        consent=consent,
        opted_out=bool(mask & choice.REFUSED) or refused,
        consent_after_gpc=granted and bool(mask & choice.GRANT_AFTER_GPC),
        months_since_consent=choice.age_months(mask) if granted else None,
    )


def measured(site: Site, purpose: Purpose, ip: IPMethod) -> dict[str, object]:
    """
    Return the properties of *purpose*: what is declared, overruled by what the runtime knows.

    The keys are those of the conditions in policy files.
    """
    shared = any(rule.role == "third_party" and purpose.id in rule.purposes for rule in site.sinks)
    cookies = any(owner == purpose.id for _, owner in site.cookies.rules)
    known: dict[str, object] = {
        "raw_data_retention_months": purpose.retention_months + bool(purpose.retention_days),
        "ip_truncated_min_last_octet": not isinstance(ip, Keep) and no_finer(ip, 24, 64) == ip,
        "no_device_storage": purpose.visitor != "consented" and not cookies,
        "identifier_hours": IDENTIFIER_HOURS[purpose.visitor],
        "cross_site_or_cross_app_tracking": shared,
    }
    if shared:
        known |= {"shared_with_third_parties": True, "via_service_provider": False}
    return {**purpose.properties, **known}


def no_finer(ip: IPMethod, ipv4_bits: int, ipv6_bits: int) -> IPMethod:
    """
    Return *ip*, or the truncation that keeps at most these bits where *ip* keeps more.

    A method that hides the address behind a key counts as keeping all of it.
    """
    if (ipv4_bits, ipv6_bits) == (32, 128) or isinstance(ip, Drop | Zero):
        return ip
    if isinstance(ip, Truncate):
        if ip.ipv4_bits <= ipv4_bits and ip.ipv6_bits <= ipv6_bits:
            return ip
        return Truncate(min(ip.ipv4_bits, ipv4_bits), min(ip.ipv6_bits, ipv6_bits))
    return Truncate(ipv4_bits, ipv6_bits)


def compile_plan(
    site: Site,
    policies: tuple[Policy, ...],
    place: str,
    mask: int,
    on: date,
    ip: IPMethod,
    tallies: Tallies,
    showing: Callable[[IPMethod], Show] = showing,
) -> Plan:
    """
    Decide every purpose of *site* for *place* and *mask* on the date *on*, and compile the result.

    Args:
        site: The site.
        policies: The policies that apply at *place*, resolved for *on*.
        place: Where the visitor is.
        mask: What the visitor said.
        on: The site's local date.
        ip: The configured address method; a policy may ask for a weaker one.
        tallies: Where requests are counted by verdict.
        showing: Returns what shows addresses by a method; plans of one method may share it.

    Returns:
        The plan; the same arguments always give an equal one.
    """
    asked = handling(policies, on)
    ip = no_finer(ip, asked.ipv4_bits, asked.ipv6_bits)
    decisions = {
        purpose.id: _decide(site, purpose, signals_for(i, purpose, mask), policies, on, ip)
        for i, purpose in enumerate(site.purposes)
    }
    plans: dict[str, PurposePlan] = {}
    for purpose in sorted(site.purposes, key=lambda p: p.otherwise is not None):
        index = site.purposes.index(purpose)
        sinks = _sinks(site, purpose, signals_for(index, purpose, mask), policies, on, ip)
        plans[purpose.id] = PurposePlan(
            site.id,
            purpose.id,
            _withheld(decisions[purpose.id], sinks),
            _visitor(purpose, choice.granted(mask, index), asked),
            purpose.identified,
            any(reason.code in BY_CONSENT for reason in decisions[purpose.id].reasons),
            sinks,
            _retention(purpose, on, asked),
            _head(site.id),
            _fixed(site, purpose, place, mask, decisions, ip),
            plans.get(purpose.otherwise or ""),
        )
    allowed = frozenset(id_ for id_, d in decisions.items() if d.verdict is Verdict.ALLOW)
    codes = {reason.code for decision in decisions.values() for reason in decision.reasons}
    return Plan(
        place,
        mask,
        decisions,
        plans,
        usable(plans[site.pages.purpose]) if site.pages.purpose else None,
        ip,
        showing(ip),
        site.cookies.denying(allowed),
        bool(codes & {"gpc", "dnt_objection"}),
        bool(mask & choice.GPC),
        asked.campaign,
        ip == PREFIX,
        _renews(site, mask),
        tallies.of(site.id, tuple((id_, made.verdict.word) for id_, made in decisions.items())),
    )


def _renews(site: Site, mask: int) -> bool:
    indices = range(len(site.purposes))
    refused = any(choice.refused(mask, i) for i in indices)
    granted = any(choice.granted(mask, i) for i in indices)
    return refused and not granted and choice.age_months(mask) >= RENEWAL_MONTHS


def _decide(
    site: Site,
    purpose: Purpose,
    signals: Signals,
    policies: tuple[Policy, ...],
    on: date,
    ip: IPMethod,
    uses: tuple[str, ...] = (),
) -> Decision:
    properties = measured(site, purpose, ip)
    made = [
        decide(
            policies,
            use,
            signals=signals,
            audience=site.audience,
            properties=properties,
            on=on,
            gpc_scope=site.gpc_scope,
            strict=site.strict,
        )
        for use in uses or purpose.uses
    ]
    made.sort(key=lambda decision: -decision.verdict)
    return Decision(
        made[0].verdict,
        tuple(dict.fromkeys(reason for decision in made for reason in decision.reasons)),
        made[0].policies,
    )


def _sinks(
    site: Site,
    purpose: Purpose,
    signals: Signals,
    policies: tuple[Policy, ...],
    on: date,
    ip: IPMethod,
) -> tuple[str, ...]:
    rules = [rule for rule in site.sinks if purpose.id in rule.purposes]
    if any(rule.role == "third_party" for rule in rules):
        sale = _decide(site, purpose, signals, policies, on, ip, ("sale",))
        if sale.verdict is not Verdict.ALLOW:
            rules = [rule for rule in rules if rule.role == "processor"]
    return tuple(rule.name for rule in rules)


def _withheld(decision: Decision, sinks: tuple[str, ...]) -> str:
    if decision.verdict is not Verdict.ALLOW:
        return decision.reasons[0].code
    return "" if sinks else "no_sink"


def _visitor(purpose: Purpose, granted: bool, asked: Handling) -> VisitorMode:
    if purpose.visitor == "consented" and not granted:
        return "day"
    if (
        purpose.visitor == "day"
        and asked.visitor_hours is not None
        and asked.visitor_hours < DAY_HOURS
    ):
        return "none"
    return purpose.visitor


def _retention(purpose: Purpose, on: date, asked: Handling) -> int:
    days = (add_months(on, purpose.retention_months) - on).days + purpose.retention_days
    if asked.retention_days is not None:
        days = min(days, asked.retention_days)
    return days * DAY_SECONDS


def add_months(day: date, months: int) -> date:
    """Return the day *months* calendar months after *day*, the month's last when there is none."""
    index = day.year * 12 + day.month - 1 + months
    for last in range(day.day, 27, -1):
        try:
            return date(index // 12, index % 12 + 1, last)
        except ValueError:
            continue
    return date(index // 12, index % 12 + 1, min(day.day, 28))


def _head(site: str) -> str:
    return (
        f'{{"specversion":"1.0","source":"urn:privacykit:site:{site}",'
        f'"datacontenttype":"application/json","dataschema":"{DATASCHEMA}","id":"'
    )


def _fixed(
    site: Site,
    purpose: Purpose,
    place: str,
    mask: int,
    decisions: dict[str, Decision],
    ip: IPMethod,
) -> str:
    decision = decisions[purpose.id]
    country, _, region = place.partition("-")
    members = {
        "purpose": purpose.id,
        "site": site.id,
        "place": {"country": country, "region": place if region else None},
        "consent": {
            "purposes": {id_: made.verdict.word for id_, made in decisions.items()},
            "source": _source(decision),
            "policies": label_set(decision.policies),
            "signals": [
                name for name, bit in (("gpc", choice.GPC), ("dnt", choice.DNT)) if mask & bit
            ],
        },
        "ip_method": ip.name,
        "stability": ip.stability,
    }
    return msgspec.json.encode(members)[1:-1].decode()


def _source(decision: Decision) -> str:
    return "consent" if any(reason.code in BY_CONSENT for reason in decision.reasons) else "law"
