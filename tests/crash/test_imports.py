"""Our threads import nothing: a fork in the middle of an import leaves the child half a module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from privacykit.testing.layout import CONFIG, lay_out

WORKER = Path(__file__).with_name("import_worker.py")
STORES = {"postgresql": "postgres_url", "mariadb": "mariadb_url"}
WHOLE = """\
[records]
url = "{records}"

[outbox]
url = "{outbox}"

[salts]
url = "{salts}"

[[sinks]]
type = "jsonl"
folder = "."
purposes = ["analytics"]

[[sinks]]
type = "http"
url = "http://localhost:9/closed"
token = "not a real token"
purposes = ["analytics"]

[[sinks]]
type = "sql"
url = "{sink}"
purposes = ["analytics"]
"""


@pytest.mark.parametrize("store", ["sqlite", "postgresql", "mariadb"])
def test_no_thread_of_ours_imports(tmp_path, request, redis_url, store):
    """Every store and sink at work, from the start on; the event arrived, so they did work."""
    names = ("records", "outbox", "sink")
    urls = {name: f"sqlite:///{name}.db" for name in names}
    if store != "sqlite":
        urls = dict.fromkeys(names, request.getfixturevalue(STORES[store]))
    whole = WHOLE.format(salts=redis_url, **urls)
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.import_worker", lay_out(tmp_path, CONFIG + whole)],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
        cwd=WORKER.parents[2],
    )
    assert done.stdout.splitlines() == ["1"], done.stderr
