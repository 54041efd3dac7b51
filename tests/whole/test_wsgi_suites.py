"""
The test suites of Flask and Werkzeug, of the versions installed here, pass wrapped as they pass bare.

They are fetched from the package index, not kept here. Without an index a test is skipped, and says
so; with ``CI`` set it fails. Werkzeug's, which takes half a minute, is for ``make compat``.
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

PLUGIN = Path(__file__).with_name("wsgi_around.py")
SUITES = {
    "flask": (450, {
        "tests/test_testing.py::test_environ_base_default",
        "tests/test_testing.py::test_environ_base_modified",
        "tests/test_testing.py::test_client_open_environ",
    }),
    "werkzeug": (900, {
        f"tests/middleware/test_proxy_fix.py::test_proxy_fix[{case}]"
        for case in (
            "for", "proto", "host", "port, host without port", "port, host with port",
            "port, name", "prefix", "all", "multiple for", "ignore 0", "ignore len < trusted",
            "ignore untrusted", "ignore empty", "prefix < for", "ipv6 host",
            "ipv6 port, host without port", "ipv6 - port, host with port",
        )
    }),
}  # fmt: skip
"""How many tests pass at least, and those that assert the raw address, which nobody sees now."""
LONG = {"werkzeug"}


def fetched(name, cache):
    """Return the folder of the source distribution of *name*."""
    full = f"{name}-{version(name)}"
    if not (cache / full).is_dir():
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "-q", "--no-deps"),
                *("--no-binary", name, "-d", cache, full.replace("-", "==")),
            ],
            capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip
        if done.returncode:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(
                f"no package index has {full}: {done.stderr[-300:]}"
            )
        with tarfile.open(cache / f"{full}.tar.gz") as archive:
            archive.extractall(cache, filter="data")
    return cache / full


def run(suite, *arguments, around=""):
    """Run tests of *suite*; return its words, how many passed and which did not."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "--no-header", "-rfE", "--tb=no"),
            *("-p", PLUGIN.stem, "-p", "no:privacykit", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "--ignore", "tests/test_serving.py", *arguments),
        ],
        cwd=suite,
        env={**os.environ, "PRIVACYKIT_AROUND": around, "PYTHONPATH": str(PLUGIN.parent)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    passed = re.search(r"(\d+) passed", done.stdout)
    failed = re.findall(
        r"^(?:FAILED|ERROR) (tests/[^\s\[]+(?:\[.*?\])?)(?: - .*)?$", done.stdout, re.MULTILINE
    )
    return done.stdout + done.stderr, int(passed[1]) if passed else 0, set(failed)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [n for n in SUITES if n not in LONG or os.environ.get("COMPAT")])
def test_its_own_suite_passes_wrapped(name, request, tmp_path):
    """But for the tests that assert the raw client address, each of which is listed."""
    suite = fetched(name, request.config.cache.mkdir("wsgi-suites"))
    least, raw = SUITES[name]
    words, passed, failed = run(suite, "tests", around=str(lay_out(tmp_path)))
    assert passed >= least, words
    assert failed >= raw
    assert ", 0 errors" in words
    # What fails here without us as well is not ours.
    others = failed - raw
    assert not others or run(suite, *sorted(others))[2] == others, words
