"""Every published case of the consent vectors, answered as the batch command answers."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from privacykit.cli.signals.answers import SignalLine, answer

VECTORS = Path(__file__).parents[1] / "vectors" / "consent"
FILES = sorted(path for path in VECTORS.glob("*.json") if path.stem != "disputed")
ASKED = ("id", "standard", "input", "section", "type", "params")


def _cases():
    for path in FILES:
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            yield pytest.param(case, id=case["id"])


def _answered(case):
    line = msgspec.convert({key: case[key] for key in ASKED if key in case}, SignalLine)
    return json.loads(msgspec.json.encode(answer(line)))


@pytest.mark.parametrize("case", list(_cases()))
def test_a_published_case_is_answered_as_published(case):
    """What is read has exactly the published members; what must be refused has a reason."""
    expected, actual = case["expect"], _answered(case)
    if expected.get("valid") is False:
        assert {"valid", "reason"} == set(actual)
        assert actual["valid"] is False
        assert actual["reason"]
    elif case["standard"] == "tcf-validity":
        # The vectors name no closed list of reasons; whether it is usable is what they say.
        assert expected["usable"] is actual["usable"]
    else:
        assert expected == actual


def test_no_published_case_is_left_out():
    """The files are whole: each holds as many cases as it says."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in FILES]
    assert [document["count"] for document in documents] == [
        len(document["cases"]) for document in documents
    ]
    assert sum(document["count"] for document in documents) > 1100


@pytest.mark.parametrize(
    "standard", ["tcf", "gpp", "gpp-header", "gpp-section", "gpp-sid", "tcf-validity", "adpc"]
)
@pytest.mark.parametrize("value", [None, 7, [], {}, [["a"]], {"value": 7}, {"now": "yesterday"}])
def test_an_input_of_another_kind_is_refused(standard, value):
    """A standard has one kind of input; no other raises."""
    told = answer(SignalLine("x", standard, value))
    assert told.get("valid") is False or told == {"consent": [], "withdraw": [], "object": []}


def test_an_unknown_standard_is_refused():
    """Whoever misspells a standard hears of it."""
    told = answer(SignalLine("x", "tcf-v9", "CPXxRf"))
    assert told == {"valid": False, "reason": "no_format: a standard that is not known"}


def test_a_time_without_a_zone_is_refused():
    """Ages are not guessed."""
    fields = {
        "version": 2,
        "created": "2026-09-01T00:00:00",
        "last_updated": "2026-09-01T00:00:00Z",
    }
    asked = {"now": "2026-11-21T00:00:00Z", "fields": fields}
    told = answer(SignalLine("x", "tcf-validity", asked))
    assert told == {"valid": False, "reason": "bad_value: a time without a zone"}


def test_a_decision_about_a_section_that_is_unknown_is_refused():
    """Nothing is decided about what nobody could read."""
    told = answer(SignalLine("x", "us-decision", "BVoAA", "usca"))
    assert told["reason"].startswith("truncated")


def test_an_ac_string_is_answered_with_its_lists():
    """Version 1 has one, version 2 two."""
    one = answer(SignalLine("x", "ac-string", "1~7.9"))
    two = answer(SignalLine("x", "ac-string", "2~7~dv.9"))
    assert one == {"valid": True, "fields": {"version": 1, "consented": [7, 9]}}
    assert two["fields"] == {"version": 2, "consented": [7], "disclosed": [9]}
