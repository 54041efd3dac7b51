"""The report: what it says of a small package whose tests are good in one place only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.mutation.__main__ import Equivalent, sample
from tests.mutation.operators import mutants

ROOT = Path(__file__).parent.parent.parent
MODULE = """
LIMIT = 3


def below(number):
    return number < LIMIT


def rest(number):
    while number > LIMIT:
        number -= 1
    return number


def early(number):
    return number + 7


def unheard(number):
    return number + 1


def untested(number):
    return number * 2
"""
TESTS = """
    import pytest
    from small.numbers import below, early, rest, unheard

    SEVEN = early(0)

    @pytest.fixture(scope="module")
    def eight():
        return rest(8)

    def test_below():
        assert [below(number) for number in (2, 3)] == [True, False]

    def test_early():
        assert SEVEN == 7

    def test_nothing():
        unheard(1)

    def test_rest(eight):
        assert eight == 3

    def test_failing():
        assert unheard(1) == 3
"""


EQUIVALENT = """
[[mutant]]
file = "small/numbers.py"
line = "return number * 2"
becomes = ["{becomes}"]
reason = "nobody doubles"
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return a package of one module, with its tests."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "small").mkdir()
    (folder / "small" / "numbers.py").write_text(MODULE)
    (folder / "tests" / "small").mkdir(parents=True)
    (folder / "tests" / "small" / "test_numbers.py").write_text(dedent(TESTS))
    settings = "[tool.pytest.ini_options]\naddopts = ['--import-mode=importlib']\n"
    (folder / "pyproject.toml").write_text(settings)
    return folder


def _run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.mutation", "small/numbers.py", "--starting", "5", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def report(small):
    """Return what the tool says of the package."""
    return _run(small)


def test_a_mutant_that_a_test_notices_is_not_shown(report):
    """Both mutants of the comparison, its limit and what is returned are killed."""
    assert "number < LIMIT" not in report.stdout


def test_what_a_test_module_runs_when_it_is_imported_counts_for_its_tests(report):
    """A value made once, above the tests, covers what made it."""
    assert "number + 7" not in report.stdout


def test_a_mutant_that_nothing_notices_is_shown_with_its_line(report):
    """A test that runs a line and looks at nothing holds nothing."""
    assert (
        "small/numbers.py:20: survived: + to -\n    - return number + 1\n    + return number - 1\n"
    ) in report.stdout


def test_a_mutant_that_no_test_runs_is_uncovered(report):
    """A line that no test runs needs no run to be reported."""
    assert "small/numbers.py:24: uncovered: * to //\n" in report.stdout


def test_a_test_that_fails_anyway_is_named_and_not_used(report):
    """It would kill whatever it covers."""
    assert "test_numbers.py::test_failing" in report.stdout


def test_the_report_counts(report):
    """An endless loop times out and counts as noticed; too few noticed end with 1."""
    last = report.stdout.splitlines()[-1]
    assert (report.returncode, last) == (
        1,
        "all: 11 killed, 3 survived, 2 timed out, 3 uncovered, 0 equivalent; 68.4 % noticed",
    )


def test_a_sample_is_the_same_for_a_seed():
    """Whoever has the seed can look again."""
    found = mutants("small/numbers.py", MODULE.encode())
    first, again, other = (sample(found, 3, seed) for seed in (1, 1, 2))
    assert (len(first), first == again, first == other) == (3, True, False)


def test_what_does_not_matter_is_not_counted(small):
    """It stands in a file, with its reason."""
    _name(small, "return number // 2")
    assert "1 equivalent" in _run(small, "--sample", "1").stdout


def test_an_entry_that_names_no_mutant_is_an_error(small):
    """The line was changed since, or was never so."""
    _name(small, "return number * 5")
    found = _run(small)
    said = "no mutant of small/numbers.py makes 'return number * 2' into 'return number * 5'"
    assert (found.returncode, found.stdout.strip().partition(": ")[2]) == (2, said)


def _name(small: Path, becomes: str) -> None:
    (small / "tests" / "mutation").mkdir(exist_ok=True)
    path = small / "tests" / "mutation" / "equivalent.toml"
    path.write_text(EQUIVALENT.format(becomes=becomes))


def test_each_mutant_that_does_not_matter_is_one():
    """An entry whose line was changed is found here, not in the middle of a report."""
    known = Equivalent(ROOT)
    known.check()
    assert known.named
