"""Rows of which the audit log knows are missed on every database, and none that went by right."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from privacykit.collect.suppressed import CLOSING
from privacykit.govern.audit.chain import SYSTEM, AuditKey
from privacykit.govern.records import Hold, Identity
from privacykit.govern.requests.suppression import SuppressionKey
from privacykit.stores.database.engine import open_engine
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.stores.records.holds import SqlHolds
from privacykit.stores.records.operations.lacking import counting, lacking
from privacykit.stores.records.suppressions import SqlSuppressions

PEOPLE = [Identity("email", f"{name}@shop.example") for name in ("anna", "ben", "cleo")]
KEYS = [("subject", "a" * 32), ("record", "b" * 32)]


class Records:
    """The stores of a [records] database."""

    def __init__(self, url):
        self.engine = open_engine(url, kind="records")
        self.audit = AuditLog(self.engine, [AuditKey(bytes(32))], origin="test")
        self.kept_away = SqlSuppressions(self.engine, [SuppressionKey(bytes(32))], self.audit)
        self.holds = SqlHolds(self.engine, self.audit)
        self.orders = SqlConsentStore(self.engine)

    def asks(self, request, *people):
        """Keep people away for a request."""
        with counting(self.engine, self.audit, SYSTEM, KEYS, request):
            for kind, key in KEYS:
                self.orders.stop(kind, key, at=1.0, until=None)
            told = {"reason": "erasure", "at": 1.0, "actor": SYSTEM, "request_id": request}
            self.kept_away.add(people, **told)

    def does(self, statement):
        """Do what a database client does."""
        with self.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture
def records(sql_url):
    """A database with two requests and a hold."""
    made = Records(sql_url)
    made.asks("aa", *PEOPLE[:2])
    made.asks("bb", PEOPLE[2])
    made.holds.place(Hold("cc", "shop", "orders", (), "claims", SYSTEM, 1.0, 9.0))
    yield made
    made.engine.dispose()


def test_what_goes_by_right_is_not_missed(records):
    """Taken back, lifted, ended, asked again; and orders that end, or wait for a yes."""
    assert lacking(records.engine) == {}
    records.kept_away.lift_request("bb", actor=SYSTEM, at=2.0)
    assert lacking(records.engine) == {}
    records.asks("dd", PEOPLE[2])
    records.asks("dd", PEOPLE[2])
    records.kept_away.lift(PEOPLE[0], actor=SYSTEM, at=3.0)
    records.holds.release("cc", actor=SYSTEM, at=3.0)
    with counting(records.engine, records.audit, SYSTEM, KEYS):
        records.orders.stop("visitor", "v", at=1.0, until=2.0)
        records.orders.stop("subject", "a" * 32, at=1.0, until=None, purposes=(CLOSING,))
    records.orders.lift("subject", "a" * 32, CLOSING)
    records.orders.forget_stops(5.0)
    assert lacking(records.engine) == {}
    told = [it.entry.action for it in records.audit.entries()]
    assert told.count("records.counted") == 3


@pytest.mark.parametrize(
    ("statement", "gone"),
    [
        ("delete from suppressions", 2),
        ("delete from suppressions where request_id = 'bb'", 1),
        ("delete from suppressions where request_id = 'aa'", 1),
    ],
)
def test_what_a_lift_left_is_missed_when_it_goes(records, statement, gone):
    """One who came back ends the keeping of nobody else, be it by the same request or another."""
    records.kept_away.lift(PEOPLE[0], actor=SYSTEM, at=3.0)
    assert lacking(records.engine) == {}
    records.does(statement)
    assert lacking(records.engine) == {"suppressions": gone}


def test_what_was_gone_before_a_lift_is_missed_after_it(records):
    """A lift puts down what it took back, and not what is left."""
    records.does("delete from suppressions where request_id = 'bb'")
    records.kept_away.lift(PEOPLE[0], actor=SYSTEM, at=3.0)
    assert lacking(records.engine) == {"suppressions": 1}


@pytest.mark.parametrize("more", [False, True], ids=["at once", "after others came"])
@pytest.mark.parametrize(
    ("statement", "gone"),
    [
        ("delete from suppressions where request_id = 'bb'", {"suppressions": 1}),
        ("delete from suppressions", {"suppressions": 3}),
        ("delete from stops where kind = 'record'", {"orders to stop": 1}),
        ("delete from holds", {"holds": 1}),
        ("update holds set released_at = 5", {"ends of holds": 1}),
    ],
)
def test_what_was_taken_out_is_missed_on_every_database(records, statement, gone, more):
    """However much comes after it."""
    records.does(statement)
    if more:
        with counting(records.engine, records.audit, SYSTEM, [("subject", "c" * 32)], "ee"):
            records.orders.stop("subject", "c" * 32, at=1.0, until=None)
            told = {"reason": "erasure", "at": 1.0, "actor": SYSTEM, "request_id": "ee"}
            records.kept_away.add([Identity("email", "dora@shop.example")], **told)
    assert lacking(records.engine) == gone
