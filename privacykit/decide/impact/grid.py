"""
The grid of everything a visitor may say: each signal, each age at which a law changes. Pure.

Laws of this file, held by ``tests/decide/impact/``: of an axis a policy tells only those values
apart that :func:`_apart` names, so one answer serves all others; what a policy answers on the grid
is what :func:`privacykit.decide.decision.rule_on` answers at each of its points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any, Final

from privacykit.decide.applied import Question
from privacykit.decide.decision import OBJECTED, USES, question, rule_on
from privacykit.decide.reason import Consent, Signals
from privacykit.policy.audience import Audience
from privacykit.policy.handling import FALLBACK_AGE, consent_months
from privacykit.policy.model import Policy, Rule
from privacykit.policy.verdict import Verdict
from privacykit.policy.words import DntEffect, Model, Use

SILENT: Final = 0
"""What a policy answers at a point where it has no say."""

BITS: Final = {Verdict.ALLOW: 0b001, Verdict.NEEDS_CONSENT: 0b011, Verdict.DENY: 0b111}
"""What it answers elsewhere: a stricter verdict has the bits of all looser ones."""

_GRANTED: Final = frozenset({Consent.GRANTED, Consent.GRANTED_EXPLICIT})
_CONSENTS: Final = (*Consent,)
_REFUSALS: Final = (Consent.NONE, Consent.DENIED)
_FLAG: Final = (False, True)
_DATA_TYPE: Final = "data_type"


@dataclass(frozen=True)
class Grid:
    """
    Everything that may be said, as the product of its axes; a point is a number.

    Attributes:
        axes: Names of members of :class:`.Signals` and their values; of ages and months each
            value stands for all up to the next.
    """

    axes: tuple[tuple[str, tuple[Any, ...]], ...]

    @cached_property
    def size(self) -> int:
        """How many points there are."""
        return prod(len(values) for _, values in self.axes)

    @cached_property
    def _said(self) -> dict[int, Signals]:
        return {}

    def signals(self, point: int) -> Signals:
        """Return what is said at *point*, without what makes no difference beside the rest."""
        if point not in self._said:
            self._said[point] = self._signals(point)
        return self._said[point]

    def _signals(self, point: int) -> Signals:
        said: dict[str, Any] = {}
        for name, values in reversed(self.axes):
            point, at = divmod(point, len(values))
            said[name] = values[at]
        if said.get("consent") not in _GRANTED:
            said |= {"consent_after_gpc": False, "months_since_consent": None}
        elif not (said["gpc"] or said["dnt"]):
            said["consent_after_gpc"] = False
        return Signals(**said)

    def points(self, policy: Policy) -> list[int]:
        """Return for each point the first one that *policy* does not tell apart from it."""
        found = [0]
        stride = self.size
        for name, values in self.axes:
            stride //= len(values)
            firsts = _firsts(values, _apart(policy, name))
            steps = [first * stride for first in firsts]
            found = [at + step for at in found for step in steps]
        return found


def grid_of(policies: Iterable[Policy], use: str) -> Grid:
    """Return the grid on which every difference between *policies* about *use* shows."""
    policies = list(policies)
    if use == Use.REPROMPT:
        waits = {months for policy in policies if (months := _wait(policy)) is not None}
        return Grid(
            (
                ("gpc", _FLAG),
                ("consent", _REFUSALS),
                ("opted_out", _FLAG),
                ("months_since_refusal", (None, *sorted({0, *waits}))),
            )
        )
    ages = {age for policy in policies for age in _ages(policy)}
    lives = {consent_months(policy) for policy in policies}
    return Grid(
        (
            ("consent", _CONSENTS),
            ("age", (None, *sorted({0, *ages}))),
            ("parental_consent", _FLAG),
            ("gpc", _FLAG),
            ("dnt", _FLAG),
            ("opted_out", _FLAG),
            ("months_since_consent", tuple(sorted({0, *lives}))),
            ("consent_after_gpc", _FLAG),
            ("signed_authorization", _FLAG),
        )
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One use as it is asked about.

    Attributes:
        use: The use.
        audience: Who the site is for.
        properties: What is declared or measured.
        gpc_scope: ``everywhere`` or ``mandated``.
        strict: Take no risk where the law is unsettled.
    """

    use: str
    audience: Audience
    properties: Mapping[str, object]
    gpc_scope: str = "everywhere"
    strict: bool = False

    def of(self, policy: Policy) -> Asked:
        """Return the question without what makes no difference to *policy*."""
        audience, properties = self.audience, self.properties
        if not any(minor.online_platform for minor in policy.minors.values()):
            audience = replace(audience, online_platform=False)
        if self.use != Use.SALE and _DATA_TYPE in properties and not _asks_for_types(policy):
            properties = {name: v for name, v in properties.items() if name != _DATA_TYPE}
        return replace(self, audience=audience, properties=properties)

    def answers(self, policy: Policy, grid: Grid, points: Sequence[int]) -> bytes:
        """Return what *policy*, resolved for the day, answers at each point of *grid*."""
        given: dict[Signals, int] = {}
        table: dict[int, int] = {}
        for point in set(points):
            signals = grid.signals(point)
            if signals not in given:
                ruling = rule_on(policy, self.question(signals))
                given[signals] = SILENT if ruling is None else BITS[ruling.verdict]
            table[point] = given[signals]
        return bytes(map(table.__getitem__, points))

    def question(self, signals: Signals) -> Question:
        """Return the question of somebody who says *signals*."""
        who, stated, scope = self.audience, self.properties, self.gpc_scope
        return question(USES[self.use], signals, who, stated, scope, strict=self.strict)


def joined(answers: Iterable[bytes]) -> bytes:
    """Join what several policies answer at each point: the strictest; silence says nothing."""
    found, size = 0, 0
    for one in answers:
        found |= int.from_bytes(one)
        size = len(one)
    return found.to_bytes(size)


def decided(answer: bytes) -> bytes:
    """Return a joined *answer* as decisions: where no policy has a say the answer is no."""
    return answer.replace(bytes([SILENT]), bytes([BITS[Verdict.DENY]]))


def _firsts(values: Sequence[Any], apart: frozenset[Any] | None) -> list[int]:
    """Return for each of *values* the index of the first that means the same."""
    if apart is None:
        return list(range(len(values)))
    found = [0]
    for at, (older, value) in enumerate(pairwise(values), 1):
        found.append(at if older is None or value in apart else found[-1])
    return found


def _apart(policy: Policy, axis: str) -> frozenset[Any] | None:
    """Return the values of *axis* at which *policy* may answer otherwise; ``None`` is all."""
    nothing: frozenset[Any] = frozenset()
    if axis == "age":
        return frozenset(_ages(policy))
    if axis == "months_since_consent":
        return frozenset({consent_months(policy)})
    if axis == "months_since_refusal":
        wait = _wait(policy)
        return nothing if wait is None else frozenset({wait})
    rules = [each for rule in policy.rules.values() for each in _chain(rule)]
    if axis == "dnt":
        objection = policy.dnt is not None and policy.dnt.effect is DntEffect.OBJECTION
        return None if objection or any(OBJECTED in r.asks_about() for r in rules) else nothing
    if axis == "signed_authorization":
        return None if any(Model.SIGNED_AUTHORIZATION in _models(r) for r in rules) else nothing
    return None


def _asks_for_types(policy: Policy) -> bool:
    """Tell whether *policy* treats some kinds of data otherwise than others."""
    rules = (each for rule in policy.rules.values() for each in _chain(rule))
    return any(rule.data_types or _DATA_TYPE in rule.asks_about() for rule in rules)


def _ages(policy: Policy) -> Iterator[int]:
    """Give the ages from which *policy* may answer otherwise."""
    own = FALLBACK_AGE if policy.age is None else policy.age.years or 0
    yield own
    for minor in policy.minors.values():
        yield minor.at_least
        yield own if minor.below is None else minor.below


def _wait(policy: Policy) -> int | None:
    fact = policy.facts.get("consent.reprompt")
    months = fact.values.get("months") if fact is not None else None
    return months if isinstance(months, int) else None


def _chain(rule: Rule) -> Iterator[Rule]:
    yield rule
    if rule.elsewhere is not None:
        yield from _chain(rule.elsewhere)


def _models(rule: Rule) -> set[Model]:
    found = {rule.model, rule.otherwise}
    return found | {rule.stricter.model} if rule.stricter is not None else found
