"""Inputs on which real implementations disagree: what is decided here, case by case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from privacykit.cli.signals.answers import SignalLine, answer
from privacykit.signals.gpp.canada import FIBONACCI, _read, decode_canada
from privacykit.signals.us_privacy import says_opted_out

ROOT = Path(__file__).parents[2]
CASES = json.loads((ROOT / "tests/vectors/consent/disputed.json").read_text(encoding="utf-8"))[
    "cases"
]
PAGE = (ROOT / "docs" / "reference" / "signal-strings.md").read_text(encoding="utf-8")
STANDARDS = {"section": "gpp-section"}

DECISIONS = {
    "set bits behind the end are refused": ([0, 32], "trailing_bits"),
    "version 1 has no segments": ([1, 2, 15], "unexpected_segment"),
    "version 1 with a default of consent, or of a consent manager 0 or 1, is read": (
        [3, 4, 8, 12, 17, 19, 20, 21, 22, 23, 24, 25],
        "read",
    ),
    "version 1 with an empty list of vendors is read": ([9, 10, 11], "read"),
    "a version that was never issued is refused": ([5, 6, 7, 59, 60, 61, 62, 63], "version"),
    "an empty sub-section is refused": ([13], "empty"),
    "a sub-section that the layout does not have is refused": ([14, 26, 27, 28], "unexpected"),
    "a string that is cut off is refused": ([16], "bad_value"),
    "letters in lower case are read as they are written": ([18], "read"),
    "a TC string is no GPP string": ([29], "unsupported_type"),
    "of two ways to read vendors the one that breaks no rule is taken": ([30, 31], "read"),
    "US Privacy of another version is refused": ([33, 40, 41, 42, 43, 44], "unsupported_version"),
    "US Privacy in lower case is read": ([34, 35, 36, 37, 38, 39], "read"),
    "one exact 1 among joined Sec-GPC lines is enough": ([45, 46, 47, 48, 49], {"gpc": True}),
    "the first character of DNT decides": ([50, 51, 52, 53], {"dnt": 1}),
    "of two DNT lines the objection counts": ([54], {"dnt": 1}),
    "X-Do-Not-Track is not the header": ([55, 56, 57, 58], {"dnt": None}),
}


def _answered(index):
    case = CASES[index]
    standard = STANDARDS.get(case["standard"], case["standard"])
    return answer(SignalLine("", standard, case["input"], case.get("section")))


@pytest.mark.parametrize(
    ("index", "decided"),
    [
        pytest.param(index, decided, id=f"{index}")
        for indexes, decided in DECISIONS.values()
        for index in indexes
    ],
)
def test_a_disputed_case_is_read_as_decided(index, decided):
    """The decision is taken once, here, and not by whatever the code happens to do."""
    told = _answered(index)
    if isinstance(decided, dict):
        assert decided == told
    elif decided == "read":
        assert told["valid"] is True
    else:
        assert told["valid"] is False
        assert decided in told["reason"]


def test_every_disputed_case_is_decided():
    """None is left to chance."""
    decided = sorted(index for indexes, _ in DECISIONS.values() for index in indexes)
    assert list(range(len(CASES))) == decided


@pytest.mark.parametrize("decision", list(DECISIONS))
def test_every_decision_is_documented(decision):
    """Whoever wonders finds the decision in the reference."""
    assert decision.lower() in PAGE.lower()


@pytest.mark.parametrize("index", [41, 43])
def test_an_opt_out_of_an_unknown_version_still_counts(index):
    """The third character is an opt-out whatever stands around it."""
    assert says_opted_out(CASES[index]["input"])


@pytest.mark.parametrize("index", [33, 40, 42, 44])
def test_nothing_else_of_an_unknown_version_counts(index):
    """Only a Y in third place is an opt-out."""
    assert not says_opted_out(CASES[index]["input"])


@pytest.mark.parametrize("index", [30, 31])
def test_the_canadian_section_is_read_as_its_writer_meant(index):
    """The writer of both put Fibonacci codes; the other reading breaks a rule."""
    text = CASES[index]["input"]
    assert decode_canada(text) == _read(text.split("."), FIBONACCI)
