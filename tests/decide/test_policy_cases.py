"""The cases that policy files carry."""

from datetime import date

import pytest

from privacykit.decide.policy_cases import check_case
from privacykit.settings.policies import read_directory, shipped_directory, shipped_policies

TODAY = date(2026, 11, 21)
PARSED = read_directory(shipped_directory(), with_cases=True)
CASE = {
    "says": "a sale",
    "country": "DE",
    "purpose": "sale",
    "expect": "needs_consent",
    "because": "consent_needed",
}


@pytest.mark.parametrize("parsed", PARSED, ids=[one.policy.id for one in PARSED])
def test_every_case_of_our_files_holds(parsed):
    """Verdict, reason and whose clause it is."""
    trials = [
        check_case(case, parsed.policy.id, shipped_policies(), TODAY) for case in parsed.cases
    ]
    assert [trial for trial in trials if not trial.passed] == []


def test_a_case_that_fails_says_both():
    """What was expected and what came."""
    trial = check_case(CASE | {"expect": "allow"}, "DE", shipped_policies(), TODAY)
    assert not trial.passed
    assert trial.expected == "allow because consent_needed by DE"
    assert trial.answered == "needs_consent because consent_needed by DE"


def test_a_case_may_be_decided_by_another_policy():
    """Then it says whose."""
    trial = check_case(CASE | {"by": "DE"}, "FR", shipped_policies(), TODAY)
    assert trial.passed


@pytest.mark.parametrize(
    ("change", "answered"),
    [
        ({"weather": "fine"}, "unknown key weather"),
        ({"expect": "perhaps"}, "expects what no answer can be"),
        ({"because": "so"}, "expects what no answer can be"),
        ({"signals": []}, "cannot read signals of the case"),
    ],
)
def test_a_broken_case_fails(change, answered):
    """A slip in a case is no pass."""
    trial = check_case(CASE | change, "DE", shipped_policies(), TODAY)
    assert (trial.passed, trial.answered) == (False, answered)
