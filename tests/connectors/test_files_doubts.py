"""What a plan over files doubts or refuses, each by the id that the reference explains."""

from __future__ import annotations

import json

import pytest

from privacykit.connectors.files import FilesConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

MAP = """
[datasets.lake]
path = "lake"
[collections.lake.users]
subject = true
ERASE
[collections.lake.users.fields]
id = { category = "user.unique_id", identity = "controller_customer_id" }
email = { category = "user.contact.email", identity = "email"STRATEGY }
[collections.lake.visits.fields]
user_id = { category = "user.unique_id", relation = "owned_by", references = "users.id" }
"""
WHO = (Identity("email", "anna@shop.example"),)
ROWS = 200


@pytest.fixture
def plan(tmp_path):
    """Return what plans an erasure of Anna, who made one of 200 visits or as many as are said."""

    def plan(visits=1, erase="", strategy="", served=True, after=None):
        users = [{"id": 1, "email": "anna@shop.example"}, {"id": 2, "email": "b@shop.example"}]
        seen = [{"user_id": 1 if number < visits else 2} for number in range(ROWS)]
        for name, rows in (("users", users), ("visits", seen)):
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        datamap = parse_datamap(MAP.replace("ERASE", erase).replace("STRATEGY", strategy))
        connectors = {"lake": FilesConnector(datamap, "lake", tmp_path)} if served else {}
        ticks = iter(range(1_795_000_000, 1_796_000_000))
        means = GovernContext(
            datamap, connectors, MemoryPlans(), lambda: float(next(ticks)), lambda n: b"r" * n
        )
        if after:
            after(tmp_path)
        made = flow.plan_request(means, RequestType.ERASURE, WHO, plan_id="p", request_id="r")
        return means, made

    return plan


def test_a_dataset_that_nothing_serves_is_said(plan):
    """It is never taken for empty."""
    assert any("PK240" in one for one in plan(served=False)[1].problems)


def test_a_store_that_does_not_answer_is_said(plan):
    """Something is wrong with a file since it was opened."""

    def broken(folder):
        (folder / "visits.csv").write_bytes(b"user_id\r1\r")

    assert any("PK241" in one for one in plan(after=broken)[1].problems)


@pytest.mark.parametrize(("visits", "doubted"), [(99, False), (101, True)])
def test_most_of_a_collection_wants_a_yes(plan, visits, doubted):
    """More than half of it, from a hundred rows on."""
    assert any("PK243" in one for one in plan(visits=visits)[1].problems) is doubted


def test_a_keyed_hash_without_a_key_is_refused(plan):
    """A hash that anybody can make again would be no pseudonym."""
    means, made = plan(erase='erase = "fields"', strategy=', erase = "hmac"')
    flow.approve(means, "p", made.targets_digest, "op", accept_problems=made.problems_digest)
    flow.execute(means, "p", made.targets_digest)
    assert any("PK227" in (one.error or "") for one in flow.verify(means, "p").results)
