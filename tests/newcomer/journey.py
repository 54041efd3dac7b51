"""
The first hour, step by step: init, wrap, run, click, see, opt out, erase, receipt.

Each step does what the one before it printed, and stumbles where that is not right.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.newcomer.frameworks import Framework
from tests.newcomer.newcomer import Newcomer, line_with, must, shown

EXAMPLES = Path(__file__).parents[2] / "examples"
APPS = EXAMPLES / "frameworks"
TABLES = EXAMPLES / "first" / "shop.sql"
INIT = "privacykit init --yes --site shop --host shop.example --establishment DE"
EVENT = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  \S+  (\S+)  shop/analytics  ZZ  ", re.MULTILINE
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/{}.0.0.0 Safari/537.36"
)
OURS = ("pk-", "__Host-pk-")


@dataclass
class Seen:
    """What came of a journey, in words."""

    words: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        """Note one thing that was seen."""
        self.words.append(what)


def settle_in(newcomer: Newcomer, framework: Framework) -> None:
    """Put the application there, as it is before privacykit."""
    shutil.copytree(APPS / framework.name, newcomer.folder, dirs_exist_ok=True)
    if framework.prepare:
        newcomer.does(framework.prepare)
    else:
        with closing(sqlite3.connect(newcomer.folder / "shop.db")) as shop:
            shop.executescript(TABLES.read_text())


def begin(newcomer: Newcomer, framework: Framework) -> None:
    """Type ``init``, put the lines it prints where it says, and serve as it says."""
    printed = newcomer.type(INIT)
    must("privacykit.toml is in order" in printed, printed)
    for cookie in ("basket", "_ga"):
        must(cookie in line_with(printed, "found    cookies:"), printed)
    serve = framework.serve
    if framework.name == "datasette":
        file = line_with(printed, "Next, write ").removeprefix("Next, write ").rstrip(":")
        newcomer.write(file, shown(printed, "Next, write "))
        serve = f"{shown(printed, 'and serve it').strip()} --port {{port}}"
        serve = serve.replace("FILE.db", "shop.db")
    elif framework.wrapped:
        place = line_with(printed, "or keep your server and add to ").rstrip(":").split()[-1]
        newcomer.write(place, shown(printed, "or keep your server and add to "))
    else:
        serve = f"{line_with(printed, 'privacykit run ')} --port {{port}}"
    newcomer.serve(serve.format(port=newcomer.port))


@contextmanager
def visitor(chromium, newcomer: Newcomer):
    """Give a page of a fresh profile of Chromium, on the newcomer's site."""
    # Without a screen it would call itself HeadlessChrome, and robots are not counted.
    agent = AGENT.format(chromium.version.partition(".")[0])
    address = f"http://127.0.0.1:{newcomer.port}"
    context = chromium.new_context(base_url=address, user_agent=agent)
    try:
        yield context.new_page()
    finally:
        context.close()


def cookies(page) -> list[str]:
    """Return the names of the application's cookies that the browser keeps."""
    return sorted(theirs(page))


def theirs(page) -> dict[str, str]:
    """Return the application's cookies to the directories that they are kept for."""
    kept = page.context.cookies()
    return {c["name"]: c["path"] for c in kept if not c["name"].startswith(OURS)}


def tail(newcomer: Newcomer, expected: int) -> list[str]:
    """Type ``events tail`` until it shows as many events as were made; return their pages."""
    for _ in range(5):
        printed = newcomer.type("privacykit events tail")
        pages = EVENT.findall(printed)
        if len(pages) >= expected:
            break
        time.sleep(1)
    must(len(pages) == expected, f"{expected} events were made, and there are:\n{printed}")
    must("robot" not in printed and "null" not in printed, printed)
    return pages


def look_around(newcomer: Newcomer, framework: Framework, page, seen: Seen) -> None:
    """Click from page to page; see each as an event, and no cookie that nobody agreed to."""
    must(page.goto("/").ok, newcomer.log)
    page.get_by_role("link", name=framework.link, exact=True).first.click()
    page.wait_for_load_state()
    pages = tail(newcomer, 2)
    must(sorted(pages) == sorted(framework.templates), f"the events' pages are {pages}")
    must(page.goto(framework.order.format(number=1001)).ok, newcomer.log)
    must("19.90 EUR" in page.content(), page.content())
    must(cookies(page) == ["basket"], f"before any choice there are {cookies(page)}")
    pages = tail(newcomer, 3)
    template = framework.order
    must(pages.count(template) == 1 + (template in framework.templates), f"{pages}, no {template}")
    seen.note(f"{pages[-1]} in `events tail`, no _ga before consent")


def choose(newcomer: Newcomer, framework: Framework, page, seen: Seen) -> None:
    """Allow everything, get the cookie; refuse everything, lose it; be counted no more."""
    page.goto("/privacy/")
    page.get_by_role("button", name="Allow all").click()
    page.locator(".done").wait_for()
    page.goto(framework.order.format(number=1002))
    must(cookies(page) == ["_ga", "basket"], f"allowed, there are {cookies(page)}")
    must(theirs(page)["_ga"] == framework.kept_for, f"they are kept for {theirs(page)}")
    events = 4
    tail(newcomer, events)
    page.goto("/privacy/")
    page.get_by_role("button", name="Refuse all").click()
    page.locator(".done").wait_for()
    # A page elsewhere is not sent the cookies of a directory: they end with its next page.
    left = ["basket"] if framework.kept_for == "/" else ["_ga", "basket"]
    must(cookies(page) == left, f"refused, there are {cookies(page)}")
    must(page.goto(framework.order.format(number=1003)).ok, newcomer.log)
    must("9.90 EUR" in page.content(), page.content())
    must(cookies(page) == ["basket"], f"after a later page there are {cookies(page)}")
    time.sleep(2)
    tail(newcomer, events)
    deadline = time.monotonic() + 40
    while "refused" not in (why := newcomer.does("privacykit events count --by reason")):
        must(time.monotonic() < deadline, f"nobody says that somebody refused:\n{why}")
        time.sleep(2)
    newcomer.typed.append("privacykit events count --by reason")
    went = "the refusal" if left == ["basket"] else "the page after the refusal"
    seen.note(f"_ga came with consent and went with {went}, no event after it")


def erase(newcomer: Newcomer, framework: Framework, seen: Seen) -> None:
    """Map the database, erase Anna, take the receipt."""
    scan = "privacykit datamap scan sqlite:///shop.db --name shop --output datamap.toml"
    newcomer.type(scan)
    must("the data map is in order" in newcomer.type("privacykit datamap check"), "the map is not")
    plan = newcomer.type(
        "privacykit subject erase --email anna@shop.example --place DE --proof email_link"
    )
    done = newcomer.type(line_with(plan, "privacykit subject erase "))
    must("fulfilled" in done, done)
    newcomer.type("privacykit request receipt --last > receipt.json")
    told = newcomer.type("privacykit audit verify --receipt receipt.json")
    must("The receipt is genuine: erasure fulfilled." in told, told)
    receipt = (newcomer.folder / "receipt.json").read_text()
    must(bool(json.loads(receipt)) and "anna" not in receipt.lower(), receipt)
    with closing(sqlite3.connect(newcomer.folder / "shop.db")) as shop:
        left = shop.execute(f"select email from {framework.customers}").fetchall()
    must(left == [("bert@shop.example",)], f"the customers that are left: {left}")
    seen.note("Anna erased, Bert not, receipt genuine")


def travel(newcomer: Newcomer, framework: Framework, chromium, *, whole: bool = True) -> Seen:
    """Go all the way; without *whole* only as far as the first events."""
    seen = Seen()
    settle_in(newcomer, framework)
    try:
        begin(newcomer, framework)
        with visitor(chromium, newcomer) as page:
            look_around(newcomer, framework, page, seen)
            if whole:
                choose(newcomer, framework, page, seen)
        if whole:
            erase(newcomer, framework, seen)
    finally:
        newcomer.stop()
    must("Traceback" not in newcomer.log, newcomer.log)
    return seen
