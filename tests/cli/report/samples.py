"""A small file of events of nobody, and how it is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from privacykit.cli.report.options import EventOptions

STEPS = "landing,product,cart,checkout,buy"
REACHED = (400, 40, 30, 20, 10)
"""How many visitors do each step."""
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def lay_events(folder):
    """Write the events and their column map to *folder*; return how they are read."""
    lines = ["who,at,what,land"]
    for number in range(REACHED[0]):
        start = START + timedelta(days=number % 10, minutes=number)
        for step, (name, reached) in enumerate(zip(STEPS.split(","), REACHED, strict=True)):
            if number < reached:
                at = start + timedelta(seconds=40 * step)
                lines.append(f"v{number},{at.isoformat()},{name},{'DE' if number % 2 else 'FR'}")
    (folder / "events.csv").write_text("\n".join(lines) + "\n")
    (folder / "columns.toml").write_text(
        'visitor = "who"\ntime = "at"\nname = "what"\ncountry = "land"\n'
    )
    return EventOptions(
        events=[str(folder / "events.csv")],
        columns=str(folder / "columns.toml"),
        synthetic=True,
    )


def words(options):
    """Return *options* as words of a command line."""
    return ["--events", *options.events, "--columns", options.columns, "--synthetic"]
