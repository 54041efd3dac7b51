"""
Pictures of the shop's privacy page and of a report for the documentation, by a real Chromium.

``python -m examples.shop.pictures`` serves the shop as the demo does, asks as a visitor in Germany
whose browser sends Global Privacy Control, and writes ``docs/pictures/privacy-*.png``; then it
makes the page of the walk through the reports, and writes ``docs/pictures/report-*.png``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from examples.shop.demo import ROOT, address_of, free_port, prepare, serve

PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
SCREENS = {"desktop": (1000, 760, 1), "phone": (390, 844, 1)}
SCHEMES = ("light", "dark")
PLACE = "DE"
WALK = ROOT / "examples" / "reports"
REPORT_SCREEN = (960, 1500)
"""The first sentence, whose events these are, and the funnel."""
ASKED = (
    "funnel --events events.csv --columns columns.toml --synthetic --from 2026-11-16 "
    "--to 2026-11-29 --steps landing,product,cart,checkout,buy --compare --html report.html"
)


def names() -> list[str]:
    """Return the files that are written."""
    pages = [f"privacy-{screen}-{scheme}.png" for screen in SCREENS for scheme in SCHEMES]
    return [*pages, *(f"report-{scheme}.png" for scheme in SCHEMES)]


@contextmanager
def served() -> Iterator[str]:
    """Serve the shop from an empty folder; give its origin."""
    with tempfile.TemporaryDirectory() as folder:
        config = prepare(Path(folder) / "shop")
        port = free_port()
        process = serve(config, port, Path(folder) / "log")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def take(browser: Browser, origin: str, folder: Path) -> None:
    """Write a picture of the page for each screen and colour scheme into *folder*."""
    headers = {"X-Forwarded-For": address_of(PLACE, 1), "Sec-GPC": "1"}
    for screen, (width, height, factor) in SCREENS.items():
        for scheme in SCHEMES:
            page = browser.new_page(
                viewport={"width": width, "height": height},
                device_scale_factor=factor,
                color_scheme=scheme,
                extra_http_headers=headers,
                locale="en-GB",
            )
            page.goto(f"{origin}/privacy/")
            page.screenshot(path=folder / f"privacy-{screen}-{scheme}.png", full_page=True)
            page.close()


def take_report(browser: Browser, folder: Path) -> None:
    """Write a picture of the report of the walk for each colour scheme into *folder*."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(WALK / "columns.toml", name)
        for line in (
            [str(WALK / "shop_events.py")],
            ["-m", "privacykit", "report", *ASKED.split()],
        ):
            subprocess.run([sys.executable, *line], cwd=name, check=True)
        for scheme in SCHEMES:
            width, height = REPORT_SCREEN
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page.goto((Path(name) / "report.html").as_uri())
            page.screenshot(path=folder / f"report-{scheme}.png")
            page.close()


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=PICTURES, help="where to write them")
    folder: Path = parser.parse_args().folder
    with served() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        take(browser, origin, folder)
        take_report(browser, folder)
        browser.close()
    sys.stdout.write("\n".join(f"{folder / name}" for name in names()) + "\n")


if __name__ == "__main__":
    main()
