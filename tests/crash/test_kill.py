"""
P4: ``kill -9`` under load, at random moments.

Every acknowledged event is delivered, none twice by id at a sink, and none in an attempt that
starts after a withdrawal was committed.
"""

import importlib.util
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from privacykit.collect.ports import ConsentRecord
from privacykit.stores.events.events import EventStore
from privacykit.stores.records.consents import SqlConsentStore

SCRIPT = Path(__file__).with_name("worker.py")
ROUNDS = {"sqlite": 16, "postgres": 6, "mariadb": 6}
LIFE_SECONDS = 0.6


def load_script():
    """Import the script as a module: its directory is no package."""
    spec = importlib.util.spec_from_file_location("crash_worker", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Nursery:
    """Gives birth to workers, kills them, and remembers what they said."""

    def __init__(self, *told):
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT, *told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.record_of = {}
        self.acknowledged = set()
        self.born, self.working, self.gone = (threading.Event() for _ in range(3))
        self.pid = 0
        self.ears = threading.Thread(target=self.listen)
        self.ears.start()

    def listen(self):
        """Remember every line until the last process that could write one is dead."""
        for line in self.process.stdout:
            match line.split():
                case ["in", id_, record]:
                    self.record_of[id_] = record
                case ["ack", id_]:
                    self.acknowledged.add(id_)
                    self.working.set()
                case ["born", pid]:
                    self.pid = int(pid)
                    self.born.set()
                case ["gone", _]:
                    self.gone.set()

    def round(self, seconds, *, at_work):
        """Let a worker live for *seconds* from its birth, or from its first acknowledgement."""
        for event in (self.born, self.working, self.gone):
            event.clear()
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        assert self.born.wait(60)
        if at_work:
            self.working.wait(60)
        time.sleep(seconds)
        os.kill(self.pid, signal.SIGKILL)
        assert self.gone.wait(60)

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
        self.ears.join()
        self.process.stdout.close()


class Withdrawer(threading.Thread):
    """Withdraws one record after another and notes when each withdrawal was committed."""

    def __init__(self, consents, dice):
        super().__init__()
        self.consents, self.dice = consents, dice
        self.at = {}
        self.done = threading.Event()

    def run(self):
        """Withdraw until told to stop."""
        for number in range(12):
            if self.done.wait(self.dice.uniform(0, 0.8)):
                return
            self.consents.withdraw(f"record-{number}", time.time())
            self.at[f"record-{number}"] = time.monotonic_ns()

    def end(self):
        """Stop, and forget what had no time to begin."""
        self.done.set()
        self.join()


class Evidence:
    """What was accepted and acknowledged, and what arrived where."""

    def __init__(self, nurseries, engine, folder):
        self.record_of = {k: v for nursery in nurseries for k, v in nursery.record_of.items()}
        self.acknowledged = set().union(*(nursery.acknowledged for nursery in nurseries))
        self.in_store = {event.id for event in EventStore(engine).select(time.time())}
        self.in_files = Counter(
            msgspec.json.decode(line)["id"]
            for file in folder.glob("files-*.jsonl")
            for line in file.read_bytes().splitlines()
        )
        log = [line.split() for line in (folder / "witness.log").read_text().splitlines()]
        self.attempts = [(int(at), id_) for at, id_ in log]
        self.witnessed = {id_ for _, id_ in self.attempts}
        self.reached = self.in_store | set(self.in_files) | self.witnessed

    def tell(self, withdrawer):
        """Print what happened."""
        never = self.never(withdrawer)
        lost = set(self.record_of) - self.reached - never
        print(
            f"{len(self.record_of)} accepted, {len(self.acknowledged)} acknowledged, "
            f"{len(lost)} lost (none acknowledged), "
            f"{len(self.attempts) - len(self.witnessed)} sent again, "
            f"{len(never - self.reached)} stopped by {len(withdrawer.at)} withdrawals"
        )

    def never(self, withdrawer):
        """Return the events that must not leave once their record is withdrawn."""
        return {id_ for id_, record in self.record_of.items() if record in withdrawer.at}

    def hold(self, withdrawer):
        """Assert that nothing acknowledged is lost, nothing doubled, nothing sent too late."""
        never = self.never(withdrawer)
        owed = self.acknowledged - never
        assert owed, "nothing was acknowledged: the test tested nothing"
        assert owed - self.in_store == set()
        assert owed - set(self.in_files) == set()
        assert owed - self.witnessed == set()
        assert [id_ for id_, times in self.in_files.items() if times > 1] == []
        late = [
            id_ for at, id_ in self.attempts if at > withdrawer.at.get(self.record_of.get(id_), at)
        ]
        assert late == []


@pytest.fixture
def engines(sql_url, tmp_path):
    """The databases, with room for events."""
    both = load_script().engines(sql_url, tmp_path)
    EventStore(both[0]).ensure_periods(time.time(), 15)
    yield both
    for engine in both:
        engine.dispose()


@pytest.fixture
def consents(engines):
    """A consent store in which every record of the workers is granted."""
    consents = SqlConsentStore(engines[1])
    for number in range(load_script().RECORDS):
        record = f"record-{number}"
        consents.add(ConsentRecord(record, "shop", ("analytics",), "1", (), time.time()))
    return consents


def live_and_die(url, folder, dice, rounds, *told):
    """Kill two lines of workers *rounds* times in all; return what they said."""
    nurseries = [Nursery(url, str(folder), *told) for _ in range(2)]

    def kill(nursery, lives):
        for number, life in enumerate(lives):
            nursery.round(life, at_work=number % 2 == 0)

    lives = [[dice.uniform(0, LIFE_SECONDS) for _ in range(rounds // 2)] for _ in nurseries]
    killers = [
        threading.Thread(target=kill, args=both) for both in zip(nurseries, lives, strict=True)
    ]
    for killer in killers:
        killer.start()
    for killer in killers:
        killer.join()
    for nursery in nurseries:
        nursery.close()
    return nurseries


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("sql_url", ROUNDS, indirect=True)
def test_no_kill_loses_doubles_or_leaks(sql_url, engines, consents, tmp_path, request, capsys):
    """Two workers at a time, killed again and again while records are withdrawn."""
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    rounds = ROUNDS[request.node.callspec.params["sql_url"]]
    script = load_script()
    store, sinks, asked = script.stores(*engines, tmp_path)
    store.prepare()
    withdrawer = Withdrawer(consents, dice)
    withdrawer.start()
    nurseries = live_and_die(sql_url, tmp_path, dice, rounds)
    withdrawer.end()
    # The survivor: by its clock every lease of the dead has ended.
    script.deliverer(store, sinks, asked, clock=lambda: time.time() + 1000).run_once()
    seen = Evidence(nurseries, engines[0], tmp_path)
    with capsys.disabled():
        print(f"\nseed {seed}: {rounds} kills, ", end="")
        seen.tell(withdrawer)
    seen.hold(withdrawer)
    assert store.depths() == []
