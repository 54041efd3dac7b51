"""A plan over a real schema, kept in the real store of plans."""

import secrets
from dataclasses import replace

import pytest
from sqlalchemy import create_engine

from examples.shop.database import differences, erased, make_rows, read_rows
from examples.shop.database.people import erase, shop_means, who
from privacykit.errors import PlanError
from privacykit.govern import flow
from privacykit.govern.records import RequestStatus, RequestType
from privacykit.stores.database.engine import open_engine
from privacykit.stores.records.plans import SqlPlans


@pytest.fixture
def kept(tmp_path):
    """The store of plans, in a file of its own."""
    engine = open_engine(f"sqlite:///{tmp_path}/records.db", kind="records")
    yield SqlPlans(engine)
    engine.dispose()


def test_a_plan_survives_being_written_down(sql_url, kept):
    """Names as a database spells them, keys of every kind: what is read back is carried out."""
    rows = make_rows(4)
    with shop_means(sql_url, rows) as means:
        outcome = erase(replace(means, plans=kept, random=secrets.token_bytes), 3)
    engine = create_engine(sql_url)
    with engine.connect() as connection:
        found = read_rows(connection)
    engine.dispose()

    assert differences(erased(rows, 3), found) == []
    assert outcome.status is not RequestStatus.UNFULFILLED


HOUR = 3600.0
EXPIRED = "expired"
BEHIND = "clock of this machine is behind"


def _refusal(means, digest, stage):
    """Return why the plan does not go on, ``None`` when it does."""
    try:
        if stage == "approve":
            flow.approve(means, "p", digest, "op")
        else:
            flow.execute(means, "p", digest)
    except PlanError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("at", "recorded", "expected"),
    [
        (25 * HOUR, 0.0, EXPIRED),
        (HOUR, 25 * HOUR, BEHIND),
        (-HOUR, 0.0, BEHIND),
        (HOUR, HOUR + 59, None),
        (HOUR, 0.0, None),
    ],
    ids=["late", "set back below the record", "set back below the plan", "two machines", "in time"],
)
@pytest.mark.parametrize("stage", ["approve", "execute"])
def test_a_plan_is_not_revived_by_a_clock(tmp_path, stage, at, recorded, expected):
    """An expired plan shows rows of long ago; a clock set back does not make them new."""
    start = 1_795_000_000.0
    with shop_means(f"sqlite:///{tmp_path}/shop.db", make_rows(4)) as means:
        made = replace(means, clock=lambda: start)
        plan = flow.plan_request(made, RequestType.ERASURE, who(3), plan_id="p", request_id="r")
        later = replace(
            means,
            clock=lambda: start + at,
            recorded_at=lambda: start + recorded if recorded else 0.0,
        )
        if stage == "execute":
            flow.approve(made, "p", plan.targets_digest, "op")
        refusal = _refusal(later, plan.targets_digest, stage)
    assert (refusal is None) if expected is None else (expected in (refusal or ""))
