"""``privacykit sinks dead-letters``: what a sink refused for good, never what it says. Does I/O."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.terminal.ids import whole
from privacykit.cli.terminal.words import many
from privacykit.errors import NO_SINK, InputError
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privacykit.settings.backends import Backends
    from privacykit.stores.outbox.tables import RejectedEvent

SINK = Annotated[str, typer.Argument(metavar="NAME", help="The sink's name.")]
IDS = Annotated[
    list[str] | None, typer.Argument(metavar="IDS", help="Events, or how their ids begin.")
]
ALL = Annotated[bool, typer.Option("--all", help="All of them, instead of some ids.")]
REASON = Annotated[
    str, typer.Option("--reason", metavar="WORD", help="All that were refused for it.")
]


def register(group: typer.Typer) -> None:
    """Add the commands to *group*."""
    add(group, "list", list_rejected, "privacykit sinks dead-letters list warehouse")
    add(group, "show", show, "privacykit sinks dead-letters show warehouse 018f2a6e")
    add(group, "retry", retry, "privacykit sinks dead-letters retry warehouse --all")
    add(group, "drop", drop, "privacykit sinks dead-letters drop warehouse 018f2a6e")


def list_rejected(name: SINK, config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """List what a sink refused for good: id, purpose, since when, and why."""
    from privacykit.cli.sinks import stores_of

    with stores_of(config) as backends:
        found = list(rejected_of(backends, name))
    if as_json:
        say_json(found)
        return
    for one in found:
        say(f"{one.id}  {_day(one.since)}  {one.purpose:<14} {one.reason}")
    say(f"{len(found)} kept aside")


def show(
    name: SINK,
    event_id: Annotated[
        str, typer.Argument(metavar="ID", help="The event's id, or how it begins.")
    ],
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Show one of them: its keys and the reason, not what it says."""
    from privacykit.cli.sinks import stores_of

    with stores_of(config) as backends:
        (one,) = _chosen(backends, name, [event_id])
    if as_json:
        say_json(one)
        return
    say(f"event    {one.id}")
    say(f"site     {one.site}")
    say(f"purpose  {one.purpose}")
    say(f"reason   {one.reason}")
    say(f"since    {_day(one.since)}")
    say(f"until    {_day(one.expires_at)}")


def retry(
    name: SINK,
    ids: IDS = None,
    config: CONFIG = DEFAULT_FILE,
    everything: ALL = False,
    reason: REASON = "",
    as_json: JSON = False,
) -> None:
    """Give a sink again what it refused, after the cause was mended."""
    from privacykit.cli.sinks import stores_of

    with stores_of(config) as backends:
        wanted = _wanted(backends, name, ids, reason, everything=everything)
        n = backends.outbox.requeue(name, wanted)
    _tell(n, "waits again", "wait again", as_json=as_json)


def drop(
    name: SINK,
    ids: IDS = None,
    config: CONFIG = DEFAULT_FILE,
    everything: ALL = False,
    reason: REASON = "",
    as_json: JSON = False,
) -> None:
    """Erase what a sink refused and shall not have."""
    from privacykit.cli.sinks import stores_of

    with stores_of(config) as backends:
        wanted = _wanted(backends, name, ids, reason, everything=everything)
        n = backends.outbox.drop_rejected(name, wanted)
    _tell(n, "is gone", "are gone", as_json=as_json)


def _tell(n: int, one: str, more: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"events": n})
    else:
        say(f"{many(n, 'event')} {one if n == 1 else more}")


def _wanted(
    backends: Backends, name: str, ids: list[str] | None, reason: str, *, everything: bool
) -> list[str]:
    if bool(ids) + bool(reason) + everything != 1:
        stop(Exit.MISUSE, "name events by their ids, by --reason, or all of them by --all")
    found = [one.id for one in _chosen(backends, name, ids) if reason in {"", one.reason}]
    if reason and not found:
        stop(Exit.MISUSE, "no event was refused for this reason: see `dead-letters list`")
    return found


def rejected_of(backends: Backends, name: str) -> Iterator[RejectedEvent]:
    """
    Return what the sink called *name* refused for good.

    Raises:
        InputError: There is none of this name, neither in the file nor in the outbox.
    """
    if name not in {*backends.sink_types(), *(one.sink for one in backends.outbox.depths())}:
        raise InputError(NO_SINK)
    return backends.outbox.rejected(name)


def _chosen(backends: Backends, name: str, ids: list[str] | None) -> list[RejectedEvent]:
    known = {one.id: one for one in rejected_of(backends, name)}
    if not ids:
        return list(known.values())
    return [known[whole("event", given.lower(), list(known))] for given in ids]


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
