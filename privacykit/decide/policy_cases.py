"""Try the cases that policy files carry against the policies themselves. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from privacykit.decide.case import Case, CaseError, ask
from privacykit.decide.case_members import QUESTION
from privacykit.decide.codes import WORDS
from privacykit.decide.decision import conclude
from privacykit.policy.policyset import PolicySet

EXPECTATIONS: Final = frozenset({"says", "expect", "because", "by"})
"""Keys of a case that are no part of the question."""

_VERDICTS = frozenset({"allow", "needs_consent", "deny"})


@dataclass(frozen=True, slots=True)
class CaseResult:
    """
    One case tried.

    Attributes:
        policy: Id of the policy whose file carries it.
        says: What it is about, in a few words.
        expected: Verdict, code and policy that the file expects.
        answered: What the policies answered, or what is wrong with the case.
    """

    policy: str
    says: str
    expected: str
    answered: str

    @property
    def passed(self) -> bool:
        """Tell whether the answer is the expected one."""
        return self.expected == self.answered


def check_case(table: Mapping[str, Any], policy: str, law: PolicySet, today: date) -> CaseResult:
    """
    Try a case from the file of *policy*.

    The case names the verdict it expects (``expect``), the code of the first reason (``because``)
    and, if that is not *policy* itself, whose clause it is (``by``).
    """
    says = str(table.get("says", "a case"))
    expect, because = table.get("expect"), table.get("because")
    expected = f"{expect} because {because} by {table.get('by', policy)}"
    unknown = sorted(set(table) - EXPECTATIONS - QUESTION)
    if unknown:
        return CaseResult(policy, says, expected, f"unknown key {unknown[0]}")
    if expect not in _VERDICTS or because not in WORDS:
        return CaseResult(policy, says, expected, "expects what no answer can be")
    try:
        case = Case.parse(table)
    except CaseError as error:
        return CaseResult(policy, says, expected, str(error))
    decision = conclude(*ask(case, law, today=today))
    reason = decision.reasons[0]
    answered = f"{decision.verdict.word} because {reason.code} by {reason.jurisdiction}"
    return CaseResult(policy, says, expected, answered)
