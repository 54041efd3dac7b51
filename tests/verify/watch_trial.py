"""Trials of the standing canary in simulated time: faults at random moments, and quiet periods."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.verify.watched_house import EXPECTED, FAULTS, WatchedHouse

PERIOD_SECONDS = 900.0


@dataclass
class Figures:
    """What a trial came to."""

    faults: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    clean: int = 0
    false_alarms: list[tuple[str, str]] = field(default_factory=list)
    events: int = 0
    left: int = 0

    def __str__(self) -> str:
        lines = [
            f"{self.found} of {self.faults} faults found within one period",
            f"{len(self.false_alarms)} false alarms in {self.clean} periods without a fault",
            f"{self.events} events of made-up people, {self.left} left after erasure",
        ]
        lines += [f"missed: {one}" for one in self.missed]
        lines += [f"false alarm: {id_} {place}" for id_, place in self.false_alarms[:10]]
        return "\n".join(lines)


def tried(folder: Path, faults: int, clean: int, seed: int, say=None) -> Figures:
    """
    Seed *faults* at random times among *clean* periods without any.

    A fault lasts until the run that ends its period, and counts as found if that run has its id.
    What it left is still there in the period after it, which counts as one without a fault.
    """
    chance, figures = Random(seed), Figures()
    plan = [""] * clean + _drawn(faults, chance)
    chance.shuffle(plan)
    house = WatchedHouse(folder, seed)
    try:
        for number, fault in enumerate(plan):
            _one_period(house, fault, chance, figures)
            if say is not None and number % 50 == 0:
                say(f"{number} periods: {figures.found}/{figures.faults}")
        figures.left = left_in(house)
    finally:
        house.close()
    return figures


def _drawn(faults: int, chance: Random) -> list[str]:
    """Return kinds of faults in equal shares, as far as they go."""
    drawn: list[str] = []
    while len(drawn) < faults:
        drawn += chance.sample(FAULTS, len(FAULTS))
    return drawn[:faults]


def _one_period(house: WatchedHouse, fault: str, chance: Random, figures: Figures) -> None:
    begins = chance.random() * PERIOD_SECONDS
    house.visitors(2)
    house.now += begins
    if fault:
        house.seed(fault)
    if fault != "down":
        house.visitors(1)
    house.now += PERIOD_SECONDS - begins
    report = house.watcher.once().report
    figures.events += report.events
    ids = {one.id for one in report.findings}
    if fault:
        figures.faults += 1
        figures.found += EXPECTED[fault] in ids
        if EXPECTED[fault] not in ids:
            figures.missed.append(fault)
        house.seed("")
    else:
        figures.clean += 1
        figures.false_alarms += [one.key for one in report.findings]


def left_in(house: WatchedHouse) -> int:
    """Return how many events of made-up people are left in the event store and the archive."""
    found = 0
    for path in house.folder.glob("privacykit-events*.db"):
        with closing(sqlite3.connect(path)) as database:
            names = [name for (name,) in database.execute("select name from sqlite_master")]
            if "event_periods" in names:
                query = "select count(*) from event_periods where body like '%Firefox 9%'"
                found += database.execute(query).fetchone()[0]
    for path in (house.folder / "archive").glob("*.jsonl"):
        found += path.read_text().count("Firefox 9")
    return found
