"""GPC by its exact grammar: the published cases, and what they leave open."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from privacykit.signals.gpc import GpcSupport, gpc, parse_support, support_document

JSON = "application/json"
VECTORS = Path(__file__).parents[1] / "vectors" / "consent"


def cases(name):
    """Return the published cases in *name*, each with its id."""
    return [
        pytest.param(case, id=case["id"])
        for case in json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    ]


def field(headers, name):
    """Return the value of *name* as the border hands it on: lines joined, ``None`` if absent."""
    lines = [value.encode("latin-1") for key, value in headers if key.lower() == name]
    return b", ".join(lines) if lines else None


@pytest.mark.parametrize("case", cases("gpc_header"))
def test_header_follows_the_published_cases(case):
    """Every published header list gives the published answer."""
    assert case["expect"]["gpc"] is gpc(field(case["input"], "sec-gpc"))


@pytest.mark.parametrize("case", cases("gpc_json"))
def test_support_resource_follows_the_published_cases(case):
    """Every published answer to the well-known address is read as published."""
    support = case["expect"]["support"]
    expected = GpcSupport(None if support == "unknown" else support, case["expect"]["last_update"])
    assert expected == parse_support(
        case["input"]["status"], case["input"]["body"].encode(), case["input"]["content_type"]
    )


def test_one_of_two_joined_lines_is_enough():
    """A cautious reading: an intermediary may have joined two lines."""
    assert gpc(b"1, 1")
    assert gpc(b"0,1")


def test_only_the_start_of_a_long_value_is_read():
    """Work is bounded whatever a client sends."""
    assert not gpc(b"0," * 200 + b"1")


@pytest.mark.parametrize(
    "moment", ["2025-02-30", "2025-13-01", "2025-04-15T25:00:00Z", "2025-04-15T10:00:00"]
)
def test_impossible_moments_are_unknown(moment):
    """The date is unknown; the support is not."""
    body = json.dumps({"gpc": True, "lastUpdate": moment}).encode()
    assert GpcSupport(support=True) == parse_support(200, body, JSON)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_an_unreadable_resource_is_unknown(body):
    """A broken document says nothing."""
    assert GpcSupport() == parse_support(200, body, JSON)


@pytest.mark.parametrize(
    ("content_type", "known"),
    [
        ("application/json", True),
        ("Application/JSON", True),
        ("application/json; charset=utf-8", True),
        ("application/json ;charset=utf-8", True),
        ("text/html", False),
        ("text/plain", False),
        ("application/json5", False),
        ("application/ld+json", False),
        ("text/html; application/json", False),
        ("", False),
    ],
)
def test_only_what_is_sent_as_json_is_the_resource(content_type, known):
    """A page that answers for every address is no statement, whatever its text looks like."""
    found = parse_support(200, b'{"gpc": true}', content_type)
    assert found == GpcSupport(support=True if known else None)


def test_our_own_resource_reads_as_support():
    """What we serve is what the draft asks for."""
    body = support_document(date(2026, 11, 21))
    assert GpcSupport(support=True, last_update="2026-11-21") == parse_support(200, body, JSON)
