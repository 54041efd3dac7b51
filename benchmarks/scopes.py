"""Requests as browsers send them, as ASGI scopes: many addresses, a few dozen user agents."""

from __future__ import annotations

import asyncio
import random
import socket
from typing import Any

from benchmarks.measure import Case

BROWSERS = [
    template.format(major=major)
    for major in range(120, 143)
    for template in (
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/{major}.0.0.0 Safari/537.36"
        ),
        "Mozilla/5.0 (X11; Linux x86_64; rv:{major}.0) Gecko/20100101 Firefox/{major}.0",
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/{major}.0.0.0 Mobile Safari/537.36"
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/{major}.0.0.0 Safari/537.36 Edg/{major}.0.0.0"
        ),
    )
]


def addresses(count: int, *, share_v6: float = 0.25, seed: int = 1) -> list[str]:
    """Return *count* distinct-looking addresses, *share_v6* of them IPv6."""
    dice = random.Random(seed)
    return [
        socket.inet_ntop(socket.AF_INET6, bytes([0x20 | dice.randrange(2)]) + dice.randbytes(15))
        if dice.random() < share_v6
        else f"{dice.randrange(11, 120)}.{dice.randrange(256)}.{dice.randrange(256)}."
        f"{dice.randrange(1, 255)}"
        for _ in range(count)
    ]


def located(count: int, *, share_v6: float = 0.25, seed: int = 1) -> list[str]:
    """Return *count* addresses that the synthetic geo database places, all over the world."""
    from privacykit.geo.synthetic import PLACES, address_of

    dice = random.Random(seed)
    return [
        address_of(dice.choice(PLACES), dice.randrange(1, 65_000), ipv6=dice.random() < share_v6)
        for _ in range(count)
    ]


def scopes(count: int = 4000, *, extra: tuple[tuple[bytes, bytes], ...] = (), cookie: bytes = b"",
           seed: int = 3) -> list[dict[str, Any]]:  # fmt: skip
    """Return *count* scopes of browser-like requests through a proxy on loopback."""
    dice = random.Random(seed)
    pool = located(2000, seed=seed)
    return [
        {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 50000),
            "scheme": "http",
            "method": "GET",
            "root_path": "",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "headers": [
                (b"host", b"example.org"),
                (b"connection", b"keep-alive"),
                (b"user-agent", dice.choice(BROWSERS).encode()),
                (b"accept", b"text/html,application/xhtml+xml"),
                (b"accept-language", b"en-GB,en;q=0.5"),
                (b"accept-encoding", b"gzip, deflate, br"),
                (b"sec-ch-ua", b'"Chromium";v="130"'),
                (b"sec-ch-ua-mobile", b"?0"),
                (b"sec-ch-ua-platform", b'"Windows"'),
                (b"referer", b"https://www.google.com/"),
                (b"x-forwarded-for", dice.choice(pool).encode()),
                (b"cookie", b"session=abc123; theme=dark" + cookie),
                (b"upgrade-insecure-requests", b"1"),
                (b"cache-control", b"max-age=0"),
                *extra,
            ],
            "state": {},
        }
        for _ in range(count)
    ]


async def receive() -> dict[str, Any]:
    """Give an empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(_: Any) -> None:
    """Take whatever is sent."""


def sending(loop: asyncio.AbstractEventLoop, app: Any, requests: list[dict[str, Any]]) -> Case:
    """Return a case that sends *requests* to *app*, in turn; each was sent once before."""

    async def serve(n: int) -> None:
        count = len(requests)
        for i in range(n):
            scope = requests[i % count].copy()
            scope["state"] = {}
            scope["headers"] = scope["headers"].copy()
            await app(scope, receive, send)

    loop.run_until_complete(serve(len(requests)))  # every plan is made before anything is counted
    return lambda n: loop.run_until_complete(serve(n))
