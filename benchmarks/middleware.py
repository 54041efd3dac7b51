"""Lines 1 to 4: what a request pays, without a server."""

from __future__ import annotations

from asgi_correlation_id import CorrelationIdMiddleware

from benchmarks.apps import BaseNoOp, NoOp, raw, starlette, wrapped
from benchmarks.measure import Row, best
from benchmarks.scopes import scopes, sending


def run(rounds: int) -> list[Row]:
    """Measure and return the rows."""
    import uvloop

    loop = uvloop.new_event_loop()
    plain = scopes()
    refused = scopes(cookie=b"; pk-no=*:2026-11")
    privacy = wrapped(raw, durable=False)
    cases = {
        "raw": sending(loop, raw, plain),
        "raw+noop": sending(loop, NoOp(raw), plain),
        "raw+id": sending(loop, CorrelationIdMiddleware(raw), plain),
        "raw+base": sending(loop, BaseNoOp(raw), plain),
        "raw+privacy": sending(loop, privacy, plain),
        "raw+privacy, opted out": sending(loop, privacy, refused),
        "starlette": sending(loop, starlette(), plain),
        "starlette+id": sending(loop, CorrelationIdMiddleware(starlette()), plain),
        "starlette+privacy": sending(loop, wrapped(starlette(), durable=False), plain),
    }
    took = best(cases, rounds=rounds)
    added = {name: took[name] - took[name.partition("+")[0]] for name in took if "+" in name}
    peer = added["raw+id"]
    return [
        Row.of(
            "middleware.raw",
            "added cost over a raw ASGI app ÷ asgi-correlation-id's",
            added["raw+privacy"] / peer,
        ),
        Row.of(
            "middleware.starlette",
            "added cost over Starlette ÷ asgi-correlation-id's",
            added["starlette+privacy"] / added["starlette+id"],
        ),
        Row.of(
            "middleware.stretch",
            "stretch: line 1, which has geo and policy in it",
            added["raw+privacy"] / peer,
        ),
        Row.of(
            "middleware.opted-out",
            "opted-out visitor: added cost ÷ asgi-correlation-id's",
            added["raw+privacy, opted out"] / peer,
        ),
        Row.of(
            "middleware.base",
            "no-op BaseHTTPMiddleware's added cost ÷ ours",
            added["raw+base"] / added["raw+privacy"],
        ),
    ]
