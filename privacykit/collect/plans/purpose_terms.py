"""
The terms of one purpose: what follows from a set of policies and what a visitor said of it. Pure.

What a visitor says of one purpose has few forms, so its terms are made once and serve every place
under the same policies and every visitor who says the same of it, whatever they say of others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from privacykit.collect.cookies.life import seconds_of
from privacykit.collect.memo import weight
from privacykit.collect.plans.plan import Show
from privacykit.collect.site import DAY_HOURS, Purpose, Site, VisitorMode, measured
from privacykit.decide.codes import Code
from privacykit.decide.decision import Consent, Decision, Signals, in_order, label_set
from privacykit.decide.judge import Ruling
from privacykit.decide.rulings import Rulings
from privacykit.policy.handling import Handling
from privacykit.policy.model import Policy
from privacykit.policy.verdict import Verdict
from privacykit.pseudonym.addresses.ip import IPMethod
from privacykit.signals.choice import mask as choice
from privacykit.signals.read import FOREIGN, granted_to_us

DAY_SECONDS = 86_400
LIFETIME = "cookie_lifetime_months"
"""The property by which an operator declares how long the cookies of a purpose live."""
BY_CONSENT = frozenset({"consent", "parental_consent", "signature"})
BY_SIGNAL = frozenset({"gpc", "dnt_objection"})
_REFUSED = 2
_OF_ALL = choice.GPC | choice.DNT
_OF_GRANTS = choice.GRANT_AFTER_GPC | choice.OLDEST << choice.AGE_SHIFT


class AppliedLaw(msgspec.Struct, frozen=True, eq=False):
    """
    What a set of policies asks on a day, whatever the visitor says; compared by identity.

    Attributes:
        policies: The policies, resolved for the day.
        labels: Their labels, as decisions name them.
        own: Ids of those that are the law of the operator's own place.
        asked: What they ask of handling.
        ip: How addresses are weakened under them.
        show: Shows addresses by that method.
    """

    policies: tuple[Policy, ...]
    labels: tuple[str, ...]
    own: frozenset[str]
    asked: Handling
    ip: IPMethod
    show: Show


class PurposeTerms(msgspec.Struct, frozen=True):
    """
    What follows for one purpose.

    Attributes:
        decision: The decision.
        withheld: Why nothing may be collected, a reason code; empty when it may.
        visitor: How visits are told apart.
        consented: Whether a consent given to us stands, whether or not the decision needs it.
        by_signal: Whether a browser signal was among the reasons.
        sinks: Names of the sinks that may take its events.
        shared: Whether a third party may: there is one, and the sale was allowed.
        retention: Seconds until its events expire.
        cookie_life: The most seconds of its cookies, which pass only since an end was declared.
        before: JSON members of its events that come before the place.
        after: JSON members that come after the verdicts.
    """

    decision: Decision
    withheld: str
    visitor: VisitorMode
    consented: bool
    by_signal: bool
    sinks: tuple[str, ...]
    shared: bool
    retention: int
    cookie_life: int | None
    before: str
    after: str

    @property
    def weight(self) -> int:
        """Bytes it takes beside what it shares: reasons are everybody's, labels the law's."""
        own = (self.decision.reasons, self.sinks)
        return weight(self.before) + weight(self.after) + sum(map(_shell, (self, *own)))


def _shell(value: object) -> int:
    return weight(value) if not isinstance(value, tuple | msgspec.Struct) else value.__sizeof__()


def said_of(mask: int, index: int) -> int:
    """
    Return what *mask* says of the purpose with the bit *index*, as a mask of that purpose alone.

    Nothing is left in it that does not matter to the purpose: how long ago others were granted,
    and whether everything was refused where this purpose is.
    """
    own = mask >> choice.PURPOSE_SHIFT + 2 * index & FOREIGN
    said = mask & _OF_ALL | own << choice.PURPOSE_SHIFT
    if own & 1:
        said |= mask & _OF_GRANTS
    return said if own == _REFUSED else said | mask & choice.REFUSED


def signals_of(said: int, purpose: Purpose) -> Signals:
    """Unpack what :func:`said_of` returned of *purpose*."""
    granted, refused = choice.granted(said, 0), choice.refused(said, 0)
    consent = Consent.NONE
    if refused:
        consent = Consent.DENIED
    elif granted:
        # The wording of our form says nothing of what another banner asked.
        explicit = purpose.explicit and granted_to_us(said, 0)
        consent = Consent.GRANTED_EXPLICIT if explicit else Consent.GRANTED
    return Signals(
        gpc=bool(said & choice.GPC),
        dnt=bool(said & choice.DNT),
        consent=consent,
        opted_out=bool(said & choice.REFUSED) or refused,
        consent_after_gpc=granted and bool(said & choice.GRANT_AFTER_GPC),
        months_since_consent=choice.age_months(said) if granted else None,
    )


class PurposeJudge:
    """
    Makes the terms of one purpose of a site on a day.

    Args:
        site: The site.
        purpose: One of its purposes.
        on: The site's local date.
        rulings: What the policies answered so far, to whoever asked.
    """

    def __init__(self, site: Site, purpose: Purpose, on: date, rulings: Rulings) -> None:
        self.purpose = purpose
        self._site = site
        self._on = on
        self._rulings = rulings
        self._measured: dict[IPMethod, Mapping[str, object]] = {}
        self._before = _members({"purpose": purpose.id, "site": site.id})
        rules = [rule for rule in site.sinks if purpose.id in rule.purposes]
        self._sinks = tuple(rule.name for rule in rules)
        self._processors = tuple(rule.name for rule in rules if rule.role == "processor")

    def terms(self, law: AppliedLaw, said: int) -> PurposeTerms:
        """Return the terms on *law* of what :func:`said_of` returned."""
        purpose, signals = self.purpose, signals_of(said, self.purpose)
        decision = self._decide(law, signals, purpose.uses)
        codes = {reason.code for reason in decision.reasons}
        granted = choice.granted(said, 0) and decision.verdict is Verdict.ALLOW
        sinks = self._sinks_for(law, signals)
        return PurposeTerms(
            decision,
            _withheld(decision, sinks),
            _visitor(purpose, granted, law.asked),
            granted and granted_to_us(said, 0),
            not codes.isdisjoint(BY_SIGNAL),
            sinks,
            sinks != self._processors,
            _retention(purpose, self._on, law.asked),
            _cookie_life(purpose, codes),
            self._before,
            _after(law, said, "law" if codes.isdisjoint(BY_CONSENT) else "consent"),
        )

    def prepare(self, law: AppliedLaw, said: int) -> None:
        """Have every policy of *law* answer what :meth:`terms` asks, and make nothing of it."""
        for use in dict.fromkeys((*self.purpose.uses, *self._disclosure())):
            self._weigh(law, signals_of(said, self.purpose), use)

    def _disclosure(self) -> tuple[str, ...]:
        return ("sale",) if self._sinks != self._processors else ()

    def _weigh(self, law: AppliedLaw, signals: Signals, use: str) -> list[Ruling]:
        site, known = self._site, self._measured
        if law.ip not in known:
            known[law.ip] = measured(site, self.purpose, law.ip)
        answers = self._rulings.answers(
            use,
            audience=site.audience,
            properties=known[law.ip],
            gpc_scope=site.gpc_scope,
            strict=site.strict,
        )
        return answers.weigh(law.policies, signals, law.own)

    def _decide(self, law: AppliedLaw, signals: Signals, uses: Sequence[str]) -> Decision:
        rulings = self._weigh(law, signals, uses[0])
        reasons = [ruling.reason for ruling in rulings]
        if len(uses) > 1:  # one use has no reason twice
            others = (ruling for use in uses[1:] for ruling in self._weigh(law, signals, use))
            rulings = in_order([*rulings, *others], law.own)
            reasons = list(dict.fromkeys(ruling.reason for ruling in rulings))
        return Decision(rulings[0].verdict, tuple(reasons), law.labels)

    def _sinks_for(self, law: AppliedLaw, signals: Signals) -> tuple[str, ...]:
        disclosure = self._disclosure()
        if not disclosure or self._decide(law, signals, disclosure).verdict is Verdict.ALLOW:
            return self._sinks
        return self._processors


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


def _cookie_life(purpose: Purpose, codes: set[str]) -> int | None:
    months = purpose.properties.get(LIFETIME)
    if Code.EXEMPT not in codes or not isinstance(months, int | float):
        return None
    return seconds_of(months)


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


def _after(law: AppliedLaw, said: int, source: str) -> str:
    signals = [name for name, bit in (("gpc", choice.GPC), ("dnt", choice.DNT)) if said & bit]
    consent = {"source": source, "policies": label_set(law.labels), "signals": signals}
    address = {"ip_method": law.ip.name, "stability": law.ip.stability}
    return f"{_members(consent)}}},{_members(address)}"


def _members(members: Mapping[str, object]) -> str:
    """Return *members* as JSON without the braces."""
    return msgspec.json.encode(members)[1:-1].decode()
