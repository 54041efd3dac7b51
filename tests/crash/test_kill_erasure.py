"""P6: ``kill -9`` at every moment of an erasure; what its receipt says is what an undisturbed says."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine, text

from privacykit.govern.audit.verify import LogStatus
from privacykit.govern.records import Identity
from privacykit.govern.requests.lifecycle import ENDED
from privacykit.operate.context import OperatorContext
from privacykit.operate.fulfil import Fulfilment
from privacykit.operate.own.events import OwnEvents
from privacykit.operate.own.proofs import accounts_of
from privacykit.pseudonym.subject import subject_reference
from privacykit.sealed import SealRule, open_sealing
from privacykit.testing.samples import row

SCRIPT = Path(__file__).with_name("erasure_worker.py")
ANNA, BEN = "anna@shop.example", "ben@shop.example"
CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
establishments = ["DE"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[events]
url = "sqlite:///privacykit-events.db"
identified_by = ["controller_customer_id"]
"""
MAP = """
[recipients.printer]
name = "The printer next door"
[datasets.shop]
url = "{url}"
recipients = ["printer"]
[collections.shop.customers]
subject = true
[collections.shop.customers.fields]
id = {{ category = "user.unique_id", identity = "controller_customer_id" }}
email = {{ category = "user.contact.email", identity = "email" }}
[collections.shop.orders]
[collections.shop.orders.fields]
id = {{ exclude = "a number" }}
customer_id = {{ category = "user.unique_id", relation = "owned_by" }}
note = "user.content"
"""
ORDERS = "id integer primary key, customer_id integer references customers (id), note varchar(99)"
SHOP = (
    "create table customers (id integer primary key, email varchar(99) unique)",
    f"create table orders ({ORDERS})",
    "create index orders_customer on orders (customer_id)",
    f"insert into customers values (1, '{ANNA}'), (2, '{BEN}')",
    "insert into orders values (1, 1, 'for Anna'), (2, 2, 'for Ben'), (3, 1, 'again')",
)
EMPTIED = ("drop table orders", "drop table customers")
STRIDES = {"sqlite": 4, "postgres": 13, "mariadb": 13}
"""
Of so many moments one is tried, from another one on each time; ``make kills`` tries all of them.

Our own stores are the same files beside each database.
"""
SEALED = [SealRule("email", person="email", purpose="orders", identity="email")]
OURS = ("privacykit-events.db", "privacykit-records.db")


def execute(url, statements):
    """Execute *statements* in the shop."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def seen(context, number, of, *, name="page"):
    """Return an event of a customer."""
    made = row(number, expires_at=int(context.clock()) + 86_400)
    body = msgspec.json.decode(made.body)
    body["data"]["name"] = name
    reference = subject_reference(context.keys.current("subject").value, of)
    envelope = msgspec.structs.replace(made.envelope, subject=reference, record=None)
    return msgspec.structs.replace(made, envelope=envelope, body=msgspec.json.encode(body))


def fill(folder):
    """Keep events, choices and sealed fields of Anna and of Ben in stores of ours."""
    config = str(folder / "privacykit.toml")
    with closing(OperatorContext(config)) as context:
        now = context.clock()
        with context.events() as store:
            store.ensure_periods(now, 1)
            store.add([seen(context, n, "1") for n in (1, 2, 3)], now)
            store.add([seen(context, 4, "1", name="paid"), seen(context, 5, "2")], now)
        with context.outbox() as outbox:
            outbox.add([seen(context, 6, "1"), seen(context, 7, "1"), seen(context, 8, "2")], now)
        for user in ("1", "2"):
            accounts_of(context).change(
                user, "shop", lambda it: msgspec.structs.replace(it, refused=("analytics",))
            )
    with closing(open_sealing(config, SEALED)) as sealing:
        for email in (ANNA, BEN):
            sealing.seal({"id": "1", "email": email})


class House:
    """An installation with its application's database, which can be put back to the beginning."""

    def __init__(self, url, folder, process):
        self._url = url
        self._folder = folder
        self._process = process

    def run(self, work, *command, last=0):
        """Run a command until the moment *last*; return status, moments and output."""
        self._process.stdin.write(json.dumps([str(work), last, command]) + "\n")
        self._process.stdin.flush()
        status, (code, moments, out) = json.loads(self._process.stdout.readline())
        assert code in {None, 0, 3}, (command, out)
        return status, moments, out

    def file(self, *holds):
        """File Anna's erasure, proven and approved."""
        for hold in holds:
            where = ("privacykit", "events", "--where", hold, "--basis", "claims")
            self.run(self._folder, "hold", "add", *where, "--review", "2099-01-01")
        wanted = ("request", "new", "erasure", "--email", ANNA, "--place", "DE", "--json")
        request = json.loads(self.run(self._folder, *wanted)[2])["id"]
        self.run(self._folder, "request", "prove", request, "--method", "logged_in")
        self.run(self._folder, "request", "approve", request)
        (self._folder / "request").write_text(request)

    def begin(self):
        """Put everything back."""
        work = self._folder.with_name("work")
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(self._folder, work)
        if not self._url.startswith("sqlite"):
            execute(self._url, (*EMPTIED, *SHOP))
        return work

    def live(self, work, last=0):
        """Carry the request out until the moment *last*; return status and moments."""
        request = (work / "request").read_text()
        return self.run(work, "request", "run", request, "--yes", last=last)[:2]

    def is_over(self, work):
        """Tell whether the request was answered before it was killed."""
        with closing(OperatorContext(str(work / "privacykit.toml"))) as context:
            request = context.desk.found((work / "request").read_text()).request
            if is_over := request.status in ENDED:
                Fulfilment(context, "system").send_due()  # the worker's business
                context.desk.sweep(now=context.clock(), actor="system")
        return is_over

    def told(self, work):
        """Return all that can be seen of what was done: the receipt, the stores, the log."""
        request = (work / "request").read_text()
        return told(work, self._url, request)


def told(work, url, request):
    """Return what the receipt says and what stands in every store."""
    url = url.replace("house/shop.db", "work/shop.db")
    engine = create_engine(url)
    with engine.connect() as connection:
        shop = {
            table: sorted(map(tuple, connection.execute(text(f"select * from {table}"))))
            for table in ("customers", "orders")
        }
    engine.dispose()
    with closing(OperatorContext(str(work / "privacykit.toml"))) as context:
        # The worker's business, in the days after a plan was killed in the making.
        context.plans.forget_unsaved(context.clock() + 1)
        status = context.desk.found(request).request.status.value
        # An erasure that is fulfilled leaves no plan of its person's waiting.
        named = status == "fulfilled" and [plan.plan_id for plan, _ in context.plans.waiting()]
        context.plans.forget_expired(context.clock() + 2 * 86_400)
        ids = [Identity("controller_customer_id", number) for number in ("1", "2")]
        events = {it.value: sorted(OwnEvents(context, [it]).ids()) for it in ids}
        actions = Counter(it.entry.action for it in context.audit.entries())
        whole = context.audit.verify([], []).standing is not LogStatus.BROKEN
        unsearched = context.requests.unsearched()
        receipt = json.loads(context.requests.receipt(request))
    with closing(sqlite3.connect(work / "privacykit-records.db")) as records:
        kept = {
            table: records.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("sealing_keys", "account_choices", "suppressions", "plan_chunks")
        }
    steps = sorted(
        [
            it["dataset"],
            it["collection"],
            it["action"],
            it["rows_matched"],
            it["rows_changed"] + it["rows_gone"],
            it["rows_skipped"],
            it["rows_retained"],
            it["effect"],
            it["justification"] or "",
            [line for line in it["evidence"]["remains"] if "other schemas" not in line],
            it["evidence"]["verify_query_count"],
            it["error"],
        ]
        for it in receipt["steps"]
    )
    sent = [(it["recipient"], it["status"]) for it in receipt["propagations"]]
    anna = any(ANNA.encode() in (work / name).read_bytes() for name in OURS)
    answer = (receipt["status"], receipt["suppressed"], status, sent)
    return {
        "steps": steps,
        "answer": answer,
        "shop": shop,
        "events": events,
        "kept": kept,
        "actions": dict(actions),
        "named": named,
        "unsearched": unsearched,
        "whole": whole,
        "anna": anna,
    }


@pytest.fixture
def house(sql_url, tmp_path, request):
    """An installation in which an erasure of Anna is approved."""
    folder = tmp_path / "house"
    folder.mkdir()
    if sql_url.startswith("sqlite"):
        sql_url = f"sqlite:///{folder}/shop.db"
    (folder / "privacykit.toml").write_text(CONFIG)
    inside = "sqlite:///shop.db" if sql_url.startswith("sqlite") else sql_url
    (folder / "datamap.toml").write_text(MAP.format(url=inside))
    execute(sql_url, SHOP)
    process = subprocess.Popen(
        [sys.executable, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        house = House(sql_url, folder, process)
        house.run(folder, "keys", "init")
        fill(folder)
        house.file(*getattr(request, "param", ()))
        yield house
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("house", [(), ("name = 'paid'",)], ids=["all", "held"], indirect=True)
@pytest.mark.parametrize("sql_url", STRIDES, indirect=True)
def test_a_receipt_is_the_same_wherever_its_erasure_was_killed(house, request):
    """Each step stands in it once, with what it did; nobody else is touched."""
    work = house.begin()
    status, moments = house.live(work)
    calm = house.told(work)
    assert (status, moments > 20) == (0, True)
    every = "EVERY_MOMENT" in os.environ
    stride = 1 if every else STRIDES[request.node.callspec.params["sql_url"]]
    different = {}
    for last in range(1 + random.randrange(stride), moments + 1, stride):
        work = house.begin()
        assert house.live(work, last)[0] == signal.SIGKILL, last
        if not house.is_over(work):
            house.live(work)
        different |= {(last, it): seen for it, seen in house.told(work).items() if seen != calm[it]}
    assert different == {}
