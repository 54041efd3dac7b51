"""
Starlette's own test suite, of the version installed here, passes with every application wrapped.

The suite is fetched from the package index, not kept here. Without an index the test is skipped, and
says so; with ``CI`` set it fails.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from privacykit.testing.layout import lay_out

RAW_CLIENT = {
    "tests/test_testclient.py::test_client[asyncio]",
    "tests/test_testclient.py::test_client[trio]",
    "tests/test_testclient.py::test_client_custom_client[asyncio]",
    "tests/test_testclient.py::test_client_custom_client[trio]",
}
"""The tests that assert the raw client address, which an application no longer sees."""

MOST = 1000
"""Tests that there are at least, on asyncio and trio together."""

PLUGIN = Path(__file__).with_name("privacykit_around.py")


@pytest.fixture
def suite(request):
    """The folder of Starlette's source distribution."""
    name = f"starlette-{version('starlette')}"
    cache = request.config.cache.mkdir("starlette")
    if not (cache / name).is_dir():
        fetched = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "-q", "--no-deps"),
                *("--no-binary", "starlette", "-d", cache, name.replace("-", "==")),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        if fetched.returncode:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(
                f"no package index has {name}: {fetched.stderr[-300:]}"
            )
        with tarfile.open(cache / f"{name}.tar.gz") as archive:
            archive.extractall(cache, filter="data")
    return cache / name


def run(suite, *arguments, **environment):
    """Run tests of *suite*; return its words, how many passed and which did not."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "--no-header", "-rfE", "--tb=no"),
            *("-p", "no:privacykit", "-p", "no:cacheprovider", "-o", "timeout=60", *arguments),
        ],
        cwd=suite,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    failed = re.findall(r"^(?:FAILED|ERROR) (tests/\S+?)(?: - |$)", done.stdout, re.MULTILINE)
    return done.stdout + done.stderr, int(passed[1]) if passed else 0, set(failed)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_starlettes_own_suite_passes_wrapped(suite, tmp_path):
    """On asyncio and trio, but for the tests that assert the raw client address."""
    words, passed, failed = run(
        suite,
        *("-p", PLUGIN.stem, "tests"),
        # It is about another package, and wants a third one.
        *("--ignore", "tests/middleware/test_opentelemetry.py"),
        PRIVACYKIT_AROUND=str(lay_out(tmp_path)),
        PYTHONPATH=str(PLUGIN.parent),
    )
    assert passed >= MOST, words
    assert failed >= RAW_CLIENT
    assert ", 0 errors" in words
    # What fails here without us as well (as root, without zstandard) is not ours.
    others = failed - RAW_CLIENT
    assert not others or run(suite, *others)[2] == others, words
