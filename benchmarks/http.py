"""Lines 5 and 6: server CPU per request, under uvicorn (uvloop, httptools, one worker) and wrk."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.measure import Row
from benchmarks.scopes import BROWSERS, located

HERE = Path(__file__).parent
VARIANTS = ("starlette", "privacy", "privacy, durable", "id", "matomo", "access log")


class _Stub(BaseHTTPRequestHandler):
    """Stands for a Matomo server, which cannot be had here: takes the hit and says so."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(204)
        self.end_headers()

    do_GET = do_POST = _answer  # noqa: N815 - the names http.server asks for

    def log_message(self, *_: object) -> None:
        pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _serving(variant: str, stub: int) -> Iterator[tuple[int, int]]:
    port = _free_port()
    command = [
        sys.executable, "-m", "uvicorn", "benchmarks.served:app", "--host", "127.0.0.1",
        "--port", str(port), "--no-proxy-headers", "--loop", "uvloop", "--http", "httptools",
    ]  # fmt: skip
    if variant != "access log":
        command += ["--no-access-log", "--log-level", "error"]
    environment = os.environ | {"VARIANT": variant, "MATOMO_STUB": f"http://127.0.0.1:{stub}"}
    process = subprocess.Popen(
        _pinned(0, command), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"{variant} did not start")
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(15)


def _pinned(core: int, command: list[str]) -> list[str]:
    return ["taskset", "-c", str(core), *command] if (os.cpu_count() or 1) > 1 else command


def _cpu(pid: int) -> int:
    tasks = Path(f"/proc/{pid}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir())


class _Load(NamedTuple):
    """What a load took: CPU nanoseconds a request, and milliseconds till answers came."""

    cpu: float
    p50: float
    p99: float


def _load(port: int, pid: int, requests: Path, seconds: float) -> _Load:
    before = _cpu(pid)
    command = ["wrk", "-t1", "-c16", "--latency", f"-d{seconds:.0f}s", "-s", str(HERE / "load.lua")]
    said = subprocess.run(
        _pinned(1, [*command, f"http://127.0.0.1:{port}/", "--", str(requests)]),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    cpu = (_cpu(pid) - before) / int(re.search(r"(\d+) requests in", said)[1])
    return _Load(cpu, _within(said, 50), _within(said, 99))


def _within(said: str, share: int) -> float:
    """Return the milliseconds in which *share* of a hundred answers came."""
    number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", said).groups()
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def run(rounds: int, seconds: float = 2) -> list[Row]:
    """Measure and return the rows."""
    if shutil.which("wrk") is None:
        sys.exit("benchmarks need wrk: apt-get install wrk")
    from contextlib import ExitStack

    dice = random.Random(7)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        requests = folder / "requests"
        requests.write_text(
            "".join(f"{address}\t{dice.choice(BROWSERS)}\n" for address in located(2000))
        )
        stub = ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
        threading.Thread(target=stub.serve_forever, daemon=True).start()
        stack.callback(stub.shutdown)
        servers = {name: stack.enter_context(_serving(name, stub.server_port)) for name in VARIANTS}
        found: dict[str, list[_Load]] = {name: [] for name in servers}
        for port, pid in servers.values():
            _load(port, pid, requests, 1)
        names = list(servers)
        for i in range(rounds):
            for name in names[i % len(names) :] + names[: i % len(names)]:
                found[name].append(_load(*servers[name], requests, seconds))
    return list(_rows(found))


def _rows(found: Mapping[str, Sequence[_Load]]) -> Iterator[Row]:
    best = {name: min(one.cpu for one in loads) for name, loads in found.items()}
    middle = {name: median(one.cpu for one in loads) for name, loads in found.items()}
    bare = best["starlette"]

    def over_bare(budget: str, what: str, name: str) -> Row:
        note = f"medians {middle[name] / middle['starlette']:.2f}"
        return Row.of(budget, what, best[name] / bare, note)

    yield over_bare("http.bare", "HTTP: server CPU ÷ bare Starlette", "privacy")
    yield over_bare(
        "http.durable", "HTTP with the durable outbox ÷ bare Starlette", "privacy, durable"
    )
    yield Row.of(
        "http.access-log",
        "HTTP with the durable outbox ÷ uvicorn's access log alone",
        best["privacy, durable"] / best["access log"],
    )
    yield Row.of(
        "http.matomo",
        "HTTP: asgi-matomo against a local stub ÷ ours, added cost over bare Starlette",
        (best["matomo"] - bare) / (best["privacy"] - bare),
    )
    yield over_bare("http.id", "HTTP: asgi-correlation-id ÷ bare Starlette", "id")
    late = {name: median(one.p99 for one in found[name]) for name in ("starlette", "privacy")}
    usual = {name: median(one.p50 for one in found[name]) for name in ("starlette", "privacy")}
    yield Row.of(
        "http.p99",
        "HTTP: p99 of the answers ÷ bare Starlette, 16 connections (wall)",
        late["privacy"] / late["starlette"],
        f"p50 {usual['privacy'] / usual['starlette']:.2f}",
    )
