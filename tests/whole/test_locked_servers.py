"""A server that keeps our tables locked: who asks is told within our bound, and the rest go on."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager

import anyio.to_thread
import pytest
from sqlalchemy import create_engine, inspect

from privacykit.geo.synthetic import address_of
from privacykit.stores.database import engine as store_engine
from privacykit.testing.layout import CONFIG
from privacykit.web.threads import THREADS

BOUND = 2
"""Seconds, instead of ten, that a writer waits for another one here."""

ASKED = 30
GAP = BOUND / 2
"""Seconds that the loop may not run: less than a lock is waited for, busy as the machine may be."""


@contextmanager
def _locked(url: str, how: str):
    """Hold every table of ours, or the rows that every writer of the audit log needs."""
    database = create_engine(url)
    names = [name for name in inspect(database).get_table_names() if name != "alembic_version"]
    with database.connect() as connection:
        if how == "rows":
            for name in names:
                connection.exec_driver_sql(f"select * from {name} for update")
        elif database.dialect.name == "postgresql":
            connection.exec_driver_sql(f"lock table {', '.join(names)} in access exclusive mode")
        else:
            connection.exec_driver_sql(f"lock tables {', '.join(f'{n} write' for n in names)}")
        yield
        if database.dialect.name != "postgresql":
            connection.exec_driver_sql("unlock tables")
        connection.rollback()
    database.dispose()


async def _post(app) -> tuple[int, bool, float]:
    lines = {"host": "testserver", "x-forwarded-for": address_of("DE", 9), "user-agent": "x"}
    scope = {
        "type": "http",
        "path": "/privacy/opt-out",
        "method": "POST",
        "query_string": b"",
        "client": ("127.0.0.1", 5000),
        "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    began = time.monotonic()
    await app(scope, receive, send)
    refused = any(b"pk-no=" in value for _, value in sent[0]["headers"])
    return sent[0]["status"], refused, time.monotonic() - began


async def _all_at_once(app):
    """Return every answer, whether the application's threads stayed free, and the longest gap."""
    gaps, ends = [0.0], asyncio.Event()

    async def tick():
        while not ends.is_set():
            began = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - began)

    ticking = asyncio.ensure_future(tick())
    posts = [asyncio.ensure_future(_post(app)) for _ in range(ASKED)]
    await asyncio.sleep(BOUND / 2)
    limiter = anyio.to_thread.current_default_thread_limiter()
    free = limiter.available_tokens == limiter.total_tokens
    answers = await asyncio.gather(*posts)
    ends.set()
    await ticking
    return answers, free, max(gaps)


@pytest.mark.parametrize("how", ["tables", "rows"])
@pytest.mark.parametrize("server", ["postgres_url", "mariadb_url"])
def test_a_locked_server_holds_nobody_beyond_our_bound(
    open_house, request, monkeypatch, server, how
):
    """Few threads of ours wait, for so long; the rest are told at once, with their refusal."""
    monkeypatch.setattr(store_engine, "BUSY_SECONDS", BOUND)
    url = request.getfixturevalue(server)
    house = open_house(CONFIG + f'[records]\nurl = "{url}"\n')
    house.client.post("/privacy/opt-out", headers={"x-forwarded-for": address_of("DE", 8)})
    house.client.cookies.clear()

    with _locked(url, how):
        answers, free, gap = asyncio.run(asyncio.wait_for(_all_at_once(house.app), 60))

    waited = sorted(seconds for _, _, seconds in answers)
    assert all(refused for _, refused, _ in answers)
    assert (free, gap < GAP) == (True, True)
    assert waited[ASKED - THREADS - 1] < BOUND
    assert waited[-1] < 2 * BOUND + 2
    if how == "tables":
        assert {status for status, _, _ in answers} == {503}
