"""Whom an erasure finds in a column is recognised there again: one equality for both."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit.govern.audit.chain import AuditKey
from privacykit.govern.identity.equality import matches
from privacykit.govern.records import Identity
from privacykit.govern.requests.suppression import SuppressionKey
from privacykit.stores.database.engine import open_engine
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.suppressions import SqlSuppressions

NOW = 1_800_000_000.0
UUID = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
kinds = st.sampled_from(["email", "customers.id", "phone_number", "visitor_id"])
values = st.sampled_from(["Anna@Home.example", " anna@home.example", "A-7", "+49 30 1", UUID])
changes = st.sampled_from([str, str.lower, str.upper, str.strip, lambda text: f"{text} "])


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A ledger in a file of its own."""
    folder = tmp_path_factory.mktemp("ledger")
    engine = open_engine(f"sqlite:///{folder}/records.db", kind="records")
    audit = AuditLog(engine, [AuditKey(b"a" * 32)], origin="shop.example")
    yield SqlSuppressions(engine, [SuppressionKey(b"s" * 32, "s")], audit)
    engine.dispose()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds, values, changes)
def test_what_an_erasure_would_find_is_recognised(ledger, kind, value, change):
    """To the letter, as stores are searched that compare so."""
    asked, stored = Identity(kind, value), Identity(kind, change(value))
    column = SimpleNamespace(identity=kind, format="raw", match="exact")
    request = f"{kind}-{value}".encode().hex()[:36]
    ledger.add([asked], reason="erasure", at=NOW, actor="system", request_id=request)
    found = ledger.among(ledger.hashes(stored), NOW)
    exact = ledger.exact_hashes(stored)
    known = any(
        one.exact in exact and one.request_id == request
        for several in found.values()
        for one in several
    )
    assert known == matches(asked, column, stored.value)


def test_an_identity_in_two_spellings_is_one(ledger):
    """In what is counted and told."""
    asked = [Identity("email", "Zoe@home.example")]
    added = ledger.add(asked, reason="erasure", at=NOW, actor="system", request_id="20e")
    assert added == 1
