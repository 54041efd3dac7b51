"""Events of a shop that does not exist: four weeks of visits, nobody's."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

STEPS = ("landing", "product", "cart", "checkout", "buy")
WEEKS = {  # from which day on, how many visits of each device do each step
    "2026-11-02": {"mobile": (8000, 80, 60, 40, 20), "desktop": (2000, 220, 160, 100, 60)},
    "2026-11-16": {"mobile": (8000, 400, 300, 200, 100), "desktop": (2000, 220, 160, 100, 60)},
}


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield visitor, time, event and device: 14 days from each day on."""
    for first, devices in WEEKS.items():
        start = datetime.fromisoformat(first).replace(hour=9, tzinfo=UTC)
        for device, reached in devices.items():
            for visit in range(reached[0]):
                day, place = visit % 14, visit // 14
                at = start + timedelta(days=day, seconds=40 * place)
                for step, name in enumerate(STEPS):
                    if visit < reached[step]:
                        when = at + timedelta(seconds=30 * step)
                        yield f"{first}-{device}-{visit}", when.isoformat(), name, device


with Path("events.csv").open("w", newline="") as file:
    table = csv.writer(file)
    table.writerow(("visitor", "time", "event", "device"))
    table.writerows(rows())
