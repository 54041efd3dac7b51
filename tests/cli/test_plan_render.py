"""Plans and receipts in words: what is unusual about a step is said."""

from __future__ import annotations

import pytest

from privacykit.cli.rights.plan import plan_lines, receipt_lines, unknown_person
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.planned import Plan, PlanStep
from privacykit.govern.records import (
    Action,
    ErasureStrategy,
    Evidence,
    Receipt,
    RequestStatus,
    RequestType,
    StepResult,
)

MAP = parse_datamap("""
[datasets.shop]
url = "sqlite:///shop.db"
[collections.shop.people]
subject = true
[collections.shop.people.fields]
email = { category = "user.contact.email", identity = "email", match = "ignore-case" }
""")


def _plan(*steps):
    return Plan("p", "r", "erasure", 0.0, 1.0, steps, "d")


def _step(**changes):
    strategy = ErasureStrategy.DELETE
    return PlanStep("shop", "people", Action.DELETE, strategy, **({"rows": 1} | changes))


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (_step(cost_model="scan"), "some stores are read whole"),
        (_step(held_rows=2), "2 held"),
        (_step(rows=2, tried=1), "1 of them tried"),
        (_step(rows=0), "nothing in 1 collection"),
    ],
    ids=["scan", "held", "tried", "none"],
)
def test_a_plan_says_what_is_unusual(step, says):
    """Beside what will be done."""
    assert says in "\n".join(plan_lines(_plan(step), MAP))


def test_capitals_are_named_only_where_they_count():
    """A column compared without them finds both spellings."""
    hint = unknown_person(_plan(_step(rows=0)), MAP, {"email"})

    assert hint == "nobody is known by this: check the spelling, and try what else names the person"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"error": "it is locked"}, "failed: it is locked"),
        ({"rows_gone": 1}, "1 were so already"),
        ({"rows_skipped": 1}, "1 skipped: changed since the plan"),
        (
            {"evidence": Evidence(2, remains=("2 rows of shop.logs hold a value",))},
            "    2 rows of shop.logs hold a value",
        ),
        ({"evidence": Evidence(remains=("backups, for 30 days",))}, "  note: backups, for 30 days"),
    ],
    ids=["error", "gone", "skipped", "still there", "remains"],
)
def test_a_receipt_says_what_did_not_go_as_planned(changes, says):
    """And what remains until when."""
    step = StepResult("shop", "people", Action.DELETE, 2, 1, **changes)
    kind, status = RequestType.ERASURE, RequestStatus.PARTIALLY_FULFILLED
    receipt = Receipt("a" * 32, "b" * 32, kind, "DE", 0.0, 1.0, 1.0, status, (step,))

    assert says in "\n".join(receipt_lines(receipt))
