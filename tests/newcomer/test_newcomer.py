"""The newcomer in short form: three frameworks, in this environment; ``make newcomer`` has all eight."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.newcomer.frameworks import FRAMEWORKS
from tests.newcomer.journey import APPS, FLAGS, travel
from tests.newcomer.newcomer import Newcomer

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture(scope="module")
def chromium():
    """Chromium of the distribution; where there is none the tests say so, in CI they fail."""
    if not CHROMIUM.exists():
        message = f"there is no {CHROMIUM}; install it or set CHROMIUM"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("name", "whole"), [("fastapi", True), ("flask", False), ("datasette", False)]
)
def test_the_first_hour(chromium, tmp_path, name, whole):
    """From `init` to the first events, and to the receipt, by what is printed on the way."""
    newcomer = Newcomer(tmp_path, Path(sys.executable).parent)
    seen = travel(newcomer, FRAMEWORKS[name], chromium, whole=whole)
    assert len(seen.words) == (3 if whole else 1)
    assert newcomer.lines <= 5


def test_every_application_is_tried():
    """An application that nobody walks through promises what nobody tried."""
    assert sorted(path.name for path in APPS.iterdir()) == sorted(FRAMEWORKS)
