"""
The covering tests: which test runs which line, measured once and kept until a file changes.

Every test is run once, watched by coverage. What a test module runs when it is imported, or a
fixture that outlives its test, counts for every test of the file. A test that starts a process of
its own covers what runs in its own only.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import perf_counter

import coverage
import pytest

from tests.mutation import run
from tests.mutation.mutant import Mutant

CACHE = ".mutation"
EVERY = "::*"
NEW = {"key": ""}
FAR_SECONDS = 10.0
COLLECTING = 0.2  # about what a file costs besides its tests
OPTIONS = ["--continue-on-collection-errors", "-m", "not slow"]
Tests = run.Tests


class Watch:
    """Tells coverage which test runs; keeps how long each took, and which failed."""

    def __init__(self, cov: coverage.Coverage) -> None:
        self.cov, self.seconds, self.failed = cov, {}, set()
        self.test = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.test = item.nodeid
        self.cov.switch_context(self.test)
        start = perf_counter()
        try:
            return (yield)
        finally:
            self.seconds[self.test] = round(perf_counter() - start, 4)
            self.test = ""
            self.cov.switch_context("")

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        if not isinstance(collector, pytest.File):
            return (yield)
        with self.for_all(collector.nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        if fixturedef.scope == "function":
            return (yield)
        with self.for_all(self.test.split("::")[0]):
            return (yield)

    @contextmanager
    def for_all(self, file: str) -> Iterator[None]:
        """Count what runs for every test of *file*."""
        self.cov.switch_context(file + EVERY)
        try:
            yield
        finally:
            self.cov.switch_context(self.test)

    def pytest_runtest_logreport(self, report):
        if not report.passed:
            self.failed.add(report.nodeid)


def measure(tree: Path, package: str, files: list[str], out: Path) -> None:
    """Run the tests of *files* in *tree* and write to *out* what each file's tests covered."""
    cov = coverage.Coverage(data_file=None, config_file=False, source=[str(tree / package)])
    cov.set_option("run:core", "ctrace")
    watch = Watch(cov)
    cov.start()
    pytest.main([*run.OPTIONS, *OPTIONS, *files], plugins=[watch])
    cov.stop()
    found = {file: {"seconds": {}, "lines": defaultdict(dict)} for file in files}
    for test, seconds in watch.seconds.items():
        if test not in watch.failed:
            found[test.split("::")[0]]["seconds"][test] = seconds
    data = cov.get_data()
    for path in data.measured_files():
        module = Path(path).relative_to(tree).as_posix()
        masks: dict[str, int] = defaultdict(int)
        for line, tests in data.contexts_by_lineno(path).items():
            for test in tests:
                masks[test] |= 1 << line
        for test in masks.keys() - watch.failed - {""}:
            found[test.split("::")[0]]["lines"][module][test] = hex(masks[test])
    out.write_text(json.dumps({"found": found, "failed": sorted(watch.failed)}))


class Covering:
    """
    What is known of the tests at *places*, kept in the folder ``.mutation`` of *root*.

    Args:
        root: Where the project stands.

        package: The folder of the code.

        places: The test files, or folders of them.
    """

    def __init__(self, root: Path, package: str, places: list[str]) -> None:
        self.root, self.package, self.places = root, package, places
        self.store = root / CACHE / "covering.json"
        self.stored = json.loads(self.store.read_text()) if self.store.exists() else {}
        keys = _keys(root, package, _test_files(root, places))
        self.found = {f: kept for f in keys if (kept := self.stored.get(f, NEW))["key"] == keys[f]}
        self.stale = {file: key for file, key in keys.items() if file not in self.found}

    def update(self, tree: Path) -> list[str]:
        """Run in *tree* what changed, keep what it covers, and return the tests that failed."""
        out = tree.parent / "covered.json"
        run.through(tree, measure, tree, self.package, list(self.stale), out)
        told = json.loads(out.read_text())
        for file, key in self.stale.items():
            self.found[file] = {"key": key, **told["found"][file]}
        self.store.parent.mkdir(exist_ok=True)
        self.store.write_text(json.dumps({**self.stored, **self.found}))
        return told["failed"]

    def rounds(self, mutant: Mutant) -> list[Tests]:
        """
        Return the tests that may notice *mutant*, in two rounds.

        First those of its own room: of a file that covers the mutant all, since what one test
        leaves in a cache another looks at. Then of others as many as take ``FAR_SECONDS``: a
        mutant that only a slow test far away would notice counts as survived.
        """
        using = _importers(self.root, mutant.file, (self.package, *self.places))
        room = mutant.file.split("/")[1:2]
        near: Tests = {}
        far: Tests = {}
        for file, entry in self.found.items():
            seconds = entry["seconds"]
            names = seconds.keys() & set(_names(file, entry, mutant, using))
            is_near = file.split("/")[1:2] == room
            if names:
                kept = seconds.keys() if is_near else names
                quickest = sorted(kept, key=lambda name, seconds=seconds: (seconds[name], name))
                (near if is_near else far)[file] = {name: seconds[name] for name in quickest}
        ordered = dict(sorted(near.items(), key=lambda each: sum(each[1].values())))
        return [each for each in (ordered, _within(FAR_SECONDS, far, using)) if each]


def _within(budget: float, tests: Tests, using: AbstractSet[str]) -> Tests:
    """Return what fits into *budget* seconds: files that import the module, and variety, first."""
    ranked = []
    for file, seconds in tests.items():
        seen: Counter[str] = Counter()
        for name in seconds:
            seen[function := name.split("[")[0]] += 1
            ranked.append((file not in using, seen[function], seconds[name], file, name))
    chosen: Tests = {}
    for *_, cost, file, name in sorted(ranked):
        budget -= cost + (0 if file in chosen else COLLECTING)
        if budget < 0:
            break
        chosen.setdefault(file, {})[name] = cost
    return chosen


def _names(file: str, entry: dict, mutant: Mutant, using: AbstractSet[str]) -> Iterator[str]:
    """Yield the covering tests: of an import-time line, all that touch its module or a user's."""
    wanted = ((1 << (mutant.last + 1 - mutant.first)) - 1) << mutant.first
    if mutant.at_import and file in using:
        yield from entry["seconds"]
    for module in {mutant.file, *using} if mutant.at_import else {mutant.file}:
        for test, mask in entry["lines"].get(module, {}).items():
            if mutant.at_import or int(mask, 16) & wanted:
                yield from entry["seconds"] if test.endswith(EVERY) else [test]


def _test_files(root: Path, places: list[str]) -> list[str]:
    paths = [path for place in places for path in [root / place, *(root / place).rglob("*.py")]]
    found = {path.relative_to(root) for path in paths if path.name.startswith("test_")}
    return sorted(path.as_posix() for path in found if path.suffix == ".py")


def _keys(root: Path, package: str, files: list[str]) -> dict[str, str]:
    """Return for each test file the hash of all that its result hangs on."""
    shared = hashlib.sha256()
    parts = [Path(__file__), *root.glob("*.toml"), *(root / package).rglob("*.py")]
    for place in {file.split("/")[0] for file in files}:
        parts += (root / place).rglob("conftest.py")
    for path in sorted(parts):
        shared.update(str(path).encode() + b"\0" + path.read_bytes())
    common = shared.digest()
    return {f: hashlib.sha256(common + (root / f).read_bytes()).hexdigest() for f in files}


@cache
def _importers(root: Path, module: str, places: tuple[str, ...]) -> frozenset[str]:
    """Return the files under *places* that import the module *module*."""
    parent, _, name = module.removesuffix(".py").replace("/", ".").rpartition(".")
    whole = re.escape(f"{parent}.{name}")
    shape = re.compile(rf"(from|import) {whole}\b|from {re.escape(parent)} import [^\n]*\b{name}\b")
    paths = [path for place in places for path in [root / place, *(root / place).rglob("*.py")]]
    return frozenset(
        path.relative_to(root).as_posix()
        for path in paths
        if path.suffix == ".py" and shape.search(path.read_text())
    )
