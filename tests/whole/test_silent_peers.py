"""Peers that accept and never answer, and stores that are locked: the loop and the app go on."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
import time
from contextlib import closing

import anyio.to_thread
import pytest

from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG
from privacykit.web.threads import THREADS

GAP = 0.1
"""Seconds that the loop may not run, whatever a peer does."""


@pytest.fixture
def silent():
    """Give the port of a server that accepts and says nothing."""
    server, held, ends = socket.socket(), [], threading.Event()
    server.bind(("127.0.0.1", 0))
    server.listen(64)
    server.settimeout(0.05)

    def accept():
        while not ends.is_set():
            try:
                held.append(server.accept()[0])
            except TimeoutError:
                continue

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    ends.set()
    thread.join()
    for connection in [*held, server]:
        connection.close()


def _config(kind: str, port: int) -> str:
    return (
        CONFIG
        + {
            "postgres events": f'[events]\nurl = "postgresql+psycopg://u:p@127.0.0.1:{port}/x"\n',
            "mariadb events": f'[events]\nurl = "mysql+pymysql://u:p@127.0.0.1:{port}/x"\n',
            "postgres records": f'[records]\nurl = "postgresql+psycopg://u:p@127.0.0.1:{port}/x"\n',
            "mariadb records": f'[records]\nurl = "mysql+pymysql://u:p@127.0.0.1:{port}/x"\n',
            "redis salts": f'[salts]\nurl = "redis://127.0.0.1:{port}/0"\n',
            "postgres salts": f'[salts]\nurl = "postgresql+psycopg://u:p@127.0.0.1:{port}/x"\n',
            "http sink": (
                f'[[sinks]]\nname = "out"\ntype = "http"\nurl = "http://127.0.0.1:{port}/"\n'
                'role = "processor"\npurposes = ["analytics"]\n'
            ),
        }[kind]
    )


def _merged(kind: str, port: int) -> str:
    """Return the configuration with the table of *kind*, each table once."""
    added = _config(kind, port).removeprefix(CONFIG)
    head, _, line = added.partition("\n")
    if f"\n{head}\n" in CONFIG:
        return CONFIG.replace(f"\n{head}\n", f"\n{head}\n{line}", 1)
    return CONFIG + added


def _scope(path: str = "/", method: str = "GET") -> dict:
    lines = {"host": "testserver", "x-forwarded-for": address_of("DE", 9), "user-agent": "x"}
    return {
        "type": "http",
        "path": path,
        "method": method,
        "query_string": b"",
        "client": ("127.0.0.1", 5000),
        "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
    }


async def _ask(app, scope) -> list[dict]:
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def _largest_gap(work) -> float:
    """Return the longest time for which the loop did not run while *work* did."""
    gaps, end = [], asyncio.Event()

    async def tick():
        last = time.monotonic()
        while not end.is_set():
            await asyncio.sleep(0.005)
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    ticking = asyncio.ensure_future(tick())
    await asyncio.sleep(0.02)
    await work
    end.set()
    await ticking
    return max(gaps)


PEERS = (
    "postgres events",
    "mariadb events",
    "postgres records",
    "mariadb records",
    "redis salts",
    "postgres salts",
    "http sink",
)


@pytest.mark.parametrize("kind", PEERS)
def test_the_loop_goes_on_without_a_lifespan(open_house, silent, kind):
    """The first request is answered, and until we started nothing identifying is in it."""
    house = open_house(_merged(kind, silent), enter=False)
    seen = []

    async def app(scope, _receive, send):
        seen.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    house.app.app = app

    async def run():
        # Of several tries the best: the machine has other work, and a peer is as silent each time.
        gaps = [await _largest_gap(_ask(house.app, _scope())) for _ in range(4)]
        return min(gaps)

    gap = asyncio.run(run())
    threading.Thread(target=house.engine.stop, args=(0.1,), daemon=True).start()
    assert (gap < GAP, len(seen), address_of("DE", 9) in seen) == (True, 4, False)


def _lock(path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin exclusive")
    return connection


def test_a_locked_store_leaves_the_applications_threads_alone(open_house):
    """Forty-five opt-outs: few wait, the rest are told at once, with the refusal in the browser."""
    house = open_house()
    house.keeper.tick()

    async def run(holder):
        asked = [
            asyncio.ensure_future(_ask(house.app, _scope("/privacy/opt-out", "POST")))
            for _ in range(45)
        ]
        waiting = set(asked)
        while len(waiting) > THREADS:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        told = [task.result()[0] for task in asked if task.done()]
        limiter = anyio.to_thread.current_default_thread_limiter()
        free = limiter.available_tokens == limiter.total_tokens
        holder.execute("rollback")
        everybody = [sent[0]["status"] for sent in await asyncio.gather(*asked)]
        return told, free, everybody

    with closing(_lock(next(house.folder.glob("*records*.db")))) as holder:
        told, free, everybody = asyncio.run(asyncio.wait_for(run(holder), 20))
    refusals = [any(b"pk-no=" in value for _, value in start["headers"]) for start in told]
    assert ({start["status"] for start in told}, all(refusals), free) == ({503}, True, True)
    assert [everybody.count(status) for status in (503, 303)] == [45 - THREADS, THREADS]
