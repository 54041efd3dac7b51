"""``privacykit events``: the events that are kept, as they are. Reads stores, changes nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.terminal.ending import Ending
from privacykit.cli.terminal.ids import whole
from privacykit.cli.terminal.opened import day
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.cli.events.sight import Sight

NEWEST = 20
"""How many events `tail` shows at first."""

BUSY = 100
"""Events withheld from which on a process may hold some back for half a minute."""

SITE = Annotated[str, typer.Option("--site", metavar="ID", help="Only events of this site.")]
PURPOSE = Annotated[
    str, typer.Option("--purpose", metavar="NAME", help="Only events of this purpose.")
]
LINES = Annotated[bool, typer.Option("--json", help="One event a line, as CloudEvents JSON.")]
By = Literal["day", "page", "purpose", "site", "reason"]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "tail", tail, "privacykit events tail --follow")
    add(group, "count", count, "privacykit events count --by page --since 2026-11-01")
    add(group, "show", show, "privacykit events show 019abc3d-7e1f")
    app.add_typer(group, name="events")


def tail(
    *,
    config: CONFIG = DEFAULT_FILE,
    as_json: LINES = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    number: Annotated[
        int, typer.Option("-n", "--lines", min=0, metavar="N", help="How many of the newest.")
    ] = NEWEST,
    site: SITE = "",
    purpose: PURPOSE = "",
) -> None:
    """
    Show the newest events, the oldest of them first; those in the outbox too.

    An event that still waits for its sink says so. Where there is none, what may be the cause is
    said on standard error.
    """
    from privacykit.cli.events.following import following
    from privacykit.cli.events.render import line

    ending = Ending() if follow else None
    with _sight(config) as found:
        equal = found.filters(site, purpose)
        last = ""
        for event in found.reader.newest(number, time.time(), **equal) if number else ():
            say(event.body if as_json else line(event))
            last = event.id
        if not last and number:
            _explain(found, equal)
        if ending is not None:
            sys.stdout.flush()
            for event in following(found.reader, equal, ending, shown=last):
                say(event.body if as_json else line(event))
                sys.stdout.flush()


def count(
    *,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
    by: Annotated[By, typer.Option("--by", help="What is counted apart.")] = "day",
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="Only what happened since, in UTC.")
    ] = "",
    site: SITE = "",
    purpose: PURPOSE = "",
) -> None:
    """
    Count the events that are stored, by day, page, purpose or site.

    By reason: how many events were not made or did not leave, and why; kept for 90 days, for all
    sites together.
    """
    from privacykit.cli.events.render import counted, lines_of_count

    began = day(since) if since else 0.0
    with _sight(config) as found:
        equal = found.filters(site, purpose)
        if by == "reason":
            if equal:
                stop(
                    Exit.MISUSE, "what was withheld is counted for all sites and purposes together"
                )
            counts = {one.reason: one.n for one in found.withheld(began)}
        else:
            counts = found.reader.count(by, began, time.time(), **equal)
        if as_json:
            say_json({"by": by, "counts": counts, "waiting": found.waiting()})
            return
        for one in lines_of_count(by, counts):
            say(one)
        if not counts:
            _explain(found, equal)
        elif by == "reason":
            if sum(counts.values()) >= BUSY:
                warn("each process that serves adds its own every 30 seconds")
        elif waiting := found.waiting():
            warn(f"{counted(waiting, 'more event')} in the outbox: `privacykit events tail`")


def show(
    event_id: Annotated[
        str, typer.Argument(metavar="ID", help="The event's id, or how it begins.")
    ],
    *,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Show one event whole, as it is kept and delivered: CloudEvents JSON."""
    with _sight(config) as found:
        start = event_id.lower()
        known = found.reader.beginning(start, time.time()) if _may_begin_an_id(start) else []
        id_ = whole("event", start, [one.id for one in known])
        event = next(one for one in known if one.id == id_)
        say_json(msgspec.json.decode(event.body))
        if event.waits_for and not as_json:
            warn(f"It waits in the outbox for: {', '.join(event.waits_for)}.")


def _may_begin_an_id(start: str) -> bool:
    return len(start) <= 64 and set(start) <= set("0123456789abcdef-")  # noqa: PLR2004 - the column


def _explain(found: Sight, equal: dict[str, str]) -> None:
    for one in found.why_empty(equal):
        warn(one)


@contextmanager
def _sight(config: str) -> Iterator[Sight]:
    """
    Open what *config* names; end quietly where whoever reads, such as ``head``, has read enough.

    Raises:
        Exit: It has.
    """
    from privacykit.cli.events.sight import sight  # the help needs no store

    try:
        with sight(config) as found:
            yield found
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered goes nowhere, without a second complaint when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(int(Exit.DONE)) from None
