"""The terminal sessions in README and tutorial print what they say."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.shop import pictures
from privacykit.stores.keys import init_keys
from tests.sessions import Reader

ROOT = Path(__file__).parent.parent
FIRST = ROOT / "examples" / "first"


def test_the_readmes_erasure_is_that_of_the_example(tmp_path):
    """Plan, erasure, receipt and its check are those of a real run."""
    for name in ("privacykit.toml", "datamap.toml"):
        shutil.copy(FIRST / name, tmp_path)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.executescript((FIRST / "shop.sql").read_text())
    init_keys(tmp_path / "privacykit.keys", datetime(2026, 11, 28, tzinfo=UTC))
    assert Reader(tmp_path).follow((ROOT / "README.md").read_text()) == 4


README = (ROOT / "README.md").read_text()


def test_every_link_of_the_readme_leads_somewhere():
    """Pages and pictures are in the repository; what is elsewhere begins with https."""
    links = re.findall(r"\]\(([^)#]+)|(?:src|srcset)=\"([^\"]+)\"", README)
    places = [page or picture for page, picture in links]
    assert len(places) > 20
    assert [p for p in places if not p.startswith("https://") and not (ROOT / p).exists()] == []


def test_every_picture_is_taken_by_the_script():
    """None was made by hand, and none is missing."""
    assert sorted(path.name for path in pictures.PICTURES.iterdir()) == sorted(pictures.names())


TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()


def test_the_tutorial_says_what_happens(tmp_path):
    """From an empty folder: init, serve, look, opt out, look again, erase, receipt."""
    reader = Reader(tmp_path)
    assert reader.follow(TUTORIAL) == 13
    assert "_ga" not in reader.cookies


@pytest.mark.parametrize("name", ["app.py", "shop.sql"])
def test_the_tutorials_files_are_those_of_the_example(name):
    """Whoever has a checkout need not copy them."""
    assert f"<!-- write: {name} -->" in TUTORIAL
    assert (FIRST / name).read_text() in TUTORIAL


REPORTS = (ROOT / "docs" / "how-to" / "reports.md").read_text()


def test_the_walk_through_the_reports_says_what_happens(tmp_path):
    """From a file of events to the step where people are lost, and whether the change helped."""
    assert Reader(tmp_path).follow(REPORTS) == 4
    told = (tmp_path / "report.html").read_text()
    assert "160 (1.6 %) reached buy" in told
    assert "80 (0.8 %) reached buy" in told


@pytest.mark.parametrize("name", ["shop_events.py", "columns.toml"])
def test_the_files_of_the_walk_are_those_of_the_example(name):
    """The same for the walk through the reports."""
    assert f"<!-- write: {name} -->" in REPORTS
    assert (ROOT / "examples" / "reports" / name).read_text() in REPORTS
