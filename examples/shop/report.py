"""What the demo prints: read from the files the shop wrote, searched for what must not be there."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.shop.replay import Replay
from examples.shop.rights import Rights
from examples.shop.traffic import Traffic

COUNTS = re.compile(r"privacykit: counts (\{.*\})")
SINKS = ("events", "archive")
SHOWN_LINES = 10


@dataclass(frozen=True, slots=True)
class Found:
    """
    What the shop left behind.

    Attributes:
        events: Delivered events, as the archive sink holds them.
        stored: Events in the event store.
        pending: Deliveries left in the outbox.
        counts: The runtime's counters, as it logged them when it stopped.
        stopped: Deliveries that a withdrawal or stop order ended.
        access_log: Lines of the server's access log.
        searched: Files and bytes searched.
        leaks: Name of the file for each secret found in it.
    """

    events: list[dict[str, Any]]
    stored: int
    pending: int
    counts: dict[str, int]
    stopped: int
    access_log: list[str]
    searched: tuple[int, int]
    leaks: list[str]

    @property
    def lost(self) -> int:
        """Deliveries of acknowledged events that were neither made nor stopped, and do not wait."""
        due = self.counts.get("outbox_acknowledged", 0) * len(SINKS)
        return due - self.stored - len(self.events) - self.stopped - self.pending


def _sum(counts: Mapping[str, int], name: str) -> int:
    return sum(n for key, n in counts.items() if key.partition(":")[0] == name)


def read(folder: Path, log: Path, secrets: set[str], swept: int) -> Found:
    """Read what is in *folder*, search it for *secrets*; *swept* were stopped by the worker."""
    lines = log.read_text(errors="replace").splitlines()
    counts: Counter[str] = Counter()
    for line in lines:
        if match := COUNTS.search(line):
            counts.update(json.loads(match[1]))
    events = [
        json.loads(line)
        for path in sorted((folder / "archive").glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    contents = {path: path.read_bytes() for path in files if path.suffix != ".mmdb"}
    return Found(
        events,
        sum(_told(month, "count(*) from events") for month in folder.glob("events_*.db")),
        _told(folder / "events.db", "coalesce(sum(stop - start), 0) from outbox_shares"),
        dict(counts),
        _sum(counts, "delivery_stopped") + counts["outbox_stopped"] + swept,
        [line for line in lines if "HTTP/1.1" in line],
        (len(contents), sum(map(len, contents.values()))),
        [path.name for path, content in contents.items() for s in secrets if s.encode() in content],
    )


def _told(path: Path, what: str) -> int:
    with sqlite3.connect(path) as database:
        return int(database.execute(f"select {what}").fetchone()[0])


def render(traffic: Traffic, replay: Replay, found: Found, asked: Rights, seconds: float) -> str:
    """Return the report."""
    methods = Counter(request.method for request in traffic.requests)
    parts = [
        _title("Traffic"),
        f"{len(traffic.requests)} requests in {seconds:.1f} s, "
        + ", ".join(f"{n} {method}" for method, n in methods.items()),
        "answers: " + ", ".join(f"{n} x {s}" for s, n in sorted(replay.statuses.items())),
        _title("Decisions by place and purpose, with the clause that decided"),
        *_decisions(replay),
        _title("Events"),
        *_events(found),
        _title("Three of them"),
        *(json.dumps(event, ensure_ascii=False) for event in _samples(found.events)),
        _title("The server's access log"),
        *_various(found.access_log)[:SHOWN_LINES],
        _title("A customer asks: export, erasure, proof, a restored backup"),
        *asked.lines,
        _title("Search"),
        f"{len(traffic.secrets | replay.cookies)} addresses, e-mail addresses, tokens and cookies "
        f"searched for in {found.searched[0]} files, {found.searched[1]:,} bytes: "
        + (f"FOUND in {', '.join(sorted(set(found.leaks)))}" if found.leaks else "none found"),
        "",
    ]
    return "\n".join(parts)


def _samples(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a page with a campaign, a consented event and one of the application's own."""
    wanted = (
        lambda e: "campaign" in e["data"],
        lambda e: e["data"]["consent"]["source"] == "consent",
        lambda e: "props" in e["data"],
    )
    found = (next((e for e in events if wants(e)), None) for wants in wanted)
    return [event for event in found if event is not None]


def _various(lines: list[str]) -> list[str]:
    """Return one line of each path, the first."""
    return list({line.partition('"')[2].split()[1]: line for line in reversed(lines)}.values())


def _title(words: str) -> str:
    return f"\n{words}\n{'-' * len(words)}"


def _decisions(replay: Replay) -> list[str]:
    lines = []
    for place, told in sorted(replay.decisions.items()):
        seen: Counter[tuple[str, str, str, str]] = Counter()
        for status in told:
            for purpose in status["purposes"]:
                reason = purpose["reasons"][0]
                where = f"{reason['jurisdiction']} {reason['clause']}"
                seen[purpose["id"], purpose["verdict"], reason["code"], where] += 1
        lines += [
            f"{place:6} {purpose:10} {verdict:14} x{n:<3} {code:22} {where}"
            for (purpose, verdict, code, where), n in sorted(seen.items())
            if purpose != "necessary"
        ]
    return lines


def _events(found: Found) -> list[str]:
    names = Counter(f"{e['data']['name']} ({e['data']['purpose']})" for e in found.events)
    withheld = {k.partition(":")[2]: n for k, n in found.counts.items() if k.startswith("withheld")}
    return [
        f"emitted   {len(found.events):5}  " + ", ".join(f"{n} {k}" for k, n in names.items()),
        f"withheld  {sum(withheld.values()):5}  "
        + ", ".join(f"{n} {k}" for k, n in sorted(withheld.items())),
        f"stopped   {found.stopped:5}  deliveries, by a withdrawal or refusal while they waited",
        (
            f"lost      {found.lost:5}  of {found.counts.get('outbox_acknowledged', 0)} "
            f"acknowledged, delivered to {len(SINKS)} sinks; {found.pending} deliveries wait"
        ),
    ]
