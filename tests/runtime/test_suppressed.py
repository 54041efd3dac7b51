"""Tests of how an order to stop reaches collection: by itself, in every process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from privacykit.collect.ports import ConsentRecord
from privacykit.collect.suppressed import CLOSING
from privacykit.geo.synthetic import address_of
from privacykit.pseudonym.subject import subject_reference
from privacykit.runtime.build import build
from privacykit.runtime.refresher import TICK_SECONDS
from privacykit.runtime.suppressed import SuppressedWatch
from privacykit.settings.load import load
from privacykit.stores.database.engine import open_engine
from privacykit.stores.keys import load_keys
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.testing.layout import lay_out
from privacykit.web.edge import admit

WORKER = Path(__file__).with_name("suppressed_worker.py")
PATIENCE = 60.0
"""Seconds that a loaded machine may take; a free one takes what :data:`TICK_SECONDS` says."""


@pytest.fixture
def consents(tmp_path):
    """The consent store of the installation in *tmp_path*."""
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-records.db", kind="records")
    yield SqlConsentStore(engine)
    engine.dispose()


def _ask(worker):
    worker.stdin.write("\n")
    worker.stdin.flush()
    return worker.stdout.readline().strip()


def test_an_order_reaches_a_process_that_serves(tmp_path, consents):
    """No restart, no message: its keeper looks every five seconds."""
    config = lay_out(tmp_path)
    key = load_keys(tmp_path / "privacykit.keys").current("subject").value
    command = [sys.executable, WORKER, config]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as worker:
        before = _ask(worker)
        consents.stop("subject", subject_reference(key, "customer-7"), at=time.time(), until=None)
        end = time.monotonic() + PATIENCE
        while (after := _ask(worker)) == "accepted" and time.monotonic() < end:
            time.sleep(0.05)
        worker.stdin.close()

    assert (before, after) == ("accepted", "suppressed")
    assert TICK_SECONDS == 5.0


def test_an_order_that_was_lifted_is_forgotten_at_the_next_look(tmp_path, consents):
    """Who took an erasure back is collected again, and an order beside it stands."""
    path = lay_out(tmp_path)
    runtime = build(load(path), base=str(path)).runtime
    watch = SuppressedWatch(consents, runtime)
    consents.stop("subject", "a", at=1.0, until=None, purposes=(CLOSING, "ads"))
    watch.look()
    before = runtime.suppressed.closing(["a"])
    consents.lift("subject", "a", CLOSING)
    watch.look()

    assert (before, list(runtime.suppressed)) == (True, [("a", "ads", 1.0)])


def test_a_withdrawn_grant_that_is_replayed_allows_nothing(tmp_path, consents):
    """Any process knows the withdrawal after its next look, and till the cookie's own end."""
    path = lay_out(tmp_path)
    engine = build(load(path), base=str(path))
    jar = engine.runtime.days.site_days["shop"].choices
    now = engine.runtime.clock()
    consents.add(ConsentRecord("r" * 22, "shop", ("ads",), "1", (), now))
    cookie = jar.grant("r" * 22, ["ads"], now).partition(";")[0].encode()
    german = (b"x-forwarded-for", address_of("DE", 9).encode())
    lines = [(b"host", b"shop.example"), (b"cookie", cookie), german]
    watch = SuppressedWatch(consents, engine.runtime)

    def allows():
        privacy, _ = admit(lines, ("127.0.0.1", 5000), b"", engine)
        return privacy.allows("ads")

    engine.start()
    before = allows()
    consents.withdraw("r" * 22, now)
    watch.look()
    after = allows()
    consents.forget_stops(now + 394 * 86_400)
    watch.look()

    last = allows()
    engine.stop(5)
    assert (before, after, last) == (True, False, False)


def test_orders_are_read_only_when_they_changed(tmp_path, consents):
    """A tick costs one small query."""
    path = lay_out(tmp_path)
    runtime = build(load(path), base=str(path)).runtime
    watch = SuppressedWatch(consents, runtime)
    consents.stop("subject", "a", at=1.0, until=None)

    watch.look()
    first = runtime.suppressed
    watch.look()

    assert list(first) == [("a", "", 1.0)]
    assert runtime.suppressed is first
