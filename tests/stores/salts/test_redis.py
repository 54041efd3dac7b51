"""Redis as a salt store: a server that writes to disk is refused; salts expire by themselves."""

from __future__ import annotations

import shutil
import socket as socket_module
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
import redis

from privacykit.errors import ConfigurationError, MissingExtraError, StoreError
from privacykit.stores.salts.open import open_salts

DAY = 86_400
HOUR = 3_600


def _pongs(path):
    """Tell whether a server answers at *path*: a socket file may be there before it listens."""
    with socket_module.socket(socket_module.AF_UNIX) as line:
        try:
            line.connect(str(path))
        except OSError:
            return False
        line.settimeout(5)
        line.sendall(b"PING\r\n")
        return line.recv(7) == b"+PONG\r\n"


@pytest.fixture
def server(tmp_path):
    """Start a Redis server of this test's own; gives a function from options to its URL."""
    running = []

    def start(*options):
        binary = shutil.which("redis-server")
        assert binary, "redis-server is needed; `make services` installs it"
        socket = tmp_path / f"{len(running)}.sock"
        fixed = ("--port", "0", "--unixsocket", str(socket), "--dir", str(tmp_path))
        running.append(subprocess.Popen([binary, *fixed, *options], stdout=subprocess.DEVNULL))
        while not _pongs(socket):
            time.sleep(0.01)
        return f"unix://{socket}"

    yield start
    for process in running:
        process.kill()
        process.wait()


OFF = ("--save", "", "--appendonly", "no")


@pytest.mark.parametrize(
    "options",
    [
        ("--save", "3600 1"),
        ("--save", "", "--appendonly", "yes"),
        (*OFF, "--rename-command", "CONFIG", ""),
    ],
    ids=["snapshots", "log", "unknown"],
)
def test_a_server_that_may_write_to_disk_is_refused(server, options):
    """What it keeps we cannot destroy."""
    url = server(*options)

    with pytest.raises(ConfigurationError, match="PK149"):
        open_salts(url).prepare()
    with pytest.raises(StoreError, match="PK149"):
        open_salts(url).rows()


@pytest.mark.parametrize(
    "changed", [("appendonly", "yes"), ("save", "3600 1")], ids=["log", "snapshots"]
)
def test_a_server_that_begins_to_write_to_disk_gets_no_new_salt(server, changed):
    """It is asked before each new salt; the ones it has are read on, and a change back helps."""
    url = server(*OFF)
    store, client = open_salts(url), redis.Redis.from_url(url)
    arguments = time.time() + HOUR, time.time()
    hour = datetime.fromtimestamp(arguments[1], UTC).strftime("%Y-%m-%dT%H")
    kept = store.get_or_create("shop", hour, b"s" * 32, *arguments)
    client.config_set(*changed)
    with pytest.raises(StoreError, match="PK149"):
        store.get_or_create("other", hour, b"o" * 32, *arguments)
    with pytest.raises(StoreError, match="PK149"):
        store.rows()
    client.config_set(changed[0], dict(zip(OFF[::2], OFF[1::2], strict=True))[f"--{changed[0]}"])
    assert store.get_or_create("shop", hour, b"x" * 32, *arguments) == kept
    assert store.get_or_create("other", hour, b"o" * 32, *arguments) == b"o" * 32
    client.close()


def test_a_server_that_writes_to_disk_may_be_accepted(server):
    """Then the level is logical, and the audit says why."""
    store = open_salts(server("--save", "3600 1") + "?persistence=accepted")

    audit = store.audit(0)

    assert (audit.level, audit.searched) == ("logical", False)
    assert any("writes to disk" in note for note in audit.notes)


def test_a_server_without_persistence_erases(server):
    """The level is erased, since there is nothing but memory."""
    assert open_salts(server(*OFF)).audit(0).level == "erased"


def test_a_snapshot_taken_by_hand_is_noticed(server):
    """It may hold salts, whatever the configuration says."""
    url = server(*OFF)
    store = open_salts(url)
    store.prepare()
    client = redis.Redis.from_url(url)
    client.save()
    client.close()

    audit = store.audit(0)

    assert audit.level == "logical"
    assert any("snapshot" in note for note in audit.notes)


def test_a_replica_is_noticed(server):
    """What it writes to disk is not known."""
    replica = open_salts(server(*OFF, "--replicaof", "127.0.0.1", "9"))

    assert any("Replicas" in note for note in replica.audit(0).notes)


def test_a_salt_expires_by_the_servers_clock(redis_url):
    """Even when nobody is left to destroy it."""
    store = open_salts(redis_url)
    now = time.time()
    until = now + 0.3
    # Local midnight may be any quarter of an hour; here it is any moment.
    hour = datetime.fromtimestamp(until - HOUR, UTC).strftime("%Y-%m-%dT%H")
    store.get_or_create("shop", hour, b"s" * 32, until, now)
    before = len(store.rows())
    time.sleep(0.4)

    assert (before, len(store.rows())) == (1, 0)


def test_a_salt_that_the_server_holds_for_dead_is_not_handed_out(redis_url):
    """A process whose clock is late gets no salt, and makes none."""
    now = (time.time() // DAY - 2) * DAY
    day = datetime.fromtimestamp(now, UTC).date().isoformat()

    with pytest.raises(StoreError, match="PK143"):
        open_salts(redis_url).get_or_create("shop", day, b"s" * 32, now + DAY, now)


def test_a_salt_that_expires_while_we_look_is_left_out(redis_url, monkeypatch):
    """Between the listing and the reading of a key its end may come."""
    store = open_salts(redis_url)
    now = time.time()
    until = (now // DAY + 1) * DAY
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    store.get_or_create("shop", day, b"s" * 32, until, now)

    with monkeypatch.context() as patch:
        patch.setattr(store._client, "get", lambda _: None)
        rows = store.rows()

    assert (rows, store.destroy_all(now)) == ((), 1)


def test_a_foreign_value_is_refused(server):
    """What somebody else wrote under our prefix is never used as a salt."""
    url = server(*OFF)
    client = redis.Redis.from_url(url)
    now = time.time()
    until = (now // DAY + 1) * DAY
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    client.set(f"a[b]*:shop:{day}", b"short")
    client.set("a[b]*:x", b"x" * 48)
    client.close()

    with pytest.raises(StoreError, match="PK148"):
        open_salts(f"{url}?prefix=a[b]*:").get_or_create("shop", day, b"s" * 32, until, now)


def test_only_keys_under_the_prefix_are_touched(server):
    """Signs that Redis reads as patterns mean themselves."""
    url = server(*OFF)
    client = redis.Redis.from_url(url)
    client.set("other", b"stays")
    store = open_salts(f"{url}?prefix=*")

    destroyed = store.destroy_all(0)

    assert (destroyed, client.get("other")) == (0, b"stays")
    client.close()


@pytest.mark.parametrize("url", ["redis://h:nonsense/0", "redis://h/0?hunter2=x"])
def test_a_wrong_url_is_refused_without_being_quoted(url):
    """A URL may hold a password."""
    with pytest.raises(ConfigurationError, match="PK130") as caught:
        open_salts(url)

    assert "hunter2" not in str(caught.value)


def test_a_dead_server_is_a_store_error_without_credentials():
    """The message names the kind of failure only."""
    with pytest.raises(StoreError, match="PK133 Redis") as caught:
        open_salts("redis://somebody:hunter2@127.0.0.1:9/0").audit(0)

    assert "hunter2" not in str(caught.value)


def test_a_missing_client_names_the_extra(monkeypatch):
    """One clear error says what to install."""
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(MissingExtraError, match=r"privacykit\[redis\]"):
        open_salts("redis://127.0.0.1/0")
