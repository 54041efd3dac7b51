"""The Redis sink against the real server."""

import json
import time
from contextlib import suppress
from subprocess import DEVNULL, Popen
from uuid import uuid4

import pytest
import redis
from redis import Redis

from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks import SinkConfig, build
from privacykit.sinks.streams.redis import KIND
from privacykit.testing.samples import NOW, ids, rich_row, row
from privacykit.testing.sinks.broker_contract import BrokerSinkContract, maker, sent
from privacykit.testing.sinks.contract import run

URL = "redis://127.0.0.1:6379"


@pytest.fixture
def server():
    """A client of the server."""
    with Redis.from_url(URL) as client:
        yield client


@pytest.fixture
def name(server):
    """How the keys of this test begin."""
    made = f"t{uuid4().hex[:12]}"
    yield made
    for key in server.scan_iter(f"*{made}*"):
        server.delete(key)


@pytest.fixture
def keys(name):
    """Keys of the table: where to."""
    return {"stream": f"{name}:{{site}}:{{purpose}}", "keep": "30 days"}


@pytest.fixture
def make(keys):
    """Makes sinks that add to streams of this test's own."""
    return maker(KIND, URL, keys)


@pytest.fixture
def entries(server, name):
    """Reads the fields of all entries."""
    return lambda: [fields for _, fields in server.xrange(f"{name}:shop:analytics")]


class TestRedis(BrokerSinkContract):
    """The contract of every broker."""

    @pytest.fixture
    def kind(self):
        """The kind."""
        return KIND

    @pytest.fixture
    def url(self):
        """The server."""
        return URL

    @pytest.fixture
    def arrived(self, entries):
        """What the stream holds."""

        def id_of(fields):
            return (
                fields[b"ce_id"].decode() if b"ce_id" in fields else json.loads(fields[b"ce"])["id"]
            )

        return lambda: [id_of(fields) for fields in entries()]


def test_an_entry_is_the_event_as_it_is(make, entries):
    """Structured: the CloudEvents JSON in a field, and what finds a visitor's beside it."""
    run(sent(make(), [rich_row(1)]))
    (fields,) = entries()
    assert fields == {b"key": row(1).envelope.visitor.encode(), b"ce": rich_row(1).body}


def test_a_binary_entry_has_its_attributes_in_fields(make, entries):
    """Binary: the data alone, and no word of the envelope anywhere."""
    run(sent(make(mode="binary"), [row(1)]))
    (fields,) = entries()
    assert fields[b"data"] in row(1).body
    assert (fields[b"ce_id"], fields[b"ce_source"]) == (
        ids(1)[0].encode(),
        b"urn:privacykit:site:shop",
    )
    assert fields[b"content-type"] == b"application/json"
    assert b"record-1" not in repr(fields).encode()


def test_entries_go_when_they_were_kept_long_enough(make, entries, server, name):
    """At the next event; by the server's own clock, which names the entries."""
    stream = f"{name}:shop:analytics"
    seconds, _ = server.time()
    server.xadd(stream, {"key": "old"}, id=f"{(seconds - 31 * 86_400) * 1000}-0")
    server.xadd(stream, {"key": "young"}, id=f"{(seconds - 29 * 86_400) * 1000}-0")
    run(sent(make(), [row(1)]))
    assert [fields[b"key"] for fields in entries()] == [b"young", row(1).envelope.visitor.encode()]


def test_entries_go_from_a_stream_that_gets_no_more(make, entries, server, name):
    """The hourly upkeep finds every stream it ever added to."""
    sink = make()
    run(sent(sink, [row(1)]))
    stream = f"{name}:shop:analytics"
    seconds, _ = server.time()
    server.delete(stream)
    server.xadd(stream, {"key": "old"}, id=f"{(seconds - 31 * 86_400) * 1000}-0")
    run(sink.keep(NOW))
    assert entries() == []


def test_a_stream_is_no_longer_than_it_may_be(make, entries):
    """The oldest go."""
    run(sent(make(max_length=2, mode="binary"), [row(1), row(2), row(3)]))
    assert [fields[b"ce_id"].decode() for fields in entries()] == ids(2, 3)


def test_forgets_ids_in_time(make, server, name):
    """What it remembers ends by itself."""
    run(sent(make(remember=1), [row(1)]))
    key = f"{{{name}:shop:analytics}}:ids"
    server.zadd(key, {ids(1)[0]: 1})
    run(sent(make(remember=1), [row(2)]))
    assert server.zrange(key, 0, -1) == [ids(2)[0].encode()]


def test_a_key_that_is_no_stream_keeps_events_waiting(make, server, name):
    """Whose it is stays as it is."""
    server.set(f"{name}:shop:analytics", "theirs")
    with pytest.raises(SinkError, match="PK168 the server answered WRONGTYPE"):
        run(sent(make(), [row(1)]))
    assert server.get(f"{name}:shop:analytics") == b"theirs"


def test_a_server_that_refuses_us_is_left_alone(server, name):
    """A wrong password, and a user who may not."""
    server.acl_setuser(name, enabled=True, passwords=["+right"], keys=["*"], commands=["+ping"])
    try:
        for token in ("s3cret", "right"):
            config = SinkConfig(
                "redis",
                "redis",
                lambda: NOW,
                url=URL,
                token=lambda token=token: token,
                options={"keep": "1 day", "user": name, "stream": name},
            )
            with pytest.raises(SinkError, match="PK167") as caught:
                run(sent(build(config), [row(1)]))
            assert caught.value.retry_after == 300.0
            assert "s3cret" not in str(caught.value)
    finally:
        server.acl_deluser(name)


@pytest.mark.parametrize(
    ("url", "options", "code"),
    [
        (None, {}, "PK163"),
        ("nats://127.0.0.1", {}, "PK176"),
        ("redis://elsewhere.example", {}, "PK164"),
        (URL, {"stream": "shop.{visitor}"}, "PK177"),
        (URL, {"keep": "s3cret"}, "PK162"),
    ],
)
def test_says_what_is_wrong(url, options, code):
    """Each mistake has an id, and no value; a visitor is in no key."""
    options = {"keep": "30 days", **options}
    with pytest.raises(ConfigurationError) as caught:
        build(SinkConfig("mine", "redis", lambda: NOW, url=url, options=options))
    (problem,) = caught.value.problems
    assert problem.id == code
    assert "s3cret" not in str(problem)


@pytest.fixture
def own_server(tmp_path, free_tcp_port):
    """A server of this test's own, which may be made full or a replica; gives its port."""
    port = str(free_tcp_port)
    words = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", tmp_path]
    with Popen(words, stdout=DEVNULL) as server, Redis(port=free_tcp_port) as client:
        for _ in range(200):
            with suppress(redis.ConnectionError):
                client.ping()
                break
            time.sleep(0.02)
        yield client
        server.kill()


@pytest.mark.parametrize(
    ("becomes", "code"),
    [
        (lambda it: it.config_set("maxmemory", "1"), "OutOfMemoryError"),
        (lambda it: it.replicaof("127.0.0.1", 9), "ReadOnlyError"),
    ],
    ids=["full", "replica"],
)
def test_a_server_that_takes_nothing_now_says_which(own_server, keys, becomes, code):
    """Full, or a replica only: events wait, and whoever looks knows what to do."""
    becomes(own_server)
    port = own_server.connection_pool.connection_kwargs["port"]
    sink = maker(KIND, f"redis://127.0.0.1:{port}", keys)()
    with pytest.raises(SinkError, match=f"PK168 the server answered {code}"):
        run(sent(sink, [row(1)]))
