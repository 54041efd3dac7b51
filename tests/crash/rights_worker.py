"""
Serves people until somebody sends SIGKILL: erases, exports, ends retention. A script.

Standard input: a line per life. Standard output: ``born PID``, ``gone PID STATUS``.
"""

import os
import secrets
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from examples.shop.database import SHOP_MAP
from examples.shop.database.people import NOW, shop_means, who
from privacykit.errors import PlanError
from privacykit.export import Order, write_package
from privacykit.govern import flow
from privacykit.govern.audit.chain import SYSTEM, AuditKey
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import RequestType
from privacykit.govern.retention import run as purge
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionRun
from privacykit.stores.database.engine import open_engine
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.plans import SqlPlans
from privacykit.stores.records.retention import SqlRetention

KEY = AuditKey(bytes(32))
LEAVING = range(1, 7)
CURIOUS = 20
MAP = SHOP_MAP.replace(
    "[collections.shop.newsletter.fields]",
    "[collections.shop.newsletter]\n"
    'retention = { duration = "1 year", from = "subscribed_at" }\n'
    "[collections.shop.newsletter.fields]",
)


def say(line):
    """Tell the parent; what is written survives us."""
    os.write(1, f"{line}\n".encode())


class Clock:
    """The tests' own day, and time that passes."""

    def now(self):
        return NOW

    def elapsed(self):
        return time.monotonic()

    def sleep(self, _):
        """Give others their turn."""
        time.sleep(0.001)


@contextmanager
def context(url, folder):
    """Open everything that serving people takes."""
    records = open_engine(f"sqlite:///{folder}/records.db", kind="records")
    log = AuditLog(records, [KEY], origin="test")
    with shop_means(url, text=MAP) as opened:
        # The lease of a run that was killed has ended by the time of the next.
        means = replace(
            opened,
            plans=SqlPlans(records),
            random=secrets.token_bytes,
            clock=time.time,
            owner="one host",
            chunk_rows=5,
        )
        yield means, log, SqlRetention(records, log)
    records.dispose()


def erase(means, log, folder, customer):
    """Go on with a person's erasure from wherever it stopped."""
    note = Path(folder) / f"plan{customer}"
    if not note.exists():
        # As the commands do: a plan that was killed in the making is left, another one is made.
        name = secrets.token_hex(16)
        flow.plan_request(means, RequestType.ERASURE, who(customer), plan_id=name, request_id=name)
        log.append(SYSTEM, "request.planned", request_id=name)
        note.with_suffix(".new").write_text(name)
        note.with_suffix(".new").rename(note)
    name = note.read_text()
    plan, _, salt = means.plans.load_plan(name)
    if not salt:
        return
    if plan.approved_at is None:
        flow.approve(means, name, plan.targets_digest, "operator")
        log.append(SYSTEM, "request.approved", request_id=name)
    flow.execute(means, name, plan.targets_digest)
    flow.verify(means, name)
    log.append(SYSTEM, "request.done", request_id=name, detail={"type": "erasure"})


def export(means, folder):
    """Write the package of somebody who stays."""
    bundle = PlanScope(find_person(means, who(CURIOUS)).subject, who(CURIOUS), "access")
    write_package(means, Order(bundle, "r"), Path(folder) / "package.zip")


def retain(means, ledger):
    """End what is over, few rows at a time."""
    purge.FIRST_BATCH = 3
    purger = means.connectors["shop"].purger()
    run = RetentionRun(ledger, tuple, Clock(), Limits(pause=0.5), "one host")
    for rule in rules(means.datamap, NOW, {}):
        run.rule(rule, purger)


def work(url, folder):
    """Serve everybody in turn, and do the rest at another place of the line in each life."""
    with context(url, folder) as (means, log, ledger):
        tasks = [lambda n=n: erase(means, log, folder, n) for n in LEAVING]
        for other in (lambda: export(means, folder), lambda: retain(means, ledger)):
            tasks.insert(secrets.randbelow(len(tasks) + 1), other)
        for task in tasks:
            task()


def main(url, folder):
    """Give birth to workers on demand: a fork is quicker than to import all of it again."""
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            say(f"born {os.getpid()}")
            try:
                work(url, folder)
            except PlanError as error:
                say(f"refused {error}")
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say(f"gone {child} {status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
