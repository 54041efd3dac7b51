"""
The decision: may this use happen for this visitor, and which clauses say so. Pure.

Every policy that applies answers for itself (:mod:`.judge`); the strictest answer wins. Laws of
this file: one more policy never loosens a verdict; the order of policies changes nothing but the
order of reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from hashlib import sha256
from itertools import takewhile
from operator import attrgetter
from typing import Final, Literal

from privacykit.decide.applied import ANALYTICS, Question
from privacykit.decide.codes import Code
from privacykit.decide.judge import UNSETTLED, Ruling, judge, ruling_of
from privacykit.decide.reason import Consent, Decision, Reason, Signals
from privacykit.decide.reprompt import may_ask_again
from privacykit.policy.audience import Audience
from privacykit.policy.merge import resolve
from privacykit.policy.model import Policy
from privacykit.policy.place import UNKNOWN, country_of, normalise_place
from privacykit.policy.verdict import Verdict, join
from privacykit.policy.words import Confidence, Kind, Model, Use

__all__ = [
    "UNKNOWN_USE",
    "USES",
    "Consent",
    "Decision",
    "GpcScope",
    "Reason",
    "Signals",
    "conclude",
    "decide",
    "in_order",
    "label_set",
    "of_operator",
    "property_names",
    "question",
    "rule_on",
    "weigh",
]

GpcScope = Literal["everywhere", "mandated"]
"""Honour Global Privacy Control wherever it is sent, or only where a law demands it."""

SENSITIVE_TYPES: Final = frozenset(
    {
        "biometric",
        "consumer_health_data",
        "genetic",
        "health",
        "precise_geolocation",
        "sensitive",
    }
)
"""Values of ``data_type`` whose sale is a sale of sensitive data, whatever the use is called."""

OBJECTED: Final = "user_objected"
"""The property that nobody needs to declare: whether the visitor objected."""

_SAID_NO: Final = frozenset({Consent.DENIED, Consent.WITHDRAWN})
_ASKED_BY_US: Final = UNSETTLED.names() | {
    "authority_permission",
    "conditions_met",
    "data_type",
    "first_party",
    "shared_with_third_parties",
    "strictly_necessary",
    "via_service_provider",
}
_MANY = 8


def decide(
    policies: tuple[Policy, ...],
    use: str,
    *,
    signals: Signals,
    audience: Audience,
    properties: Mapping[str, object],
    on: date,
    gpc_scope: str = "everywhere",
    strict: bool = False,
) -> Decision:
    """
    Decide whether *use* may happen.

    Args:
        policies: From :meth:`.PolicySet.applicable`; of none, the answer is no.
        use: A :class:`.Use`, as its word; an unknown one is denied.
        signals: What the visitor said.
        audience: Who the site is for and who runs it.
        properties: What is declared of the purpose and what the runtime measures, which must win
            where both speak: the caller merges them. Unknown names are ignored.
        on: The local date of the event.
        gpc_scope: ``"everywhere"`` or ``"mandated"``.
        strict: Take no risk where the law is unsettled.

    Returns:
        The strictest verdict, with a reason for each policy that has a say; the deciding first.
    """
    rulings = weigh(
        policies,
        use,
        signals=signals,
        audience=audience,
        properties=properties,
        on=on,
        gpc_scope=gpc_scope,
        strict=strict,
    )
    return conclude(policies, rulings)


def conclude(policies: tuple[Policy, ...], rulings: Sequence[Ruling]) -> Decision:
    """Join what each of *policies* answers, the deciding first, into one decision."""
    verdict = join(*(ruling.verdict for ruling in rulings))
    labels = tuple(policy.label for policy in policies)
    return Decision(verdict, tuple(ruling.reason for ruling in rulings), labels)


def weigh(
    policies: tuple[Policy, ...],
    use: str,
    *,
    signals: Signals,
    audience: Audience,
    properties: Mapping[str, object],
    on: date,
    gpc_scope: str = "everywhere",
    strict: bool = False,
) -> list[Ruling]:
    """Return each policy's own answer, in the order of :func:`in_order`."""
    known = USES.get(use)
    if known is None:
        return [UNKNOWN_USE]
    asked = question(known, signals, audience, properties, gpc_scope, strict=strict)
    rulings = [r for p in policies if (r := rule_on(resolve(p, on), asked)) is not None]
    return in_order(rulings, of_operator(policies, audience))


def question(
    use: Use,
    signals: Signals,
    audience: Audience,
    properties: Mapping[str, object],
    gpc_scope: str,
    *,
    strict: bool,
) -> Question:
    """
    Return the question about *use*, the same for every policy.

    Whether the visitor objected is known from what they said; what is declared of it can only add.
    """
    stated = properties.get("data_type")
    data_types = frozenset({stated}) if isinstance(stated, str) else audience.data_types
    age = 0 if signals.age is None and audience.child_directed else signals.age
    everywhere = gpc_scope != "mandated"
    said_no = signals.opted_out or signals.dnt or signals.consent in _SAID_NO
    objected = said_no or (signals.gpc and everywhere) or properties.get(OBJECTED) is True
    known = {**properties, OBJECTED: objected}
    return Question(use, signals, audience, known, everywhere, strict, age, data_types)


def rule_on(policy: Policy, ask: Question) -> Ruling | None:
    """Return what *policy*, resolved for the day, answers; ``None`` if it has no say."""
    if ask.use is Use.STRICTLY_NECESSARY:
        return _strictly_necessary(policy)
    if ask.use is Use.REPROMPT:
        return may_ask_again(policy, ask)
    rulings = [
        r
        for use in _layers(policy, ask)
        if (r := judge(policy, ask if use is ask.use else replace(ask, use=use)))
    ]
    return max(rulings, key=lambda ruling: ruling.verdict, default=None)


def in_order(rulings: list[Ruling], own: frozenset[str] = frozenset()) -> list[Ruling]:
    """
    Return *rulings* as a person should read them; never none at all.

    The strictest come first, of those the ones that no consent on our form answers; then those of
    the operator's own place, then the surest, then what asks more.

    Args:
        rulings: One of each policy; they are sorted in place.
        own: Ids of the policies of the operator's own place.
    """
    rulings.sort(key=attrgetter("order"))
    if own and len(rulings) > 1:
        first = rulings[0].order[:2]
        top = list(takewhile(lambda ruling: ruling.order[:2] == first, rulings))
        top.sort(key=lambda ruling: ruling.reason.jurisdiction not in own)
        rulings[: len(top)] = top
    return rulings or [_ours(Code.NO_POLICY, "no policy has a say")]


def of_operator(policies: Sequence[Policy], audience: Audience) -> frozenset[str]:
    """Return the ids of those of *policies* that are the law where the operator is established."""
    if not audience.establishments:
        return frozenset()
    codes = set(audience.establishments)
    homes = {normalise_place(code) for code in codes} - {UNKNOWN}
    exact = [p for p in policies if p.id in codes or not homes.isdisjoint(p.places)]
    found = {p.id for p in exact}
    # A region without a law of its own has its country's, a divided country all of its regions'.
    homes -= {place for p in exact for place in p.places}
    lands = {country_of(place) for place in homes}
    whole = homes & lands
    for policy in policies:
        if not lands.isdisjoint(policy.places) or not whole.isdisjoint(
            map(country_of, policy.places)
        ):
            found.add(policy.id)
    return frozenset(found)


@lru_cache(maxsize=256)
def label_set(policies: tuple[str, ...]) -> tuple[str, ...]:
    """
    Shorten the labels of a large set, such as that of an unknown place, to one.

    Returns:
        *policies* as they are up to eight; else ``("ZZ-ALL@hash",)``, the hash over all of them.
    """
    if len(policies) <= _MANY:
        return policies
    lands = {label.partition("@")[0].partition("-")[0] for label in policies}
    name = lands.pop() if len(lands) == 1 else "ZZ"
    return (f"{name}-ALL@{sha256(' '.join(policies).encode()).hexdigest()[:12]}",)


def property_names(policies: Iterable[Policy]) -> frozenset[str]:
    """Return the names of every property that *policies* or the checks themselves ask about."""
    names = set(_ASKED_BY_US)
    for policy in policies:
        for minor in policy.minors.values():
            names.update(minor.exceptions)
        names.update(policy.age.exceptions if policy.age is not None else ())
        for rule in policy.rules.values():
            names |= rule.asks_about()
    return frozenset(names)


USES = {use.value: use for use in Use}


def _ours(code: Code, citation: str) -> Ruling:
    reason = Reason(code.value, "ZZ", "design", citation, Confidence.VERIFIED.value)
    return Ruling(Verdict.DENY, reason)


UNKNOWN_USE = _ours(Code.UNKNOWN_USE, "no policy has such a use")


def _layers(policy: Policy, ask: Question) -> Iterator[Use]:
    """Give the use itself, and the use that it is as well whatever the caller calls it."""
    yield ask.use
    properties = ask.properties
    if ask.use is Use.SALE and properties.get("data_type") in SENSITIVE_TYPES:
        yield Use.SENSITIVE_SALE
    sale = policy.rules.get(Use.SALE)
    if (
        # Analytics by somebody who is no service provider is a disclosure for their own ends.
        ask.use in ANALYTICS
        and properties.get("first_party") is False
        and properties.get("via_service_provider") is not True
        and properties.get("shared_with_third_parties") is not False
        and sale is not None
        and sale.model is Model.OPT_OUT
    ):
        yield Use.SALE


def _strictly_necessary(policy: Policy) -> Ruling | None:
    if policy.kind is Kind.OVERLAY or policy.law is None:
        return None
    rule = policy.rules.get(Use.ANALYTICS_STORAGE)
    clause = rule.clause if rule is not None else policy.law.clause
    return ruling_of(Verdict.ALLOW, Code.STRICTLY_NECESSARY, policy, clause)
