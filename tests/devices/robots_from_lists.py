"""
Measure on published lists which robots are recognised, and which browsers are taken for robots.

Run as `python tests/devices/robots_from_lists.py FOLDER`, a folder with clones of the public
repositories below, each under its name; `--sample` writes a sample of those whose licence lets us
keep one. The figures stand in `docs/reference/devices.md`.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from privacykit.devices.families import BROWSERS
from privacykit.devices.user_agent import DeviceReader

TARGET = Path(__file__).parents[1] / "vectors/devices/robots_and_browsers.json"
SAMPLED = 150
_PROGRAMS = frozenset(
    {
        *("Baiduspider", "Bytespider", "CCBot", "HeadlessChrome", "PhantomJS", "Python Requests"),
        *("Twitterbot", "Wget", "bingbot", "curl", "okhttp"),
    }
)
"""Families of our closed list that are no browsers, beside those with `bot` in their name."""


def _yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif found:
        for each in found.values() if isinstance(found, dict) else found:
            yield from _texts(each)


def robots(folder: Path) -> dict[str, list[str]]:
    """Return list to user agents, those of monitored lists of robots."""
    monperrus = json.loads((folder / "crawler-user-agents/crawler-user-agents.json").read_text())
    matomo = folder / "device-detector/Tests/fixtures/bots.yml"
    detect = folder / "Crawler-Detect/tests/data/user_agent/crawlers.txt"
    return {
        "monperrus/crawler-user-agents": [t for each in monperrus for t in each["instances"]],
        "matomo-org/device-detector": [each["user_agent"] for each in _yaml(matomo)],
        "omrilotan/isbot": list(_texts(_yaml(folder / "isbot/fixtures/crawlers.yml"))),
        "JayBizzle/Crawler-Detect": detect.read_text(encoding="utf-8").splitlines(),
    }


def browsers(folder: Path) -> dict[str, list[str]]:
    """Return list to user agents of browsers: those of uap-core whose family or device is known."""
    core = folder / "uap-core"
    ours = {name for name in BROWSERS - _PROGRAMS if "bot" not in name.lower()}
    agents = _yaml(core / "tests/test_ua.yaml")["test_cases"]
    devices = _yaml(core / "tests/test_device.yaml")["test_cases"]
    named = [each["user_agent_string"] for each in devices if each["family"] != "Spider"]
    firefox = _yaml(core / "test_resources/firefox_user_agent_strings.yaml")["test_cases"]
    opera = _yaml(core / "test_resources/opera_mini_user_agent_strings.yaml")["test_cases"]
    return {
        "families": [each["user_agent_string"] for each in agents if each["family"] in ours],
        "Firefox": [each["user_agent_string"] for each in firefox],
        "Opera Mini": [each["user_agent_string"] for each in opera],
        "devices": [text for text in named if "spider" not in text.lower()],
    }


def measured(lists: dict[str, list[str]], *, wanted: bool) -> Iterator[str]:
    """Yield a line for each of *lists*, and one for all together."""
    read = DeviceReader()
    wrong: set[str] = set()
    for name, texts in lists.items():
        missed = {text for text in texts if text.strip() and read(text.encode()).bot != wanted}
        wrong |= missed
        yield f"{name}: {len(set(texts))}, wrong {len(missed) / len(set(texts)):.2%}"
    every = set().union(*lists.values())
    yield f"together: {len(every)}, wrong {len(wrong) / len(every):.2%}"


def sample(folder: Path) -> dict[str, Any]:
    """Return what is kept for the tests: drawn by chance, whether recognised or not."""
    chance = random.Random(10)
    listed = sorted(set(robots(folder)["monperrus/crawler-user-agents"]))
    families = sorted({text for texts in browsers(folder).values() for text in texts})
    short = [text for text in listed + families if len(text) <= 200]
    return {
        "source": "robots: monperrus/crawler-user-agents (MIT); browsers: ua-parser/uap-core, tests"
        " and test_resources (Apache-2.0); drawn by chance, at most 200 characters",
        "robots": chance.sample([t for t in listed if t in short], SAMPLED),
        "browsers": chance.sample([t for t in families if t in short], SAMPLED),
    }


def main(folder: str, *options: str) -> None:
    """Print the figures for the lists in *folder*."""
    where = Path(folder)
    for line in (*measured(robots(where), wanted=True), *measured(browsers(where), wanted=False)):
        print(line)
    if "--sample" in options:
        TARGET.write_text(json.dumps(sample(where), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
