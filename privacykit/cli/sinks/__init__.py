"""``privacykit sinks``: where events go, and whether they get there. Does I/O."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.sinks import dead_letters
from privacykit.cli.terminal.commands import CommandGroup, add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.terminal.opened import day
from privacykit.settings.paths import DEFAULT_FILE, Paths

if TYPE_CHECKING:
    from privacykit.settings.backends import Backends

NAME = Annotated[str, typer.Argument(metavar="NAME", help="The sink's name in the file.")]
YES = Annotated[bool, typer.Option("--yes", help="Do it, after a look at what it would be.")]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "list", list_kinds, "privacykit sinks list")
    add(group, "test", send_test, "privacykit sinks test warehouse")
    add(group, "status", status, "privacykit sinks status")
    add(group, "drain", drain, "privacykit sinks drain warehouse")
    add(group, "compact", compact, "privacykit sinks compact lake")
    add(group, "replay", replay, "privacykit sinks replay warehouse --since 2026-11-01")
    inner = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    dead_letters.register(inner)
    group.add_typer(
        inner,
        name="dead-letters",
        cls=CommandGroup,
        help="Events that a sink refused for good, without what they say.",
        epilog="Example:\n\n\b\n  privacykit sinks dead-letters list warehouse",
    )
    app.add_typer(group, name="sinks")


@contextmanager
def stores_of(config: str) -> Iterator[Backends]:
    """Open the stores and sinks that *config* names, and close them."""
    from privacykit.collect.counters import Counters
    from privacykit.settings.backends import Backends
    from privacykit.settings.load import load

    backends = Backends(load(config), Paths.beside(config), counters=Counters(), clock=time.time)
    try:
        backends.outbox.prepare()
        yield backends
    finally:
        backends.stop(0.0)


def list_kinds(as_json: JSON = False) -> None:
    """List all kinds of sink: their extras, whether these are installed, which can delete."""
    from privacykit.cli.sinks.kinds import known_kinds

    found = known_kinds()
    if as_json:
        say_json(found)
        return
    width = max(len(kind.name) for kind in found)
    for kind in found:
        extra = "" if not kind.extra else f"[{kind.extra}]{'' if kind.installed else ', missing'}"
        deletes = "deletes" if kind.deletes else ""
        say(f"{kind.name:<{width}} {extra:<20} {deletes:<7} {kind.summary}")


def send_test(name: NAME, config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """
    Send a sink one event that is marked as a test, and show its answer.

    The event is called `privacykit test` and says nothing of anybody. It does not pass the outbox.
    """
    from privacykit.cli.sinks.trial import try_out

    with stores_of(config) as backends:
        trial = try_out(backends, name, time.time())
    if as_json:
        say_json(trial)
    else:
        say(f"{name}: {trial.outcome}{f' ({trial.reason})' if trial.reason else ''}")
        say(f"event {trial.event}, {trial.seconds:.2f} s")
    if trial.outcome != "delivered":
        stop(Exit.FOUND)


def status(
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
    connect: Annotated[
        bool, typer.Option("--connect", help="Also ask each sink whether it would take events now.")
    ] = False,
) -> None:
    """
    Show for each sink what waits, for how long, what it refused, and how the last delivery ended.

    That is read from what workers and servers left beside the outbox. With --connect each sink is
    asked whether it would take events now.
    """
    from privacykit.cli.sinks.standing import lines_of, standings

    with stores_of(config) as backends:
        found = standings(backends, time.time(), connect=connect)
    if as_json:
        say_json(found)
    else:
        for line in lines_of(found, time.time(), asked=connect):
            say(line)
    if not all(sink.is_well for sink in found):
        stop(Exit.FOUND)


def drain(name: NAME, config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """
    Deliver now what waits for one sink, until nothing does or it is in trouble.

    A pause that the sink asked for, or that failures made, is not kept: a person asks.

    What must not leave any more is dropped, as it is by any worker.
    """
    from privacykit.cli.sinks.draining import became, drained

    with stores_of(config) as backends:
        found = drained(backends, name)
    if as_json:
        say_json(found)
    else:
        say(f"{name}: {became(found.tally)}, {found.waiting} waiting")
        if any(found.swept.values()):
            say(
                "swept while they waited: {stopped} stopped, {expired} expired".format(
                    **found.swept
                )
            )
        if found.trouble:
            warn(f"{name}: {found.trouble}")
    if found.tally.rejected or found.tally.lost:
        stop(Exit.FOUND)
    if found.trouble:
        stop(Exit.PARTLY)


def compact(name: NAME, config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """
    Join the small objects of a sink, of days that are over; run it from cron, once a day.

    Raises:
        InputError: This kind of sink has nothing to join.
    """
    from privacykit.cli.sinks.compaction import compacted

    with stores_of(config) as backends:
        before, after, trouble = compacted(backends, name, time.time())
    if as_json:
        say_json({"sink": name, "before": before, "after": after, "trouble": trouble})
    else:
        say(f"{name}: {before} objects became {after}")
        if trouble:
            warn(f"{name}: {trouble}")
    if trouble:
        stop(Exit.PARTLY)


def replay(
    name: NAME,
    *,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="Only what happened since, in UTC.")
    ],
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="Only what happened before, in UTC.")
    ] = "",
    yes: YES = False,
) -> None:
    """
    Give a sink once more the events in our own store, by way of the outbox.

    Only a processor may have them: whether a third party may was decided when they happened, and is
    not kept. An event that rests on a consent is left out unless its consent record is stored with
    it: nobody could tell whether that consent still stands.
    """
    from privacykit.cli.sinks.again import Replay

    begin, end = day(since), day(until) if until else time.time()
    with stores_of(config) as backends:
        found = Replay(backends, name, begin, end).run(time.time(), put=yes)
    if as_json:
        say_json(found)
    else:
        did = "wait again" if yes else "would wait again: add --yes"
        say(f"{found.events} events of {found.looked_at} for {name} {did}")
        if found.unprovable:
            warn(f"{found.unprovable} rest on a consent that cannot be looked up: left out")
