"""The examples, run as a reader of the documentation would run them."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG, lay_out

ROOT = Path(__file__).parent.parent
COUNTS_JSON = CONFIG.replace("[events]", '[events]\ncontent_types = ["application/json"]')


@pytest.fixture
def port():
    """Return a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _serving(port: int, folder: Path) -> subprocess.Popen:
    out = os.open(folder / "out", os.O_CREAT | os.O_WRONLY)
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "examples.api.app:app", "--port", str(port),
         "--no-proxy-headers", "--log-level", "info"],
        cwd=ROOT,
        env=os.environ | {"BOOKS_CONFIG": str(lay_out(folder, COUNTS_JSON))},
        stdout=out,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    os.close(out)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    return process


def test_fastapi_wrapped_with_one_line(tmp_path, port):
    """A FastAPI application under a real uvicorn decides by law, and keeps templates only."""
    process = _serving(port, tmp_path)
    try:
        headers = {"x-forwarded-for": address_of("US-CA", 9), "user-agent": "Firefox/145.0"}
        answer = httpx2.get(f"http://127.0.0.1:{port}/books/978?token=s3cret", headers=headers)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert answer.json() == {"isbn": "978", "adverts": True, "place": "US-CA"}
    with sqlite3.connect(tmp_path / "privacykit-events.db") as database:
        kept = [
            json.loads(body)
            for (bodies,) in database.execute("select bodies from outbox_batches")
            for body in bodies.splitlines()
        ]
    for file in tmp_path.glob("privacykit-events_*.db"):
        with sqlite3.connect(file) as database:
            kept += [json.loads(body) for (body,) in database.execute("select body from events")]
    assert sorted({(e["data"]["name"], e["data"]["page"]) for e in kept}) == [
        ("page", "/books/{isbn}"),
        ("read", None),
    ]
    everything = b"".join(
        path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".mmdb"
    )
    assert b"s3cret" not in everything
    assert address_of("US-CA", 9).encode() not in everything
