"""DNT by its exact grammar: the published cases, and what they leave open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from privacykit.signals.dnt import dnt, parse_tk, preference

VECTORS = Path(__file__).parents[1] / "vectors" / "consent"
MEANING = {1: True, 0: False, None: None}


def cases(name):
    """Return the published cases in *name*, each with its id."""
    return [
        pytest.param(case, id=case["id"])
        for case in json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    ]


@pytest.mark.parametrize("case", cases("dnt_header"))
def test_header_follows_the_published_cases(case):
    """Every published header list gives the published answer."""
    value = next((v.encode("latin-1") for name, v in case["input"] if name == "dnt"), None)
    expected = MEANING[case["expect"]["dnt"]]
    assert (expected, expected is True) == (preference(value), dnt(value))


@pytest.mark.parametrize("case", cases("dnt_tk_header"))
def test_tk_follows_the_published_cases(case):
    """Every published answer is read, or refused, as published."""
    expect, status = case["expect"], parse_tk(case["input"])
    if not expect["valid"]:
        assert status is None
        return
    read = (status.value, status.status_id, status.meaning)
    assert (expect["tsv"], expect["status_id"], expect.get("treat_as", expect["tsv"])) == read


def test_one_objection_in_joined_lines_is_enough():
    """No extension may hold a comma, so a comma is an intermediary's."""
    assert dnt(b"0, 1")


@pytest.mark.parametrize("value", ["?", "G", "G;abc"])
def test_tk_values_that_the_note_forbids(value):
    """A bare question mark lacks its id, and G never stands in a header."""
    assert parse_tk(value) is None
