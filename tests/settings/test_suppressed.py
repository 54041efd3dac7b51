"""Tests of how an order to stop reaches collection: by itself, in every process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from privacykit.pseudonym.subject import subject_reference
from privacykit.settings.keeper import TICK_SECONDS
from privacykit.settings.load import load
from privacykit.settings.suppressed import SuppressedWatch
from privacykit.settings.wire import build
from privacykit.stores.engine import open_engine
from privacykit.stores.keys import load_keys
from privacykit.stores.records import SqlConsentStore
from privacykit.testing.layout import lay_out

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


def test_orders_are_read_only_when_they_changed(tmp_path, consents):
    """A tick costs one small query."""
    path = lay_out(tmp_path)
    runtime = build(load(path), base=str(path)).runtime
    watch = SuppressedWatch(consents, runtime)
    consents.stop("subject", "a", at=1.0, until=None)

    watch.look()
    first = runtime.suppressed
    watch.look()

    assert first.orders == {("a", ""): 1.0}
    assert runtime.suppressed is first
