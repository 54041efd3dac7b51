"""
The report: which mutants of the named modules no test notices. ``make mutate MODULES=…`` runs it.

It ends with 0 when enough were noticed, 1 when not, 2 when it could not begin.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tomllib
from collections import Counter
from pathlib import Path

from tests.mutation import run
from tests.mutation.covering import Covering
from tests.mutation.mutant import Mutant
from tests.mutation.operators import mutants
from tests.mutation.run import Tests, Verdict

WORKERS = 2
EQUIVALENT = Path("tests/mutation/equivalent.toml")


class Equivalent:
    """The mutants that do not matter, by file and changed line, each with its reason."""

    def __init__(self, root: Path) -> None:
        path = root / EQUIVALENT
        entries = tomllib.loads(path.read_text()).get("mutant", []) if path.exists() else []
        self.root = root
        self.named = {
            (each["file"], each["line"], becomes) for each in entries for becomes in each["becomes"]
        }
        if nameless := [each["file"] for each in entries if not each["reason"].strip()]:
            sys.exit(f"{EQUIVALENT}: no reason for an entry of {nameless[0]}")

    def holds(self, mutant: Mutant) -> bool:
        """Tell whether *mutant* is named."""
        source = (self.root / mutant.file).read_bytes()
        return (mutant.file, *mutant.diff(source)) in self.named

    def check(self) -> None:
        """Refuse entries that name no mutant: the line has changed, or was never so."""
        for file in sorted({file for file, _, _ in self.named}):
            path = self.root / file
            source = path.read_bytes() if path.exists() else b""
            there = {(file, *mutant.diff(source)) for mutant in mutants(file, source)}
            for _, line, becomes in {each for each in self.named if each[0] == file} - there:
                print(f"{EQUIVALENT}: no mutant of {file} makes {line!r} into {becomes!r}")
                raise SystemExit(2)


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("modules", nargs="+", metavar="MODULE")
    parser.add_argument("--tests", nargs="+", default=["tests"], help="where tests are looked for")
    parser.add_argument("--sample", type=int, help="try that many mutants of each module")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument(
        "--starting",
        type=float,
        default=15,
        metavar="SECONDS",
        help="what a run may take besides its tests",
    )
    parser.add_argument("--at-least", type=float, default=95, metavar="PERCENT")
    return parser.parse_args(given)


def sample(found: list[Mutant], size: int | None, seed: int) -> list[Mutant]:
    """Return *size* of the mutants *found*, or all, the same for a *seed*."""
    if size is None or size >= len(found):
        return found
    return sorted(random.Random(seed).sample(found, size))


def _shown(mutant: Mutant, verdict: Verdict, source: bytes) -> str:
    before, after = (text.replace("\n", "\n      ") for text in mutant.diff(source))
    line = source.count(b"\n", 0, mutant.start) + 1
    return f"{mutant.file}:{line}: {verdict}: {mutant.what}\n    - {before}\n    + {after}"


def _summary(name: str, verdicts: list[Verdict], equivalent: int) -> tuple[str, float]:
    counts = Counter(verdicts)
    noticed = counts[Verdict.KILLED] + counts[Verdict.TIMED_OUT]
    share = 100 * noticed / len(verdicts) if verdicts else 100.0
    parts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
    return f"{name}: {parts}, {equivalent} equivalent; {share:.1f} % noticed", share


def main(given: list[str], root: Path) -> int:
    """Try the mutants and print what was found; return the exit code."""
    asked = _arguments(given)
    equivalent = Equivalent(root)
    equivalent.check()
    sources = {module: (root / module).read_bytes() for module in asked.modules}
    every = {module: mutants(module, source) for module, source in sources.items()}
    matter = {module: [m for m in every[module] if not equivalent.holds(m)] for module in every}
    tried = {module: sample(matter[module], asked.sample, asked.seed) for module in matter}
    covering = Covering(root, asked.modules[0].split("/")[0], asked.tests)
    with run.trees(root, WORKERS) as trees:
        run.warm()
        if covering.stale:
            print(f"measuring what {len(covering.stale)} test files cover", flush=True)
            for test in covering.update(trees[0]):
                print(f"not used, since it fails without a mutant: {test}")
        verdicts = _verdicts(tried, sources, covering, trees, asked.starting)
    left_out = {module: len(every[module]) - len(matter[module]) for module in every}
    return _report(tried, verdicts, sources, left_out, asked)


def _verdicts(tried, sources, covering, trees, starting) -> dict[Mutant, Verdict]:
    verdicts: dict[Mutant, Verdict] = {}
    for module, found in tried.items():
        rounds = {mutant: covering.rounds(mutant) for mutant in found}
        failing = run.failing(_all(rounds), trees[0])
        for test in failing:
            print(f"not used, since it fails without a mutant: {test}")
        left = {mutant: _without(failing, rounds[mutant]) for mutant in found}
        verdicts |= {mutant: Verdict.UNCOVERED for mutant in found if not left[mutant]}
        trials = [run.Trial(m, sources[module], left[m], starting) for m in found if left[m]]
        for number, (mutant, verdict) in enumerate(run.judge(trials, trees), 1):
            verdicts[mutant] = verdict
            print(f"\r{module}: {number} of {len(trials)}", end="", file=sys.stderr, flush=True)
    return verdicts


def _all(rounds: dict[Mutant, list[Tests]]) -> Tests:
    every: Tests = {}
    for tests in (tests for each in rounds.values() for tests in each):
        for file, inner in tests.items():
            every.setdefault(file, {}).update(inner)
    return every


def _without(failing: set[str], rounds: list[Tests]) -> list[Tests]:
    for tests in rounds:
        for inner in tests.values():
            for test in failing & inner.keys():
                del inner[test]
    kept = [{file: inner for file, inner in tests.items() if inner} for tests in rounds]
    return [tests for tests in kept if tests]


def _report(tried, verdicts, sources, equivalent: dict[str, int], asked) -> int:
    """Print the survivors and a line for each module; return the exit code."""
    for mutant in sorted(verdicts):
        if verdicts[mutant] in {Verdict.SURVIVED, Verdict.UNCOVERED}:
            print(_shown(mutant, verdicts[mutant], sources[mutant.file]))
    print()
    for module, found in tried.items():
        print(_summary(module, [verdicts[each] for each in found], equivalent[module])[0])
    line, share = _summary("all", list(verdicts.values()), sum(equivalent.values()))
    print(line)
    if asked.sample is not None:
        print(f"a sample of {asked.sample} mutants a module, seed {asked.seed}")
    return 0 if share >= asked.at_least else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was begun is ended
    sys.exit(main(sys.argv[1:], Path.cwd()))
