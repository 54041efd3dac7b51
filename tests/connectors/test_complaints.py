"""What people complain about in other tools, and had no test of its own yet."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from examples.shop.database import SHOP_MAP, email_of, make_rows
from examples.shop.database.people import erase, shop_means, who
from privacykit.errors import PlanError
from privacykit.govern import flow
from privacykit.govern.records import Effect, RequestStatus, RequestType


def _plan(means, customer=3):
    return flow.plan_request(
        means, RequestType.ERASURE, who(customer), plan_id="plan", request_id="r"
    )


def _run(url, statement, **values):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def test_an_id_that_was_used_again_erases_nobody(sql_url):
    """Between plan and start the person's row became another person's: nothing is touched."""
    with shop_means(sql_url, make_rows(5)) as means:
        plan = _plan(means)
        flow.approve(means, "plan", plan.targets_digest, "operator")
        _run(
            sql_url,
            "update customers set email = 'new@else.example', phone = '+49 1' where id = 3",
        )
        with pytest.raises(PlanError, match="PK244"):
            flow.execute(means, "plan", plan.targets_digest)


@pytest.mark.parametrize("cap", ["max_rows = 3", "max_proportion = 0.001"])
def test_a_plan_over_its_cap_is_approved_only_knowingly(tmp_path, cap):
    """A mistake that would empty a table is stopped before it starts."""
    capped = SHOP_MAP.replace("[datasets.shop]\n", f"[datasets.shop]\n{cap}\n")
    rows = make_rows(150, orders_each=1)
    for row in rows["sessions"]:
        row["customer_id"] = 3
    with shop_means(f"sqlite:///{tmp_path}/shop.db", rows, text=capped) as means:
        plan = _plan(means)

        with pytest.raises(PlanError, match="problems"):
            flow.approve(means, "plan", plan.targets_digest, "operator")


def test_what_is_called_erased_is_in_no_byte_of_the_file(tmp_path):
    """SQLite keeps deleted rows in free pages unless told otherwise."""
    place = Path(tmp_path) / "shop.db"
    with shop_means(f"sqlite:///{place}", make_rows(9), effect=Effect.ERASED) as means:
        before = email_of(9).encode() in place.read_bytes()
        outcome = erase(means, 9)

    files = {file.name: file.read_bytes() for file in place.parent.glob("shop.db*")}
    assert before
    assert {r.effect for r in outcome.results if r.cursor} <= {Effect.ERASED, Effect.PSEUDONYMISED}
    assert [name for name, data in files.items() if email_of(9).encode() in data] == []


def test_a_store_that_nothing_serves_is_no_success(tmp_path):
    """Nobody answered, so nothing was fulfilled."""
    with shop_means(f"sqlite:///{tmp_path}/shop.db", make_rows(4)) as opened:
        means = replace(opened, connectors={})
        plan = _plan(means)
        flow.approve(
            means, "plan", plan.targets_digest, "operator", accept_problems=plan.problems_digest
        )
        results = flow.execute(means, "plan", plan.targets_digest)

    assert flow.conclude(means, plan, results).status is RequestStatus.UNFULFILLED


def test_somebody_erased_already_is_success(sql_url):
    """The second time there is nothing to do, and nothing fails."""
    with shop_means(sql_url, make_rows(4)) as means:
        erase(means, 4)
        again = erase(means, 4, "again")

    assert [r for r in again.results if r.error or r.rows_changed] == []
