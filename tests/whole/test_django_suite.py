"""
Django's own suites of what we rewrite pass behind our middleware as they pass without it.

They come with its source distribution; ``make compat`` runs them, as they take half a minute.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from privacykit.testing.layout import lay_out
from tests.whole.test_wsgi_suites import fetched

LABELS = (
    *("middleware", "middleware_exceptions", "sessions_tests", "csrf_tests", "test_client"),
    *("test_client_regress", "requests_tests", "handlers", "asgi", "signed_cookies_tests"),
    *("auth_tests", "messages_tests"),
)
LEAST = 1300
_EXCEPTIONS = "middleware_exceptions.tests"
EXPECTED = {
    f"{_EXCEPTIONS}.MiddlewareNotUsedTests.test_async_and_sync_middleware_chain_async_call",
    f"{_EXCEPTIONS}.MiddlewareNotUsedTests.test_log",
    f"{_EXCEPTIONS}.MiddlewareNotUsedTests.test_log_custom_message",
    f"{_EXCEPTIONS}.MiddlewareSyncAsyncTests.test_async_middleware",
    f"{_EXCEPTIONS}.MiddlewareSyncAsyncTests.test_sync_middleware_async",
}
"""
They assert words in the log of ``django.request``: our filter leaves of what Django says there words
of letters and digits only, and a name with dots in it (here that of a class) may be a host's.
"""
_FAILED = re.compile(r"^(?:FAIL|ERROR): \w+ \(([\w.]+)\)", re.MULTILINE)


def run(suite, around=""):
    """Run the suites; return the words, how many tests ran, and which failed."""
    whole = Path(__file__).parent
    paths = os.pathsep.join([str(whole.parent.parent), str(whole)])
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "runtests.py", "--settings", "django_around"),
            *("--parallel", "1", *LABELS),
        ],
        cwd=suite / "tests",
        env={**os.environ, "PRIVACYKIT_AROUND": around, "PYTHONPATH": paths},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    words = done.stdout + done.stderr
    ran = re.search(r"^Ran (\d+) tests", words, re.MULTILINE)
    return words, int(ran[1]) if ran else 0, set(_FAILED.findall(words))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_its_own_suites_pass_behind_our_middleware(request, tmp_path):
    """But for what asserts words of the log, each of which is listed."""
    suite = fetched("django", request.config.cache.mkdir("wsgi-suites"))
    words, ran, failed = run(suite, str(lay_out(tmp_path)))
    assert (ran >= LEAST, ", 0 errors" in words) == (True, True), words[-3000:]
    assert failed >= EXPECTED
    # What fails here without us as well is not ours.
    assert failed == EXPECTED or failed - run(suite)[2] == EXPECTED, words[-9000:]
