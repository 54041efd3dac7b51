"""
Pictures of the shop's privacy pages, its banner and a report, by a real Chromium.

``python -m examples.shop.pictures`` serves the shop as the demo does, asks as a visitor in Germany
whose browser sends Global Privacy Control, and writes ``docs/pictures/privacy-*.png``; asks as one
whose browser sends none for ``banner-*.png``, where the banner stands on a page of the shop, and
``choices-*.png``, to where it leads; then it makes the page of the walk through the reports, and
writes ``report-*.png``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from examples.shop.demo import ROOT, address_of, free_port, prepare, serve
from examples.shop.small_png import small

PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
SCREENS = {"desktop": (1000, 760, 1), "phone": (390, 844, 1)}
SCHEMES = ("light", "dark")
PLACE = "DE"
GPC = {"Sec-GPC": "1"}
NO_HEADERS: Mapping[str, str] = {}
PARTNER = "Example Ads Ltd"
TOLD = f"""
[notice.cookies."_ga*"]
life = "13 months"
by = "{PARTNER}"

[notice.cookies.session]
life = "session"
"""
"""What the pictures tell of cookies besides the shop's configuration."""
FRONT = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>The shop</title>
<style>
  :root {color-scheme: light dark; }
  body { margin: 0; font: 1.0625rem/1.6 system-ui, sans-serif; }
  main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
</style>
<script src="/privacy/static/banner.js" defer></script>
<main><h1>The shop</h1>
<ul><li><a href="/product/mug">A mug</a><li><a href="/product/lamp">A lamp</a></ul>
</main></html>"""
"""A page of the shop with the banner's script in it."""
WALK = ROOT / "examples" / "reports"
REPORT_SCREEN = (960, 1500)
"""The first sentence, whose events these are, and the funnel."""
ASKED = (
    "funnel --events events.csv --columns columns.toml --synthetic --from 2026-11-16 "
    "--to 2026-11-29 --steps landing,product,cart,checkout,buy --compare --html report.html"
)


def names() -> list[str]:
    """Return the files that are written."""
    kinds = ("privacy", "banner", "choices")
    pages = [f"{kind}-{it}-{scheme}.png" for kind in kinds for it in SCREENS for scheme in SCHEMES]
    return [*pages, *(f"report-{scheme}.png" for scheme in SCHEMES)]


@contextmanager
def served() -> Iterator[str]:
    """Serve the shop from an empty folder; give its origin."""
    with tempfile.TemporaryDirectory() as folder:
        config = prepare(Path(folder) / "shop")
        label = 'label = "Advertising"'
        text = config.read_text().replace(label, f'{label}\nrecipients = ["{PARTNER}"]')
        config.write_text(text + TOLD)
        port = free_port()
        process = serve(config, port, Path(folder) / "log")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def take(browser: Browser, origin: str, folder: Path) -> None:
    """Write a picture of the page for each screen and colour scheme into *folder*."""
    for screen in SCREENS:
        for scheme in SCHEMES:
            with opened(browser, screen, scheme, GPC) as page:
                page.goto(f"{origin}/privacy/")
                keep(page, folder / f"privacy-{screen}-{scheme}.png")
            with opened(browser, screen, scheme) as page:
                page.route(
                    f"{origin}/", lambda it: it.fulfill(body=FRONT, content_type="text/html")
                )
                page.goto(f"{origin}/")
                page.get_by_role("button", name="Refuse all").wait_for()
                keep(page, folder / f"banner-{screen}-{scheme}.png", until="main")
                page.get_by_role("button", name="Choose").click()
                page.get_by_role("heading", name="Your privacy choices").wait_for()
                keep(page, folder / f"choices-{screen}-{scheme}.png")


@contextmanager
def opened(
    browser: Browser, screen: str, scheme: str, headers: Mapping[str, str] = NO_HEADERS
) -> Iterator[Page]:
    """Give a page of a visitor from :data:`PLACE`."""
    width, height, factor = SCREENS[screen]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=factor,
        color_scheme=scheme,
        extra_http_headers={"X-Forwarded-For": address_of(PLACE, 1), **headers},
        locale="en-GB",
    )
    yield page
    page.close()


def keep(page: Page, path: Path, *, full_page: bool = True, until: str = "") -> None:
    """Write what *page* shows to *path*: all of it, what fits the screen, or up to an element."""
    box = page.locator(until).bounding_box() if until else None
    if box is None:
        path.write_bytes(small(page.screenshot(full_page=full_page)))
        return
    width = page.evaluate("innerWidth")
    cut = {"x": 0, "y": 0, "width": width, "height": box["y"] + box["height"]}
    path.write_bytes(small(page.screenshot(clip=cut)))


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
            keep(page, folder / f"report-{scheme}.png", full_page=False)
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
