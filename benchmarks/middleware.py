"""Lines 1 to 4: what a request pays, without a server."""

from __future__ import annotations

import asyncio
from typing import Any

from asgi_correlation_id import CorrelationIdMiddleware

from benchmarks.apps import BaseNoOp, NoOp, raw, starlette, wrapped
from benchmarks.measure import Case, Row, best
from benchmarks.scopes import scopes


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_: Any) -> None:
    return None


def _case(loop: asyncio.AbstractEventLoop, app: Any, requests: list[dict[str, Any]]) -> Case:
    async def serve(n: int) -> None:
        count = len(requests)
        for i in range(n):
            scope = requests[i % count].copy()
            scope["state"] = {}
            scope["headers"] = scope["headers"].copy()
            await app(scope, _receive, _send)

    loop.run_until_complete(serve(len(requests)))  # every plan is made before the clock runs
    return lambda n: loop.run_until_complete(serve(n))


def run(rounds: int) -> list[Row]:
    """Measure and return the rows."""
    import uvloop

    loop = uvloop.new_event_loop()
    plain = scopes()
    refused = scopes(cookie=b"; pk-no=*:2026-11")
    privacy = wrapped(raw, durable=False)
    cases = {
        "raw": _case(loop, raw, plain),
        "raw+noop": _case(loop, NoOp(raw), plain),
        "raw+id": _case(loop, CorrelationIdMiddleware(raw), plain),
        "raw+base": _case(loop, BaseNoOp(raw), plain),
        "raw+privacy": _case(loop, privacy, plain),
        "raw+privacy, opted out": _case(loop, privacy, refused),
        "starlette": _case(loop, starlette(), plain),
        "starlette+id": _case(loop, CorrelationIdMiddleware(starlette()), plain),
        "starlette+privacy": _case(loop, wrapped(starlette(), durable=False), plain),
    }
    took = best(cases, rounds=rounds)
    added = {name: took[name] - took[name.partition("+")[0]] for name in took if "+" in name}
    peer = added["raw+id"]
    return [
        Row(
            "1",
            "added cost over a raw ASGI app ÷ asgi-correlation-id's",
            added["raw+privacy"] / peer,
            1.4,
        ),
        Row(
            "2",
            "added cost over Starlette ÷ asgi-correlation-id's",
            added["starlette+privacy"] / added["starlette+id"],
            1.4,
        ),
        Row(
            "3",
            "stretch: line 1, which has geo and policy in it, at 1.1",
            added["raw+privacy"] / peer,
            1.1,
            note="stretch",
        ),
        Row(
            "4",
            "opted-out visitor: added cost ÷ asgi-correlation-id's",
            added["raw+privacy, opted out"] / peer,
            1.1,
        ),
        Row(
            "1",
            "no-op BaseHTTPMiddleware's added cost ÷ ours",
            added["raw+base"] / added["raw+privacy"],
            10,
            at_most=False,
        ),
    ]
