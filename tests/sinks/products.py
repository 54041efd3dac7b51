"""What the tests of products share: a contract's fixtures, published samples, what was made."""

import asyncio
import json
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

import msgspec
import pytest

from privacykit.sinks import SinkConfig, build
from privacykit.sinks.http.answers import Answer
from privacykit.testing.samples import NOW, ids
from privacykit.testing.sinks.http_contract import HTTPSinkContract
from privacykit.testing.stubs.server import StubRequest

VECTORS = Path(__file__).parents[1] / "vectors" / "backends"


class Product(HTTPSinkContract):
    """The contract of a product: its kind, its stub, and the keys of its table."""

    kind = ""
    of = None
    keys: ClassVar = {}
    token = True

    @pytest.fixture
    def stub(self):
        """A stand-in for it."""
        with self.of() as stub:
            yield stub

    @pytest.fixture
    def make(self, stub):
        """What makes sinks."""

        def made(url=None, **more):
            config = SinkConfig(
                self.kind,
                self.kind,
                lambda: NOW,
                url=url or stub.url,
                token=(lambda: stub.token) if self.token else None,
                options={**self.keys, **more},
            )
            return build(config)

        return made


def sample(name):
    """Return one sample."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def request_in(it, **headers):
    """Return the request of a sample as it arrives; *headers* are sent in place of its own."""
    said = it["request"]
    body = said.get("body")
    raw = b"" if body is None else msgspec.json.encode(body)
    if said.get("body_kind") == "form":
        raw = urlencode(body).encode()
    given = {name.lower(): value for name, value in said.get("headers", {}).items()} | headers
    return StubRequest(said["method"], said["path"], said.get("query", {}), given, raw)


def read(kind, status, body=b"", *, sent=3, **headers):
    """Return how *kind* reads an answer."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    raw = body.encode() if isinstance(body, str) else raw
    return kind.read(Answer(status, headers, raw, ids(*range(sent)), NOW))


def read_sample(kind, name, *, sent):
    """Return how the answer of a sample is read."""
    said = sample(name)["response"]
    headers = {name.lower(): value for name, value in said.get("headers", {}).items()}
    return read(kind, said["status"], said.get("body", b""), sent=sent, **headers)


def send(sink, *rows):
    """Send *rows* and close the sink."""

    async def work():
        try:
            return await sink.send(rows)
        finally:
            await sink.close()

    return asyncio.run(work())


def sent(kind, stub, *rows, token=True, **keys):
    """Return the outcome of *rows* that a sink of *kind* sent to *stub*."""
    told = (lambda: stub.token) if token else None
    config = SinkConfig(kind, kind, lambda: NOW, url=stub.url, token=told, options=keys)
    return send(build(config), *rows)
