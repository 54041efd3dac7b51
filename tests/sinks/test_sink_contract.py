"""Every sink of ours keeps the contract."""

from datetime import datetime
from ipaddress import ip_address

import msgspec
import pytest

from privacykit.sinks import SinkConfig, build
from privacykit.sinks.jsonl import JSONLinesSink
from privacykit.sinks.memory import MemorySink
from privacykit.sinks.sql import SQLSink
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.testing.samples import NOW, ids
from privacykit.testing.sinks.contract import SinkContract
from privacykit.testing.sinks.http_contract import HTTPSinkContract
from privacykit.testing.stubs.ga4 import GA4Stub
from privacykit.testing.stubs.goatcounter import GoatCounterStub
from privacykit.testing.stubs.matomo import MatomoStub
from privacykit.testing.stubs.plausible import PlausibleStub
from privacykit.testing.stubs.posthog import PostHogStub
from privacykit.testing.stubs.segment import SegmentStub
from privacykit.testing.stubs.umami import UmamiStub


class TestMemory(SinkContract):
    """In memory."""

    @pytest.fixture
    def sink(self):
        """A sink."""
        return MemorySink()

    @pytest.fixture
    def arrived(self, sink):
        """What it keeps."""
        return lambda: [event.id for event in sink.events]


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


class TestHTTP(HTTPSinkContract):
    """To an endpoint that checks signatures, and forgets what comes again, as CloudEvents has it."""

    takes_any_success = True

    @pytest.fixture
    def stub(self, endpoint):
        """The endpoint."""
        return endpoint


def product(kind, stub, *, token=True, **more):
    """Return what makes sinks of *kind* for *stub*."""

    def made(url=None, **options):
        return build(
            SinkConfig(
                kind,
                kind,
                lambda: NOW,
                url=url or stub.url,
                token=(lambda: stub.token) if token else None,
                options={**more, **options},
            )
        )

    return made


def by_moment(seen):
    """Return the id of the sample event whose moment ends what a service has *seen* of it."""
    return ids(int(datetime.fromisoformat(seen.split()[-1]).timestamp() - NOW))[0]


class TestMatomo(HTTPSinkContract):
    """To Matomo."""

    @pytest.fixture
    def stub(self):
        """A stand-in for it."""
        with MatomoStub(lambda: NOW + 60) as stub:
            stub.called = by_moment
            yield stub

    @pytest.fixture
    def make(self, stub):
        """What makes sinks."""
        return product("matomo", stub, idsite={"shop": 1}, site_url="https://shop.example")


class TestPlausible(HTTPSinkContract):
    """To Plausible, one event in a message."""

    @pytest.fixture
    def stub(self):
        """A stand-in for it, which knows visitors by a stand-in address."""
        with PlausibleStub() as stub:
            stub.called = lambda seen: ids(int(ip_address(seen)) % 2**32)[0]
            yield stub

    @pytest.fixture
    def make(self, stub):
        """What makes sinks."""
        return product("plausible", stub, token=None, domain={"shop": "shop.example"})


class TestPostHog(HTTPSinkContract):
    """To PostHog."""

    @pytest.fixture
    def stub(self):
        """A stand-in for it."""
        with PostHogStub() as stub:
            yield stub

    @pytest.fixture
    def make(self, stub):
        """What makes sinks."""
        return product("posthog", stub)


class TestSegment(HTTPSinkContract):
    """To Segment."""

    @pytest.fixture
    def stub(self):
        """A stand-in for it."""
        with SegmentStub() as stub:
            yield stub

    @pytest.fixture
    def make(self, stub):
        """What makes sinks."""
        return product("segment", stub, erasable=True)


class TestUmami(HTTPSinkContract):
    """To Umami."""

    @pytest.fixture
    def stub(self):
        """A stand-in for it."""
        with UmamiStub() as stub:
            stub.called = lambda seen: ids(int(seen.split()[-1]) - int(NOW))[0]
            yield stub

    @pytest.fixture
    def make(self, stub):
        """What makes sinks."""
        return product("umami", stub, token=None, website=stub.website, hostname="shop.example")


class TestGoatCounter(HTTPSinkContract):
    """To GoatCounter."""

    @pytest.fixture
    def stub(self):
        """A stand-in for it."""
        with GoatCounterStub(lambda: NOW + 60) as stub:
            stub.called = by_moment
            yield stub

    @pytest.fixture
    def make(self, stub):
        """What makes sinks."""
        return product("goatcounter", stub)


class TestGA4(HTTPSinkContract):
    """To Google Analytics 4, one event in a message."""

    @pytest.fixture
    def stub(self):
        """A stand-in for it."""
        with GA4Stub(lambda: NOW) as stub:
            stub.called = lambda seen: ids(int(seen.split()[-1]) // 10**6 - int(NOW))[0]
            yield stub

    @pytest.fixture
    def make(self, stub):
        """What makes sinks."""
        keys = {"measurement_id": stub.measurement_id, "site_url": {"shop": "https://shop.example"}}
        return product("ga4", stub, **keys)
