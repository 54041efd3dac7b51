"""
From a decision on each purpose to the plan of a place and what the visitor said. Pure.

Laws of this file: a plan is put together from the terms of each purpose, which are shared, so that
whatever mask a stranger makes up costs a small factor of a plan that is known; the memories of
laws, terms and plans are bounded in bytes; a plan that finds no room is made again each time,
and equal to one that does. `privacykit explain` asks the same
:func:`privacykit.decide.decision.decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from sys import getsizeof

import msgspec

from privacykit.collect.counters import DecisionCounts
from privacykit.collect.events.format import DATASCHEMA
from privacykit.collect.memo import KIBIBYTE, MEBIBYTE, Memo, weight
from privacykit.collect.plans.plan import PREFIX, CompiledPlan, PurposePlan, Show, usable
from privacykit.collect.plans.purpose_terms import AppliedLaw, PurposeJudge, PurposeTerms, said_of
from privacykit.collect.site import STRANGER, Site, refused_purposes
from privacykit.decide.decision import of_operator
from privacykit.decide.rulings import Rulings
from privacykit.decide.withheld import Withheld
from privacykit.policy.handling import consent_months, handling
from privacykit.policy.place import UNKNOWN
from privacykit.policy.policyset import PolicySet
from privacykit.policy.verdict import Verdict
from privacykit.pseudonym.addresses.ip import IPMethod, no_finer
from privacykit.signals.choice import mask as choice
from privacykit.signals.read import granted_bit

TERMS_KEY_BYTES = 160
FILTER_BYTES = KIBIBYTE
"""What finds denied cookies, and the verdicts by which a plan is counted."""
RENEWAL_MONTHS = 6
"""Browsers forget a cookie after 400 days at most, and a refusal never ends."""

UNKNOWN_HOST = Withheld.UNKNOWN_HOST.value

_AGE = choice.OLDEST << choice.AGE_SHIFT
_REFUSED, _GRANTED = 2 << choice.PURPOSE_SHIFT, 1 << choice.PURPOSE_SHIFT
COMMON = tuple(
    signals | own
    for own in (0, _REFUSED, _GRANTED, _GRANTED | choice.GRANT_AFTER_GPC)
    for signals in (0, choice.GPC, choice.DNT, choice.GPC | choice.DNT)
)
"""What visitors may say of one purpose, save for a consent that is too old."""


class PlanCompiler:
    """
    Compiles the plans of a site on a day.

    Args:
        site: The site.
        policies: Every policy.
        on: The site's local date.
        ip: The configured address method; a policy may ask for a weaker one.
        rulings: What *policies* answered so far, to whoever asked.
        tallies: Where requests are counted by verdict.
        show_by: Returns what shows addresses by a method; plans of one method share it.
        most_bytes: For all that is remembered, the plans aside.
        edition: Of the site day, for its plans to bear.

    Attributes:
        waits: The ages of a grant, in months, at which some policy's time for it is over.
    """

    def __init__(  # noqa: PLR0913 - the parts of the whole, each by its name
        self,
        site: Site,
        policies: PolicySet,
        on: date,
        ip: IPMethod,
        *,
        rulings: Rulings,
        tallies: DecisionCounts,
        show_by: Callable[[IPMethod], Show],
        most_bytes: int,
        edition: int,
    ) -> None:
        self._site = site
        self._policies = policies
        self._on = on
        self._ip = ip
        self._tallies = tallies
        self._rulings = rulings
        self._remembers_common = most_bytes >= MEBIBYTE
        self._show_by = show_by
        self._judges = tuple(PurposeJudge(site, p, on, rulings) for p in site.purposes)
        self._firm_first = sorted(
            range(len(site.purposes)), key=lambda i: site.purposes[i].otherwise is not None
        )
        self._grants = sum(granted_bit(index) for index in range(len(site.purposes)))
        self._edition = edition
        self._head = _head(site.id)
        self._same_law: dict[tuple[object, ...], AppliedLaw] = {}
        self._laws: Memo[str, AppliedLaw] = Memo(self._law_of, most_bytes // 8, lambda *_: KIBIBYTE)
        self._terms: Memo[tuple[AppliedLaw, int, int], PurposeTerms] = Memo(
            lambda key: self._judges[key[1]].terms(key[0], key[2]),
            most_bytes * 7 // 8,
            lambda _, terms: TERMS_KEY_BYTES + terms.weight,
        )
        everywhere = policies.applicable(UNKNOWN, on=on, audience=site.audience)
        self.waits = tuple(sorted({consent_months(policy) for policy in everywhere}))

    def fold(self, mask: int) -> int:
        """
        Return *mask* with the one of few ages that means the same.

        Of a grant it matters which policies' time for it is over; of a refusal whether its cookie
        is to be set again.
        """
        age = choice.age_months(mask)
        if not age:
            return mask
        steps = self.waits if mask & self._grants else (RENEWAL_MONTHS,)
        folded = max((step for step in steps if step <= age), default=0)
        return mask & ~_AGE | min(folded, choice.OLDEST) << choice.AGE_SHIFT

    def prepare(self) -> Iterator[None]:
        """
        Have the policies answer what visitors commonly say, a question at each step.

        Sites that ask alike share the answers, so only the first of them asks.
        """
        places = UNKNOWN, *sorted(self._policies.places())
        laws = list(dict.fromkeys(self._laws[place] for place in places))
        alike = self._alike(laws[0])
        if not self._rulings.is_prepared(alike):
            for said in COMMON:
                for judge in self._judges:
                    for law in laws:
                        judge.prepare(law, said)
                        yield
            self._rulings.note_prepared(alike)
        if self._remembers_common:
            for index in range(len(self._judges)):
                for said in COMMON:
                    self._terms[laws[0], index, said]
                yield

    def _alike(self, everywhere: AppliedLaw) -> tuple[object, ...]:
        site = self._site
        purposes = tuple(purpose.id for purpose in site.purposes)
        sinks = tuple((rule.name, rule.purposes) for rule in site.sinks)
        return (
            everywhere.policies,
            site.audience,
            purposes,
            sinks,
            site.gpc_scope,
            site.strict,
        )

    def law(self, place: str) -> AppliedLaw:
        """Return what the policies of *place* ask, whatever the visitor says."""
        return self._laws[place]

    def compile(self, place: str, mask: int) -> CompiledPlan:
        """
        Return the plan of *place* and *mask*; the same arguments always give an equal one.

        Args:
            place: Where the visitor is.
            mask: What the visitor said.
        """
        site, law, known = self._site, self._laws[place], self._terms
        terms = [known[law, i, said_of(mask, i)] for i in range(len(self._judges))]
        named = [(purpose.id, each) for purpose, each in zip(site.purposes, terms, strict=True)]
        verdicts = tuple((id_, each.decision.verdict.word) for id_, each in named)
        middle = f"{_where(place)}{_consented(verdicts)},"
        plans: dict[str, PurposePlan] = {}
        for index in self._firm_first:
            purpose, each = site.purposes[index], terms[index]
            plans[purpose.id] = PurposePlan(
                site.id,
                purpose.id,
                UNKNOWN_HOST if site.id == STRANGER else each.withheld,
                each.visitor,
                purpose.identified,
                each.consented,
                each.sinks,
                each.shared,
                each.retention,
                self._head,
                f"{each.before},{middle}{each.after}",
                plans.get(purpose.otherwise or ""),
            )
        page = usable(plans[site.pages.purpose]) if site.pages.purpose else None
        allow = Verdict.ALLOW
        allowed = frozenset([id_ for id_, t in named if t.decision.verdict is allow])
        return CompiledPlan(
            place,
            mask,
            {id_: each.decision for id_, each in named},
            plans,
            page,
            # What the code names nothing for is, at no site, withheld like all else.
            next(iter(plans.values())) if site.id == STRANGER else page,
            law.ip,
            law.show,
            site.cookies.denying(
                allowed,
                {id_: t.cookie_life for id_, t in named if t.cookie_life is not None},
                plans.keys(),
            ),
            any(each.by_signal for each in terms),
            bool(mask & choice.GPC),
            law.asked.campaign or (page is not None and page.consented),
            law.ip == PREFIX,
            self._renews(mask),
            bool(refused_purposes(site.purposes, mask)),
            self._tallies.of(site.id, verdicts),
            self._edition,
        )

    def _law_of(self, place: str) -> AppliedLaw:
        site, on = self._site, self._on
        policies = self._policies.applicable(place, on=on, audience=site.audience)
        known = self._same_law.get(policies)
        if known is None:
            asked = handling(policies, on)
            ip = no_finer(self._ip, asked.ipv4_bits, asked.ipv6_bits)
            labels = tuple(policy.label for policy in policies)
            own = of_operator(policies, site.audience)
            known = AppliedLaw(policies, labels, own, asked, ip, self._show_by(ip))
            self._same_law[policies] = known
        return known

    def _renews(self, mask: int) -> bool:
        refuses = mask & self._grants << 1 and not mask & self._grants
        return bool(refuses) and choice.age_months(mask) >= RENEWAL_MONTHS


def plan_weight(key: tuple[str, int], plan: CompiledPlan) -> int:
    """Return the bytes that *key* and *plan* take beside what they share with other plans."""
    own = (plan, plan.decisions, plan.purposes, *plan.purposes.values())
    texts = sum(weight(each.fixed) for each in plan.purposes.values())
    return weight(key) + sum(map(getsizeof, own)) + texts + FILTER_BYTES


def _head(site: str) -> str:
    return (
        f'{{"specversion":"1.0","source":"urn:privacykit:site:{site}",'
        f'"datacontenttype":"application/json","dataschema":"{DATASCHEMA}","id":"'
    )


def _where(place: str) -> str:
    country, _, region = place.partition("-")
    members = {"country": country, "region": place if region else None}
    return f'"place":{msgspec.json.encode(members).decode()},'


def _consented(verdicts: tuple[tuple[str, str], ...]) -> str:
    return f'"consent":{{"purposes":{msgspec.json.encode(dict(verdicts)).decode()}'
