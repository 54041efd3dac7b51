"""Plays recorded traffic against a running shop, over real HTTP and websockets."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any

import httpx2
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from examples.shop.traffic import Request

WORKERS = 4


class Replay:
    """
    Sends requests, each visitor's in order, and keeps what came back.

    Attributes:
        statuses: Responses by status; ``failed`` counts requests without one.
        decisions: Decisions that ``/privacy/status.json`` told, by place.
        cookies: Values of cookies that visitors were given: secrets too.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._lock = threading.Lock()
        self._jars: dict[int, dict[str, str]] = {}
        self.statuses: Counter[str] = Counter()
        self.decisions: dict[str, list[dict[str, Any]]] = {}
        self.cookies: set[str] = set()

    def forget(self) -> None:
        """Forget cookies and decisions: the next round's visitors are others."""
        self._jars.clear()
        self.decisions.clear()
        self.cookies.clear()

    def play(self, requests: Sequence[Request]) -> None:
        """Send all *requests*; those of one visitor stay in order."""
        queues: list[SimpleQueue[Request | None]] = [SimpleQueue() for _ in range(WORKERS)]
        for request in requests:
            queues[request.visitor % WORKERS].put(request)
        threads = [threading.Thread(target=self._work, args=(queue,)) for queue in queues]
        for queue, thread in zip(queues, threads, strict=True):
            queue.put(None)
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, queue: SimpleQueue[Request | None]) -> None:
        with httpx2.Client(base_url=self._origin, timeout=10) as client:
            while (request := queue.get()) is not None:
                try:
                    status = (
                        self._socket(request)
                        if request.method == "WEBSOCKET"
                        else self._http(client, request)
                    )
                except (httpx2.HTTPError, WebSocketException, OSError):
                    status = "failed"
                with self._lock:
                    self.statuses[status] += 1

    def _http(self, client: httpx2.Client, request: Request) -> str:
        jar = self._jars.setdefault(request.visitor, {"session": f"s-{request.visitor}"})
        client.cookies.clear()
        response = client.request(
            request.method,
            request.path,
            headers=[*request.headers, ("cookie", "; ".join(f"{k}={v}" for k, v in jar.items()))],
            content=request.body,
        )
        for name, value in response.cookies.items():
            jar[name] = value
            if "yes" in name:
                self.cookies.add(value)
        if request.path == "/privacy/status.json":
            with self._lock:
                told = json.loads(response.content)
                self.decisions.setdefault(told["place"], []).append(told)
        return str(response.status_code)

    def _socket(self, request: Request) -> str:
        url = self._origin.replace("http", "ws") + request.path
        headers = [pair for pair in request.headers if pair[0] != "user-agent"]
        with connect(url, additional_headers=headers) as socket:
            socket.send("hello")
            socket.recv()
        return "101"
