"""Line 18, HTTP backends: our sinks against httpx2 posting the same bytes, ready-made."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2

from benchmarks.measure import Row
from privacykit.sinks import SinkConfig, build
from privacykit.testing.brokers.gate import Gate
from privacykit.testing.samples import rich_row

KINDS = ("segment", "posthog", "http", "clickhouse")
EVENTS, POSTS = 400, 5


class _Server(BaseHTTPRequestHandler):
    """Reads whatever it is sent, and takes it."""

    protocol_version = "HTTP/1.1"

    last = b""

    def do_POST(self) -> None:
        """Take it."""
        _Server.last = self.rfile.read(int(self.headers["content-length"]))
        # ClickHouse has nothing to say of what it was given by a query of the address.
        self._answer(b"" if "query=" in self.path else b'{"status": 1, "success": true}')

    def do_GET(self) -> None:
        """Give back what it took last."""
        self._answer(_Server.last)

    def _answer(self, said: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def run(rounds: int) -> list[Row]:
    """Measure each kind, ours and the bare client by turns."""
    with _serving() as url:
        return [asyncio.run(_measured(kind, url, max(3, rounds // 2))) for kind in KINDS]


async def _measured(kind: str, url: str, rounds: int) -> Row:
    token = None if kind == "http" else lambda: "t"
    sink = build(SinkConfig(kind, kind, time.time, url=url, token=token))
    rows = [rich_row(number) for number in range(EVENTS)]
    least = {"ours": float("inf"), "raw": float("inf")}
    outcome = await sink.send(rows)
    some = rows[: EVENTS - len(outcome.untried)]
    async with httpx2.AsyncClient() as client:
        body = (await client.get(url)).content
        ways = {
            "ours": lambda: sink.send(some),
            "raw": lambda: client.post(url, content=body, headers={"content-type": "text/plain"}),
        }
        for turn in range(rounds):
            for way in sorted(ways, reverse=bool(turn % 2)):
                began = time.process_time()
                for _ in range(POSTS):
                    await ways[way]()
                least[way] = min(least[way], time.process_time() - began)
    await sink.close()
    each = least["ours"] / POSTS / len(some) * 1e6
    note = f"{each:.0f} us an event, {len(some)} in a message"
    name = "clickhouse" if kind == "clickhouse" else "posted"
    what = f"{kind} sink, events a second ÷ httpx2 posting ready-made bytes"
    return Row.of(f"products.{name}", what, least["raw"] / least["ours"], note)


@contextmanager
def _serving() -> Iterator[str]:
    port = Gate(0).port
    with subprocess.Popen([sys.executable, "-m", __name__, str(port)]) as server:
        while True:
            try:
                httpx2.post(f"http://127.0.0.1:{port}", content=b"")
                break
            except httpx2.HTTPError:
                time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Server).serve_forever()
