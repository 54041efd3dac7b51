"""A shop that takes requests by protocol, before whoever sends them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from json import dumps

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.govern.records import RequestStatus
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.served import served_protocols
from privacykit.recipients.protocols.book import ProtocolAnswer, ProtocolCall
from privacykit.testing.layout import CONFIG, lay_out

MAP = """
[systems.shop]

[datasets.shop]
system = "shop"
url = "sqlite:///shop.db"

[collections.shop.customers]
subject = true

[collections.shop.customers.fields]
email = { category = "user.contact.email", identity = "email" }
maid = { category = "user.device.device_id", identity = "maid" }
"""


@dataclass
class Answer:
    """What came back, as a test client says it."""

    told: ProtocolAnswer

    def __post_init__(self):
        self.status_code, self.content = self.told.status, self.told.body
        self.headers, self.text = self.told.headers, self.told.body.decode()

    def json(self):
        """Return the document."""
        return json.loads(self.content)


class DirectClient:
    """Calls protocols without a server around them."""

    def __init__(self, protocols):
        self._protocols = protocols

    def request(self, method, path, *, json=None, content=None, headers=None):
        """Send one request."""
        body = dumps(json).encode() if json is not None else content or b""
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        for protocol in self._protocols:
            start = "" if protocol.at_root else f"/privacy{protocol.base}"
            ours = any(path.startswith(start + it.removesuffix("*")) for it in protocol.paths)
            if ours:
                call = ProtocolCall(method, path.removeprefix(start), lower, body, path)
                return Answer(protocol.answer(call))
        raise AssertionError(path)

    def get(self, path, **told):
        """Send a GET."""
        return self.request("GET", path, **told)

    def post(self, path, **told):
        """Send a POST."""
        return self.request("POST", path, **told)

    def delete(self, path, **told):
        """Send a DELETE."""
        return self.request("DELETE", path, **told)


class ProtocolShop:
    """
    A shop.

    Args:
        folder: Where it lives.
        tables: What its configuration says besides.
    """

    def __init__(self, folder, tables, datamap=MAP):
        self.path = lay_out(folder, CONFIG + tables)
        (folder / "datamap.toml").write_text(datamap)
        self.folder = folder
        self.now = time.time()
        self._app = None

    @property
    def app(self):
        """The application, wrapped."""
        self._app = self._app or PrivacyMiddleware(Starlette(), self.path)
        return self._app

    def through(self):
        """Return what sends requests through the wrapped application."""
        return TestClient(self.app, base_url="http://shop.example", client=("127.0.0.1", 5000))

    def client(self):
        """Return what sends requests to the protocols themselves, by the clock of the test."""
        return DirectClient(served_protocols(self.context()))

    def context(self):
        """Return the operator's stores, by the clock of the test."""
        return OperatorContext(str(self.path), lambda: self.now)

    def requests(self):
        """Return what is filed."""
        context = self.context()
        try:
            return [it.request for it in context.requests.filed(RequestStatus)]
        finally:
            context.close()

    def move(self, *statuses, ground="no_match"):
        """Take the one request through *statuses*, as operators and runs do."""
        context = self.context()
        try:
            (filed,) = context.requests.filed(RequestStatus)
            id_, desk = filed.request.subject_request_id, context.desk
            for status in statuses:
                if status == "accepted":
                    desk.approve(id_, now=self.now, actor="system")
                elif status == "in_progress":
                    desk.start(id_, plan_id="p", now=self.now, actor="system")
                elif status == "rejected":
                    desk.reject(id_, ground, now=self.now, actor="system")
                else:
                    desk.finish(
                        id_, RequestStatus(status), now=self.now, actor="system", ground="failed"
                    )
        finally:
            context.close()


@pytest.fixture
def clock():
    """Unix seconds."""
    return time.time
