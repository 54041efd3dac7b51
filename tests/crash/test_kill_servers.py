"""
P4: ``kill -9`` of workers and of what they deliver to, or of their outbox's database.

Every acknowledged event reaches the broker or the endpoint, none twice where it knows ids, and none
in an attempt that starts after a withdrawal was committed. The servers are started for these tests.
`make chaos` is the long form: the same until ``CHAOS_EVENTS`` are acknowledged.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.crash.test_kill import (
    Evidence,
    Withdrawer,
    consents,
    engines,
    live_and_die,
    load_script,
)

__all__ = ["consents", "engines"]

EVENTS = int(os.environ.get("CHAOS_EVENTS", "0"))
"""How many events are acknowledged at least before the dying ends."""

ROUNDS = 10 if EVENTS else 6
"""Deaths of workers; the broker dies as long as they do."""

LONGEST = 3600 if EVENTS else 300

READY_SECONDS = 120.0
RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"
"""The script itself: the one in the path wants to be another user."""


def free_port():
    """Return a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """A server of this test's own, which keeps what it confirmed on disk."""

    program = ""
    knows_ids = True

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.deaths = 0
        self.process = None

    def start(self):
        """Start it, and wait until it answers."""
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            self.command(), stdout=quiet, stderr=quiet, env=self.env(), start_new_session=True
        )
        ends = time.monotonic() + READY_SECONDS
        while not self.answers():
            assert self.process.poll() is None, "the server ended by itself"
            assert time.monotonic() < ends, "the server does not answer"
            time.sleep(0.02)

    def kill(self):
        """Let it die without a word, and what it is wrapped in."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.deaths += 1

    def close(self):
        """End it for good."""
        if self.process.poll() is None:
            self.kill()

    def env(self):
        """Return its environment."""
        return dict(os.environ)

    def answers(self):
        """Tell whether it takes events again."""
        try:
            self.ask()
        except Exception:  # noqa: BLE001 - each library has its own words for a server that is not there
            return False
        return True


class NATSServer(Server):
    """NATS with JetStream in files."""

    program = "nats-server"

    def command(self):
        """Return what starts it."""
        return [self.program, "-js", "-sd", self.folder, "-a", "127.0.0.1", "-p", str(self.port)]

    def table(self):
        """Return the sink's table."""
        options = {"subject": "chaos.{site}.{purpose}"}
        return {"type": "nats", "url": f"nats://127.0.0.1:{self.port}", "options": options}

    def ask(self):
        """Have the stream, whether it is there or not."""
        asyncio.run(self.work(self.make))

    async def make(self, js):
        """Make the stream; the same twice is one."""
        await js.add_stream(name="chaos", subjects=["chaos.>"], duplicate_window=3600)

    async def work(self, do):
        """Do something with the stream."""
        import nats

        url = f"nats://127.0.0.1:{self.port}"
        client = await nats.connect(url, connect_timeout=2, allow_reconnect=False, error_cb=_quiet)
        try:
            return await do(client.jetstream())
        finally:
            await client.close()

    def arrived(self):
        """Return how often each id is there."""
        return asyncio.run(self.work(self.read))

    async def read(self, js):
        """Read the stream."""
        left = (await js.stream_info("chaos")).state.messages
        reader, found = await js.pull_subscribe("chaos.>", stream="chaos"), Counter()
        while left:
            some = await reader.fetch(min(left, 500), timeout=20)
            found.update(json.loads(one.data)["id"] for one in some)
            for one in some:
                await one.ack()
            left -= len(some)
        return found


async def _quiet(_error):
    """Say nothing of a server that is not there yet."""


class RedisServer(Server):
    """Redis, which writes down what it confirms."""

    program = "redis-server"

    def command(self):
        """Return what starts it."""
        kept = ["--dir", self.folder, "--appendonly", "yes", "--appendfsync", "always"]
        return [self.program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", *kept]

    def table(self):
        """Return the sink's table."""
        options = {"stream": "chaos:{site}:{purpose}", "keep": "60 months"}
        return {"type": "redis", "url": f"redis://127.0.0.1:{self.port}", "options": options}

    def client(self):
        """Return a client."""
        from redis import Redis

        return Redis(port=self.port)

    def ask(self):
        """Ask whether it has read what it wrote."""
        with self.client() as client:
            client.ping()

    def arrived(self):
        """Return how often each id is there."""
        with self.client() as client:
            entries = client.xrange("chaos:shop:analytics")
        return Counter(json.loads(it[b"ce"])["id"] for _, it in entries)


class RabbitMQServer(Server):
    """RabbitMQ with a durable queue; it tells no two of an id apart."""

    program = RABBITMQ
    knows_ids = False

    def __init__(self, folder):
        super().__init__(folder)
        self.others = free_port(), free_port()

    def command(self):
        """Return what starts it."""
        return [self.program]

    def env(self):
        """Return its environment: all it has is in the folder, and its ports are its own."""
        folder, (distribution, names) = self.folder, self.others
        Path(folder, "plugins").write_text("[].", encoding="utf-8")
        return {
            **super().env(),
            "HOME": folder,
            "RABBITMQ_NODENAME": f"chaos{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_MNESIA_BASE": f"{folder}/kept",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/none",
            "RABBITMQ_CONFIG_FILE": f"{folder}/none",
        }

    def close(self):
        """End it for good, and the server of names that it started."""
        super().close()
        names = str(self.others[1])
        subprocess.run(["epmd", "-port", names, "-kill"], check=False, capture_output=True)

    def table(self):
        """Return the sink's table."""
        options = {"routing_key": "chaos.{site}.{purpose}"}
        url = f"amqp://127.0.0.1:{self.port}"
        return {"type": "amqp", "url": url, "token": "guest", "options": options}

    def ask(self):
        """Have the queue, whether it is there or not."""
        asyncio.run(self.work(self.make))

    async def make(self, channel):
        """Make the queue; the same twice is one."""
        queue = await channel.declare_queue("chaos", durable=True)
        await queue.bind("amq.topic", "chaos.#")

    async def work(self, do):
        """Do something on a channel."""
        import aio_pika

        connection = await aio_pika.connect(f"amqp://127.0.0.1:{self.port}", timeout=10)
        async with connection, connection.channel() as channel:
            return await do(channel)

    def arrived(self):
        """Return how often each id is there."""
        return asyncio.run(self.work(self.read))

    async def read(self, channel):
        """Read the queue."""
        queue, found = await channel.get_queue("chaos"), Counter()
        while (one := await queue.get(no_ack=True, fail=False)) is not None:
            found[one.message_id] += 1
        return found


class HTTPServer(Server):
    """An endpoint of HTTP, which keeps what it confirmed; it tells no two of an id apart."""

    program = sys.executable
    knows_ids = False

    def command(self):
        """Return what starts it."""
        script = Path(__file__).with_name("http_server.py")
        return [self.program, str(script), str(self.port), f"{self.folder}/arrived"]

    def table(self):
        """Return the sink's table."""
        url = f"http://127.0.0.1:{self.port}/events"
        return {"type": "http", "url": url, "options": {"timeout": 2.0}}

    def ask(self):
        """Connect."""
        socket.create_connection(("127.0.0.1", self.port), 2).close()

    def arrived(self):
        """Return how often each id is there."""
        return Counter(Path(self.folder, "arrived").read_text(encoding="utf-8").split())


class PostgreSQLServer(Server):
    """PostgreSQL, which holds the outbox and the event store; as root it runs as its own user."""

    program = "postgres"

    def __init__(self):
        super().__init__(tempfile.mkdtemp(prefix="privacykit-chaos-"))
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        made = ["initdb", "-D", f"{self.folder}/kept", "-A", "trust", "-U", "postgres", "-N"]
        subprocess.run(made, check=True, capture_output=True, user=self.user, cwd=self.folder)
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self):
        """Start it as soon as what the dead one left behind has ended too."""
        command = [self.program, "-D", f"{self.folder}/kept", "-p", str(self.port)]
        command += [
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            f"unix_socket_directories={self.folder}",
        ]
        ends = time.monotonic() + READY_SECONDS
        while self.process is None or self.process.poll() is not None or not self.answers():
            assert time.monotonic() < ends, "the server does not answer"
            if self.process is None or self.process.poll() is not None:
                self.process = subprocess.Popen(
                    command, stderr=subprocess.DEVNULL, user=self.user, cwd=self.folder
                )
            time.sleep(0.05)

    def kill(self):
        """Let it die without a word; its children see that and end."""
        self.process.kill()
        self.process.wait()
        self.deaths += 1

    def close(self):
        """End it for good, children first, and throw away what it kept."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
        shutil.rmtree(self.folder)

    def ask(self):
        """Connect."""
        import psycopg

        psycopg.connect(
            port=self.port, host="127.0.0.1", user="postgres", connect_timeout=2
        ).close()


def require(*programs):
    """Skip where one of *programs* is not installed; in CI that fails."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        told = f"{', '.join(missing)}: not installed; `make services` does that"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(told)


@pytest.fixture
def database():
    """A PostgreSQL of this test's own."""
    require("initdb", "postgres")
    made = PostgreSQLServer()
    made.start()
    yield made
    made.close()


class Reaper(threading.Thread):
    """Kills a server again and again, and starts it."""

    def __init__(self, server, dice):
        super().__init__()
        self.server, self.dice = server, dice
        self.done = threading.Event()
        self.failed = None

    def run(self):
        """Kill and start until told to stop; at the end it runs."""
        try:
            while not self.done.wait(self.dice.uniform(0.1, 0.9)):
                self.server.kill()
                self.done.wait(self.dice.uniform(0.0, 0.3))
                self.server.start()
        except AssertionError as error:
            self.failed = error

    def end(self):
        """Stop."""
        self.done.set()
        self.join()
        assert self.failed is None, self.failed


@pytest.fixture(
    params=[NATSServer, RabbitMQServer, RedisServer, HTTPServer],
    ids=["nats", "rabbitmq", "redis", "http"],
)
def server(request, tmp_path):
    """A server of this test's own."""
    require(request.param.program)
    made = request.param(str(tmp_path / "server"))
    (tmp_path / "server").mkdir()
    made.start()
    yield made
    made.close()


def lives(url, folder, dice, *told):
    """Let workers live and die until there were deaths and events enough; return what they said."""
    nurseries = live_and_die(url, folder, dice, ROUNDS, *told)
    while sum(len(one.acknowledged) for one in nurseries) < EVENTS:
        nurseries += live_and_die(url, folder, dice, ROUNDS, *told)
    return nurseries


@pytest.mark.slow
@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize("sql_url", ["sqlite"], indirect=True)
def test_no_kill_of_a_broker_loses_doubles_or_leaks(
    sql_url, engines, consents, server, tmp_path, capsys
):
    """Workers and their broker die again and again while records are withdrawn."""
    seed = random.randrange(10**6)
    dice, script, told = random.Random(seed), load_script(), json.dumps(server.table())
    store, sinks, asked = script.stores(*engines, tmp_path)
    store.prepare()
    withdrawer, reaper = Withdrawer(consents, dice), Reaper(server, dice)
    withdrawer.start()
    reaper.start()
    nurseries = lives(sql_url, tmp_path, dice, told)
    reaper.end()
    withdrawer.end()
    # The survivor: by its clock every lease of the dead has ended.
    sinks.append(script.broker(told, tmp_path, asked))
    script.deliverer(store, sinks, asked, clock=lambda: time.time() + 1000).run_once()

    record_of = {k: v for one in nurseries for k, v in one.record_of.items()}
    acknowledged = set().union(*(one.acknowledged for one in nurseries))
    never = {id_ for id_, record in record_of.items() if record in withdrawer.at}
    log = [line.split() for line in (tmp_path / "broker.log").read_text().splitlines()]
    arrived = server.arrived()
    with capsys.disabled():
        print(
            f"\n{server.program.rpartition('/')[2]}, seed {seed}: {ROUNDS * len(nurseries) // 2} kills of workers, {server.deaths} of it, "
            f"{len(acknowledged)} acknowledged, {len(arrived)} arrived, "
            f"{len(log) - len({id_ for _, id_ in log})} sent again, "
            f"{sum(arrived.values()) - len(arrived)} twice"
        )
    assert acknowledged - never, "nothing was acknowledged: the test tested nothing"
    assert server.deaths, "the broker never died: the test tested nothing"
    assert acknowledged - never - set(arrived) == set()
    assert set(arrived) - set(record_of) == set()
    assert not server.knows_ids or [id_ for id_, times in arrived.items() if times > 1] == []
    assert store.depths() == []
    late = [id_ for at, id_ in log if int(at) > withdrawer.at.get(record_of.get(id_), int(at))]
    assert late == []


@pytest.fixture
def database_url(database):
    """Where the database is that dies."""
    return database.url


@pytest.mark.slow
@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize("sql_url", ["database"], indirect=True)
def test_no_kill_of_the_database_loses_doubles_or_leaks(
    sql_url, database, engines, consents, tmp_path, capsys
):
    """Workers and the database of their outbox die again and again."""
    seed = random.randrange(10**6)
    dice, script = random.Random(seed), load_script()
    store, sinks, asked = script.stores(*engines, tmp_path)
    store.prepare()
    withdrawer, reaper = Withdrawer(consents, dice), Reaper(database, dice)
    withdrawer.start()
    reaper.start()
    nurseries = lives(sql_url, tmp_path, dice)
    reaper.end()
    withdrawer.end()
    # The survivor: by its clock every lease of the dead has ended.
    script.deliverer(store, sinks, asked, clock=lambda: time.time() + 1000).run_once()
    seen = Evidence(nurseries, engines[0], tmp_path)
    with capsys.disabled():
        print(
            f"\nPostgreSQL, seed {seed}: {ROUNDS * len(nurseries) // 2} kills of workers, {database.deaths} of it, ",
            end="",
        )
        seen.tell(withdrawer)
    assert database.deaths, "the database never died: the test tested nothing"
    seen.hold(withdrawer)
    assert store.depths() == []
