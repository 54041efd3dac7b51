"""
Many people at once cost as much each as few: no statement multiplies two lists.

Counted is what the database handles, not time: instructions of SQLite's machine, index look-ups and
rows read of the servers.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager

from sqlalchemy import Engine, event

from examples.shop.database import make_rows
from examples.shop.database.data import email_of
from examples.shop.database.people import shop_means
from privacykit.govern import flow
from privacykit.govern.records import Identity, RequestType

FEW, MANY = 40, 320
HANDLED = {
    "postgresql": "select (select coalesce(sum(idx_scan), 0) from pg_stat_xact_user_tables) +"
    " (select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)"
    " from pg_stat_xact_user_tables)",
    "mysql": "select sum(variable_value) from information_schema.session_status"
    " where variable_name like 'Handler_read%'",
}
"""In PostgreSQL of the transaction, in MariaDB of the session."""


@contextmanager
def handling():
    """Count what every database handles meanwhile."""
    handled: Counter[object] = Counter()
    before: dict[object, int] = {}

    def tick(connection):
        handled[connection] += 1
        return 0

    def begin(connection):
        raw = connection.connection.driver_connection
        if connection.dialect.name == "sqlite":
            raw.set_progress_handler(lambda: tick("sqlite"), 10)
        elif connection.dialect.name == "mysql":
            before.setdefault(id(raw), _asked(raw, "mysql"))

    def end(connection):
        raw, kind = connection.connection.driver_connection, connection.dialect.name
        if kind == "postgresql" and raw.info.transaction_status.name == "INTRANS":
            handled[object()] += _asked(raw, kind)
        elif kind == "mysql":
            handled[id(raw)] = _asked(raw, kind) - before[id(raw)]

    hooks = {"begin": begin, "commit": end, "rollback": end}
    for name, hook in hooks.items():
        event.listen(Engine, name, hook)
    try:
        yield handled
    finally:
        for name, hook in hooks.items():
            event.remove(Engine, name, hook)


def _asked(raw, kind):
    with raw.cursor() as cursor:
        cursor.execute(HANDLED[kind])
        return int(cursor.fetchone()[0])


def _erased(means, people):
    """Erase *people* at once; return what the database handled for each of them."""
    who = tuple(Identity("email", email_of(number)) for number in people)
    name = f"p{people.start}"
    with handling() as handled:
        plan = flow.plan_request(means, RequestType.ERASURE, who, plan_id=name, request_id="r")
        flow.approve(means, name, plan.targets_digest, "op", accept_problems=plan.problems_digest)
        flow.execute(means, name, plan.targets_digest)
    return sum(handled.values()) / len(people)


def test_each_of_many_costs_what_each_of_few_does(sql_url):
    """Planned, tried and carried out."""
    with shop_means(sql_url, make_rows(FEW + MANY + 1)) as means:
        few = _erased(means, range(1, 1 + FEW))
        many = _erased(means, range(1 + FEW, 1 + FEW + MANY))
    assert few > 10, "nothing was counted"
    assert many <= 1.3 * few
