"""Events and counts as lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from privacykit.cli.terminal.words import many
from privacykit.collect.events.format import decode_event
from privacykit.decide.withheld import meaning
from privacykit.stores.events.reader import SeenEvent

SHORT_ID = 18
"""Characters of an id that are shown: time and count, which tell the events of a process apart."""

counted = many


def line(event: SeenEvent) -> str:
    """Return *event* in one line: time, id, what happened, where, and on what."""
    waits = f"  [waits for {', '.join(event.waits_for)}]" if event.waits_for else ""
    try:
        found = decode_event(event.body.encode())
    except ValueError:
        return f"{event.id}  (no event of this version){waits}"
    data = found.data
    what = (data.page or "(no page)") if found.type == "privacykit.page" else data.name
    place = "-".join(part for part in (data.place.country, data.place.region) if part)
    device = "" if data.device is None else f"{data.device.type} {data.device.browser}"
    told = [
        found.time[:19].replace("T", " "),
        event.id[:SHORT_ID],
        what,
        f"{data.site}/{data.purpose}",
        place,
        device,
        f"visitor {data.visitor[:8]}" if data.visitor else "",
    ]
    return printable("  ".join(part for part in told if part)) + waits


def printable(text: str) -> str:
    """Return *text* without what would steer a terminal."""
    return "".join(one if one.isprintable() else "?" for one in text)


def lines_of_count(by: str, counts: Mapping[str, int]) -> Iterator[str]:
    """Yield a line for each count, numbers first and in a column."""
    width = max((len(str(n)) for n in counts.values()), default=0)
    for key, n in counts.items():
        what = f"  {meaning(key)[0]}" if by == "reason" else ""
        yield f"{n:>{width}}  {printable(key)}{what}"
    if len(counts) > 1:
        yield f"{sum(counts.values()):>{width}}  in all"
