"""
The runs: each in a process forked from a warm one, in a copy of the tree that it may change.

Whatever the tests need is imported before the fork, but for the code under test, so that a mutant
costs its own imports and its covering tests.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from enum import StrEnum
from itertools import count
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import pytest

from tests.mutation.mutant import Mutant

WARM = ("anyio", "cryptography.hazmat.primitives.asymmetric.ed25519", "httpx2", "hypothesis",
        "jinja2", "msgspec", "pydantic", "rich.console", "sqlalchemy", "starlette.testclient",
        "typer.testing", "user_agents", "xml.dom.minidom")  # fmt: skip
OPTIONS = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
NOT_COPIED = (".git", ".venv", "__pycache__", ".*_cache", "_build", ".hypothesis", ".mutation")
PATIENCE = 5.0
ASLEEP = 10
"""How many times as long a round may take that sleeps, or finds its machine busy."""
STOPPING = 5.0
Tests = dict[str, dict[str, float]]

_NOTHING_FAILED = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
_fork = multiprocessing.get_context("fork")
_stamps = count(1)


class Verdict(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"
    UNCOVERED = "uncovered"


@contextmanager
def trees(root: Path, number: int) -> Iterator[list[Path]]:
    """Lend *number* copies of the tree at *root*."""
    with ExitStack() as stack:
        places = [Path(stack.enter_context(TemporaryDirectory())) / "tree" for _ in range(number)]
        for place in places:
            shutil.copytree(root, place, ignore=shutil.ignore_patterns(*NOT_COPIED))
        yield places


def warm() -> None:
    """Import what the tests need of others, as far as it is there."""
    for name in WARM:
        with suppress(ImportError):
            importlib.import_module(name)


def start(tree: Path, run: Callable[..., object], *args: object) -> multiprocessing.Process:
    """Fork a process that stands in *tree*, says nothing, and ends with what *run* returns."""
    process = _fork.Process(target=_inside, args=(tree, run, args))
    process.start()
    return process


def through(tree: Path, run: Callable[..., object], *args: object) -> None:
    """Do the same and wait for it; whatever interrupts the waiting ends it."""
    process = start(tree, run, *args)
    try:
        process.join()
    finally:
        end(process)


def _inside(tree: Path, run: Callable[..., object], args: tuple[object, ...]) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    outer = str(Path.cwd())
    os.chdir(tree)
    sys.path[:] = [str(tree), *(path for path in sys.path if path not in {"", outer})]
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(tree), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    with (tree.parent / "output").open("w") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    raise SystemExit(run(*args))


class Chosen:
    """Keeps the covering tests, in the order given, and makes hypothesis repeat itself."""

    def __init__(self, tests: list[str]) -> None:
        self.order = {test: place for place, test in enumerate(tests)}
        self.functions = {test.split("[")[0] for test in tests}
        self.failed: set[str] = set()

    def pytest_configure(self):
        with suppress(ImportError):
            from hypothesis import HealthCheck, settings

            quiet = list(HealthCheck)
            settings.register_profile(
                "mutation",
                database=None,
                deadline=None,
                derandomize=True,
                suppress_health_check=quiet,
            )
            settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, items):
        """Keep what was chosen; where the mutant renamed all of it, the same functions."""
        known = [item for item in items if item.nodeid in self.order]
        kept = known or [item for item in items if item.nodeid.split("[")[0] in self.functions]
        items[:] = sorted(kept, key=lambda item: self.order.get(item.nodeid, 0))

    def pytest_runtest_logreport(self, report):
        if not report.passed:
            self.failed.add(report.nodeid)


def _run(tests: Tests, *options: str) -> tuple[int, set[str]]:
    chosen = Chosen([test for inner in tests.values() for test in inner])
    return int(pytest.main([*OPTIONS, *options, *tests], plugins=[chosen])), chosen.failed


def _until_failure(tests: Tests) -> int:
    return _run(tests, "-x")[0]


def _write_failing(tests: Tests, out: Path) -> None:
    out.write_text(json.dumps(sorted(_run(tests)[1])))


def failing(tests: Tests, tree: Path) -> set[str]:
    """Return which of *tests*, run in *tree* as mutants are, fail without any mutant."""
    out = tree.parent / "failing.json"
    through(tree, _write_failing, tests, out)
    return set(json.loads(out.read_text()))


class Trial:
    """
    One mutant on its way through its covering tests.

    Args:
        mutant: The mutant.

        source: The module without it.

        rounds: The covering tests, the nearest first.

        starting: Seconds of CPU that a round may take besides its tests.
    """

    def __init__(self, mutant: Mutant, source: bytes, rounds: list[Tests], starting: float) -> None:
        self.mutant, self.source, self.rounds, self.starting = mutant, source, rounds, starting

    def begin(self, tree: Path) -> None:
        """Put the mutant into *tree* and run the first round there."""
        self.tree = tree
        self._write(self.mutant.applied(self.source))
        self._next_round()

    def _write(self, source: bytes) -> None:
        path = self.tree / self.mutant.file
        path.write_bytes(source)
        # A time that no other version had: Python knows its compiled files by time and size.
        os.utime(path, (stamp := next(_stamps), stamp))

    def _next_round(self) -> None:
        tests = self.rounds.pop(0)
        seconds = sum(sum(inner.values()) for inner in tests.values())
        self.most = self.starting + PATIENCE * seconds
        self.deadline = monotonic() + ASLEEP * self.most
        self.process = start(self.tree, _until_failure, tests)

    def verdict(self) -> Verdict | None:
        """Return what became of the mutant, if that is known by now."""
        code = self.process.exitcode
        if code is None and monotonic() < self.deadline and _spent(self.process) < self.most:
            return None
        end(self.process)
        if code in _NOTHING_FAILED and self.rounds:
            self._next_round()
            return None
        self._write(self.source)
        if code is None:
            return Verdict.TIMED_OUT
        return Verdict.SURVIVED if code in _NOTHING_FAILED else Verdict.KILLED


def _spent(process: multiprocessing.Process) -> float:
    """Return the seconds of CPU that *process* took: a busy machine makes no mutant slower."""
    try:
        told = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0  # it ended, or the system does not say so: the deadline counts
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")


def end(process: multiprocessing.Process) -> None:
    """End *process* and what it started: first as a keyboard would, so that fixtures clean up."""
    for sign, patience in ((signal.SIGINT, STOPPING), (signal.SIGKILL, None)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        process.join(patience)


def judge(trials: Iterable[Trial], places: list[Path]) -> Iterator[tuple[Mutant, Verdict]]:
    """Try each mutant, one at a time in each of the *places*; yield it when it is known."""
    waiting, busy, free = deque(trials), [], [*places]
    try:
        while waiting or busy:
            while waiting and free:
                busy.append(waiting.popleft())
                busy[-1].begin(free.pop())
            wait([trial.process.sentinel for trial in busy], timeout=0.5)
            for trial in [*busy]:
                if (verdict := trial.verdict()) is not None:
                    busy.remove(trial)
                    free.append(trial.tree)
                    yield trial.mutant, verdict
    finally:
        for trial in busy:
            end(trial.process)
