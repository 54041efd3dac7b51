"""
Rulings remembered: what each policy answered to each question, for all who ask alike. Pure.

A policy answers for itself, so its answer is made once and serves every set of policies it is in,
every site that asks the same and every day on which it asks the same. Laws of this file, held by
``tests/properties/test_ruling_laws.py``: the answers are those of
:func:`privacykit.decide.decision.decide`; of the age of a consent a policy is told only whether
its time for it is over, so that what a visitor may say of a purpose has few forms.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from privacykit.decide.applied import Question
from privacykit.decide.decision import (
    UNKNOWN_USE,
    USES,
    Signals,
    in_order,
    question,
    rule_on,
)
from privacykit.decide.judge import Ruling
from privacykit.policy.audience import Audience
from privacykit.policy.handling import consent_months
from privacykit.policy.model import Policy
from privacykit.policy.words import Use

FRESH, LATE = 0, 10_000
"""Months since a consent: none too many, and too many for every law."""


class _Given(dict[Policy, Ruling | None]):
    """What each policy rules on one question, made when first asked for."""

    __slots__ = ("_asked", "_same")

    def __init__(self, asked: Question, same: dict[Ruling, Ruling]) -> None:
        super().__init__()
        self._asked = asked
        self._same = same

    def __missing__(self, policy: Policy) -> Ruling | None:
        made = rule_on(policy, self._asked)
        self[policy] = made = made if made is None else self._same.setdefault(made, made)
        return made


class _Terms(NamedTuple):
    """What a site asks about one use, whatever the visitor says."""

    use: str
    audience: Audience
    properties: str
    gpc_scope: str
    strict: bool


class Rulings:
    """
    The answers of the policies of one set.

    It is bounded by the configuration: questions times what visitors can say times policies, of
    which each takes the room of a pointer or two, since equal rulings are one.
    """

    __slots__ = ("_answers", "_prepared", "_same")

    def __init__(self) -> None:
        self._answers: dict[_Terms, Answers] = {}
        self._same: dict[Ruling, Ruling] = {}
        self._prepared: set[Hashable] = set()

    def is_prepared(self, questions: Hashable) -> bool:
        """Tell whether somebody had *questions* answered ahead."""
        return questions in self._prepared

    def note_prepared(self, questions: Hashable) -> None:
        """Note that *questions* are answered: who asks alike need not ask again."""
        self._prepared.add(questions)

    @property
    def made(self) -> int:
        """How many rulings were made so far."""
        return sum(answers.made for answers in self._answers.values())

    def answers(
        self,
        use: str,
        *,
        audience: Audience,
        properties: Mapping[str, object],
        gpc_scope: str = "everywhere",
        strict: bool = False,
    ) -> Answers:
        """
        Return what answers about *use*; one and the same for equal arguments.

        Args:
            use: A use of the law, as its word.
            audience: Who the site is for and who runs it.
            properties: What is declared or measured of the purpose.
            gpc_scope: ``"everywhere"`` or ``"mandated"``.
            strict: Take no risk where the law is unsettled.
        """
        # As text, because 1 is no ``true`` to a condition and yet equal to it.
        terms = _Terms(use, audience, repr(sorted(properties.items())), gpc_scope, strict)
        known = self._answers.get(terms)
        if known is None:
            known = self._answers[terms] = Answers(terms, properties, self._same)
        return known


class Answers:
    """What every policy answers about one use, by what the visitor said."""

    __slots__ = ("_given", "_properties", "_same", "_terms")

    def __init__(
        self, terms: _Terms, properties: Mapping[str, object], same: dict[Ruling, Ruling]
    ) -> None:
        self._terms = terms
        self._properties = properties
        self._same = same
        self._given: dict[Signals, _Given] = {}

    @property
    def made(self) -> int:
        """How many rulings were made so far."""
        return sum(map(len, self._given.values()))

    def weigh(
        self, policies: Sequence[Policy], signals: Signals, own: frozenset[str]
    ) -> list[Ruling]:
        """
        Return what :func:`privacykit.decide.decision.weigh` does: the strictest answer first.

        Args:
            policies: Resolved for the day.
            signals: What the visitor said.
            own: Ids of those that are the law of the operator's own place.
        """
        use, months = USES.get(self._terms.use), signals.months_since_consent
        if use is None:
            return [UNKNOWN_USE]
        if months is None:
            given = self._asked(use, signals)
            found = [given[policy] for policy in policies]
        else:
            given = self._asked(use, replace(signals, months_since_consent=FRESH))
            late = self._asked(use, replace(signals, months_since_consent=LATE))
            found = [(late if months >= consent_months(p) else given)[p] for p in policies]
        return in_order([ruling for ruling in found if ruling is not None], own)

    def _asked(self, use: Use, signals: Signals) -> _Given:
        found = self._given.get(signals)
        if found is None:
            _, audience, _, gpc_scope, strict = self._terms
            asked = question(use, signals, audience, self._properties, gpc_scope, strict=strict)
            found = self._given[signals] = _Given(asked, self._same)
        return found
