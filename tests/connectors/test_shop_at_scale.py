"""
Every right, and retention with a hold, over a whole shop; then every row is checked.

20,000 rows by default. ``PRIVACYKIT_SHOP_CUSTOMERS=38000`` makes it a million.
"""

import json
import os
import secrets
import time
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from examples.shop.database import (
    SHOP_MAP,
    classes_of,
    differences,
    email_of,
    erased,
    make_rows,
    read_rows,
)
from examples.shop.database.people import NOW, shop_means, who
from privacykit.export import Order, write_package
from privacykit.govern import flow
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Hold, RequestType, RowCondition
from privacykit.govern.retention.ledger import Progress
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionRun
from privacykit.stores.database.engine import open_engine
from privacykit.stores.records.plans import SqlPlans

CUSTOMERS = int(os.environ.get("PRIVACYKIT_SHOP_CUSTOMERS", "755"))
LEAVING, WRONG, RESTRICTED, CURIOUS, HELD = 3, 5, 8, 11, 14

MAP = SHOP_MAP.replace(
    "[collections.shop.newsletter.fields]",
    "[collections.shop.newsletter]\n"
    'retention = { duration = "1 year", from = "subscribed_at" }\n'
    "[collections.shop.newsletter.fields]",
).replace(
    "[collections.shop.orders]\n",
    '[collections.shop.orders]\nretention = { duration = "1 year", from = "created_at" }\n',
)
HOLD = Hold(
    "h1", "shop", "newsletter", (RowCondition("email", "=", email_of(HELD)),), "x", "op", 0.0, 0.0
)


class _Clock:
    """The tests' own day, and time that passes."""

    def now(self):
        return NOW

    def elapsed(self):
        return time.monotonic()

    def sleep(self, _):
        """Nobody else is to get a turn."""


class _Ledger:
    """Every rule is confirmed."""

    def load(self, fingerprint):
        return Progress(fingerprint, "op-1")

    def save(self, _):
        """Forget it."""

    def claim(self, *_, **__):
        return True

    def release(self, *_, **__):
        """Nothing was taken."""


def _serve(means, kind, customer, changes=None):
    name = f"{kind.value}{customer}"
    plan = flow.plan_request(
        means, kind, who(customer), plan_id=name, request_id="r", changes=changes
    )
    flow.approve(means, name, plan.targets_digest, "operator")
    flow.execute(means, name, plan.targets_digest)
    return flow.verify(means, name)


def _purge(means):
    connector = means.connectors["shop"]
    run = RetentionRun(_Ledger(), lambda: [HOLD], _Clock(), Limits(pause=0), "me")
    purger = connector.purger()
    by_name = {rule.collection: rule for rule in rules(means.datamap, NOW, {})}
    return {n: run.rule(by_name[n], purger) for n in connector.order() if n in by_name}


def _exported(means, customer, folder):
    bundle = PlanScope(find_person(means, who(customer)).subject, who(customer), "access")
    write_package(means, Order(bundle, "r"), folder / "package.zip")
    with zipfile.ZipFile(folder / "package.zip") as package:
        manifest = json.loads(package.read("manifest.json"))
    return {part["collection"]: part["rows"] for part in manifest["parts"]}


def _after(rows):
    """Say what the shop must look like, in plain Python."""
    left = erased(rows, LEAVING)
    for row in left["customers"]:
        if row["id"] == WRONG:
            row["name"] = "Right Name"
        if row["id"] == RESTRICTED:
            row["restricted"] = True
    left["newsletter"] = [row for row in left["newsletter"] if row["email"] == email_of(HELD)]
    stay = {row["order_id"] for name in ("order_items", "payments") for row in left[name]}
    stay |= {row["id"] for row in left["orders"] if row["paid_at"] is not None}
    left["orders"] = [row for row in left["orders"] if row["id"] in stay]
    return left


@pytest.fixture
def plans(tmp_path):
    """The store of plans, in a file of its own."""
    engine = open_engine(f"sqlite:///{tmp_path}/records.db", kind="records")
    yield SqlPlans(engine)
    engine.dispose()


def _read(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("analyse"))
        rows = read_rows(connection)
    engine.dispose()
    return rows


@pytest.mark.slow
@pytest.mark.timeout(3600 if CUSTOMERS > 1000 else 120)
def test_every_right_changes_what_it_must_and_no_other_row(sql_url, plans, tmp_path, capsys):
    """Export, erase, rectify, restrict and retention under a hold leave exactly what they must."""
    rows = make_rows(CUSTOMERS)
    took = {}

    def timed(what, do):
        began = time.monotonic()
        done = do()
        took[what] = round(time.monotonic() - began, 2)
        return done

    with shop_means(sql_url, rows, text=MAP) as opened:
        means = replace(opened, plans=plans, random=secrets.token_bytes)
        _read(sql_url)
        expected = {name: len(found) for name, found in classes_of(rows, CURIOUS).items()}
        package = timed("export", lambda: _exported(means, CURIOUS, tmp_path))
        erasure = timed("erase", lambda: _serve(means, RequestType.ERASURE, LEAVING))
        change = {"shop.customers": {"name": "Right Name"}}
        timed("rectify", lambda: _serve(means, RequestType.RECTIFICATION, WRONG, change))
        timed("restrict", lambda: _serve(means, RequestType.RESTRICTION, RESTRICTED))
        purged = timed("retention", lambda: _purge(means))
    if CUSTOMERS > 1000:
        with capsys.disabled():
            kind, count = sql_url.split(":")[0], sum(map(len, rows.values()))
            print(f"\n{kind}: {count} rows, seconds: {took}")

    assert package == expected
    assert [r for r in erasure.results if r.error] == []
    assert (purged["newsletter"].held, purged["newsletter"].left) == (1, 0)
    assert differences(_after(rows), _read(sql_url)) == []
