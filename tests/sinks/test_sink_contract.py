"""Every sink of ours keeps the contract."""

import msgspec
import pytest

from privacykit.sinks.http import Endpoint, HTTPSink
from privacykit.sinks.jsonl import JSONLinesSink
from privacykit.sinks.memory import MemorySink
from privacykit.sinks.sql import SQLSink
from privacykit.stores.engine import open_engine
from privacykit.stores.events import EventStore
from privacykit.testing.samples import NOW
from privacykit.testing.sink_contract import SinkContract


class TestMemory(SinkContract):
    """In memory."""

    @pytest.fixture
    def sink(self):
        """A sink."""
        return MemorySink()

    @pytest.fixture
    def arrived(self, sink):
        """What it keeps."""
        return lambda: [event["id"] for event in sink.events]


class TestJSONLines(SinkContract):
    """In files; the second batch meets a sink that was closed."""

    @pytest.fixture
    def sink(self, tmp_path):
        """A sink."""
        return JSONLinesSink("files", tmp_path, stem="files")

    @pytest.fixture
    def arrived(self, tmp_path):
        """What the files hold."""

        def read():
            files = tmp_path.glob("files-*.jsonl")
            lines = [line for file in files for line in file.read_bytes().splitlines()]
            return [msgspec.json.decode(line)["id"] for line in lines]

        return read


class TestSQL(SinkContract):
    """In SQLite, PostgreSQL and MariaDB."""

    @pytest.fixture
    def store(self, sql_url):
        """An event store with its periods."""
        engine = open_engine(sql_url, kind="events")
        store = EventStore(engine)
        store.ensure_periods(NOW, 4)
        yield store
        engine.dispose()

    @pytest.fixture
    def sink(self, store):
        """A sink."""
        return SQLSink("sql", store, clock=lambda: NOW)

    @pytest.fixture
    def arrived(self, store):
        """What the store holds."""
        return lambda: [event.id for event in store.select(NOW)]


class TestHTTP(SinkContract):
    """Over the network; the endpoint forgets what comes again, as CloudEvents lets it."""

    @pytest.fixture
    def sink(self, endpoint):
        """A sink that signs."""
        return HTTPSink(
            "http",
            Endpoint(endpoint.url, lambda: "credential", lambda: endpoint.key),
            clock=lambda: NOW,
        )

    @pytest.fixture
    def arrived(self, endpoint):
        """What the endpoint took."""
        return lambda: list(endpoint.events)
