"""The applications on the frameworks' pages are served and asked, as their readers will."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from privacykit.stores.keys import init_keys

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "how-to" / "frameworks"
WORKER = Path(__file__).with_name("framework_pages.py")
TEMPLATES = {
    "blacksheep": "/orders/{number}",
    "datasette": "/{database}/{table}/{pks}",
    "django": "/orders/{number}/",
    "django under WSGI": "/forked/{number}/",
    "fastapi": "/orders/{number}",
    "flask": "/orders/{number}",
    "litestar": "/orders/{number}",
    "quart": "/orders/{number}",
    "sanic": "/orders/{number}",
    "starlette": "/orders/{number}",
    "wsgi": "/orders/{number}",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What came of each page's application: all in one process, since importing is what costs."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "examples" / "first" / "privacykit.toml", folder)
    init_keys(folder / "privacykit.keys", datetime(2026, 11, 28, tzinfo=UTC))
    done = subprocess.run(
        [sys.executable, str(WORKER), str(folder), str(PAGES)],
        cwd=ROOT, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_page_is_asked(told):
    """A page without a test of its own promises what nobody tried."""
    assert sorted(told) == sorted(TEMPLATES)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_the_page_and_ours_are_answered(told, name):
    """The framework goes on as before, and the visitor's choices are there."""
    answer = told[name]
    assert (answer.get("status"), answer.get("ours")) == (200, 200), answer


@pytest.mark.parametrize("name", sorted(set(TEMPLATES) - {"datasette"}))
def test_the_view_knows_the_decision(told, name):
    """By the way its page shows."""
    assert "statistics: True" in told[name]["body"]


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_the_event_has_the_template(told, name):
    """And never the path."""
    assert told[name]["pages"] == [TEMPLATES[name]]
