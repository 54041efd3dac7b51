"""Ids as people write them, and what lists show of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from privacykit.cli.hold import hold_lines
from privacykit.cli.rights.plan import receipt_lines
from privacykit.cli.terminal import ids, words
from privacykit.errors import InputError
from privacykit.govern.records import (
    Action,
    Hold,
    Receipt,
    RequestStatus,
    RequestType,
    RowCondition,
    StepResult,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KNOWN = ["abcd1111", "abcd2222", "abce0000"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("abcd1111", "abcd1111"), ("abcd1", "abcd1111"), ("abce", "abce0000")],
)
def test_the_beginning_of_an_id_is_enough(given, expected):
    """Where no other begins so."""
    assert ids.whole("hold", given, KNOWN) == expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("abcd", "several holds begin so"),
        ("abc", "at least 4 characters"),
        ("", "at least 4 characters"),
        ("ffff", "there is no such hold"),
        ("%%%%", "there is no such hold"),
    ],
)
def test_a_beginning_that_does_not_decide_is_refused(given, says):
    """The wrong person's request would be run."""
    with pytest.raises(InputError, match=says):
        ids.whole("hold", given, KNOWN)


@pytest.mark.parametrize("wild", ["____", "%%%%", "abc_", "ABCD", "a' or 1", "abc"])
def test_a_store_is_asked_for_hexadecimal_only(wild):
    """A wildcard of SQL begins every id."""
    assert ids.beginning(wild) == ""


def test_a_request_is_named_by_its_beginning_or_as_the_last(run, filed):
    """Everywhere an id is taken."""
    first, second = filed("access", approve=False), filed("erasure", approve=False)

    def shown(*which):
        return json.loads(run("request", "show", *which, "--json")[1])["id"]

    assert (shown(first[:6]), shown("--last")) == (first, second)
    assert first[:8] in run("request", "prove", first[:8], "--method", "eid")[1]
    log = json.loads(run("audit", "show", "--request", second[:6], "--json")[1])
    assert {entry["request_id"] for entry in log} == {second}


@pytest.mark.parametrize("which", [[], ["--last"], ["0000"], ["0000", "--last"]])
def test_no_request_is_guessed(run, which):
    """Not named, not there, or named twice."""
    assert run("request", "show", *which)[0] == 2


def test_a_plan_is_named_by_its_beginning(run, filed, shown):
    """As it is shown."""
    request = filed("erasure")
    _, plan, _, digest = shown(request)

    assert run("request", "run", "--last", "--plan", plan[:8], "--digest", digest)[0] == 0


def test_a_hold_is_released_as_the_last(run):
    """Or by its beginning, while it stands."""
    add = ("hold", "add", "shop", "orders", "--basis", "x", "--review", "2026-12-01", "--json")
    first = json.loads(run(*add)[1])["hold_id"]
    later = NOW + timedelta(hours=1)
    second = json.loads(run(*add, at=later)[1])["hold_id"]

    assert json.loads(run("hold", "release", "--last", "--json")[1])["released"] == second
    assert json.loads(run("hold", "release", first[:5], "--json")[1])["released"] == first
    assert run("hold", "release", first[:5])[0] == 2
    assert run("hold", "release", "--last")[0] == 2


def test_a_hold_reads_as_it_was_placed_on_a_terminal_only():
    """A pipe may end in a log: a condition and a reason may name a person."""
    where = (RowCondition("who", "=", "p1"), RowCondition("gone", "is null"))
    hold = Hold("ab" * 8, "shop", "visits", where, "claim", "key", 0.0, 86_400.0, reason="court")

    assert list(hold_lines(hold, 0.0, values=True)) == [
        "abababab  shop.visits  who = p1 and gone is null",
        "  because claim: court",
        "  since 1970-01-01 00:00 UTC, review 1970-01-02 00:00 UTC",
    ]
    assert "p1" not in "".join(hold_lines(hold, 0.0, values=False))
    assert "court" not in "".join(hold_lines(hold, 0.0, values=False))


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1000, "1000 rows")]
)
def test_one_is_one(number, expected):
    """Nothing in 1 other collections was said."""
    assert words.many(number, "row") == expected


def test_a_receipt_says_what_was_done_and_nothing_else():
    """No step without rows, and one id."""
    steps = (
        StepResult("shop", "orders", Action.DELETE, 2, 2, finished_at=1.0),
        StepResult("shop", "tickets", Action.DELETE, 0, 0, finished_at=1.0),
    )
    status, kind = RequestStatus.FULFILLED, RequestType.ERASURE
    receipt = Receipt("r" * 32, "5f" * 16, kind, "DE", 0.0, 1.0, 1.0, status, steps)

    lines = list(receipt_lines(receipt))

    assert lines == [
        "  shop.orders  delete        2 of 2",
        "fulfilled",
        "the signed receipt: privacykit request receipt 5f5f5f5f",
    ]
