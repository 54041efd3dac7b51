"""``privacykit request metrics``: what California wants published of a year. Reads stores."""

from __future__ import annotations

from typing import Annotated

import typer

from privacykit.cli.terminal.console import say, say_json
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Reading

EXAMPLE = "privacykit request metrics --year 2026"


def metrics(
    reading: Reading,
    *,
    year: Annotated[
        int, typer.Option("--year", min=2020, max=2999, help="In which they were received.")
    ],
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Of all people, not of Californians alone.")
    ] = False,
) -> None:
    """
    Count the requests of a year as California wants it published by 1 July (11 CCR 7102).

    Received, complied with in whole or in part, denied and why, and days to the answer; of
    deletion, correction, knowledge, opt-out of sale and sharing, and limits. Nothing of a person.
    """
    from zoneinfo import ZoneInfo

    from privacykit.govern.records import RequestStatus
    from privacykit.govern.requests.yearly import CALIFORNIA, yearly_metrics

    place = None if everybody else CALIFORNIA
    with opened(reading.config, look=True) as context:
        zone = ZoneInfo(context.settings.timezone)
        found = yearly_metrics(context.requests.filed(RequestStatus), year, zone, place)
    if reading.as_json:
        say_json({"year": year, "of": place or "everybody", "metrics": found})
        return
    say(f"requests received in {year}, of {'everybody' if everybody else 'Californians'}")
    for one in found:
        grounds = ", ".join(f"{count} {name}" for name, count in one.denied_by.items())
        say(f"{one.kind}: {one.received} received")
        say(f"  complied {one.complied}, in part {one.complied_in_part}, open {one.open}")
        say(f"  denied {one.denied} ({grounds})")
        median, mean = _shown(one.median_days), _shown(one.mean_days)
        say(f"  days to the answer: median {median}, mean {mean}")


def _shown(days: float | None) -> str:
    return "-" if days is None else f"{days:g}"
