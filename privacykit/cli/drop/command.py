"""The commands of ``privacykit drop``. Reads and writes stores, speaks with the service."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Acting, Reading

if TYPE_CHECKING:
    from privacykit.operate.protocols.drop.desk import DropDesk, RespondOutcome
    from privacykit.operate.protocols.drop.intake import DropIntake

ACCEPT = Annotated[
    bool,
    typer.Option("--accept-no-match", help="Answer though nothing of a long list matched."),
]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "download", download, "privacykit drop download")
    add(group, "match", match, "privacykit drop match")
    add(group, "respond", respond, "privacykit drop respond")
    add(group, "amend", amend, "privacykit drop amend")
    add(group, "status", status, "privacykit drop status")
    app.add_typer(group, name="drop")


def download(acting: Acting) -> None:
    """Fetch the lists that are new; every 45 days at the least."""
    with _desk(acting.config) as desk:
        came = desk.download()
    if acting.as_json:
        say_json({"lines": None} if came is None else came)
    elif came is None:
        say("nothing new")
    else:
        say(f"{came.lines} lines came: privacykit drop match")
        _tell_taken_back(came)
    if came is not None and (came.begun or came.unknown):
        stop(Exit.PARTLY)


def match(acting: Acting) -> None:
    """Look for people of ours in the lists, and file a request for each; nothing is deleted yet."""
    with _desk(acting.config) as desk:
        found = desk.match()
    if acting.as_json:
        say_json(found)
    else:
        if found.intake is not None:
            _tell_taken_back(found.intake)
        for which, people in sorted(found.people.items()):
            say(f"{which:<8} {people} found")
        say(f"{found.requests} requests filed: privacykit request list")
        if found.lifted:
            say(f"{found.lifted} may be known again, as they took their request back")
        for place in found.unsearched:
            warn(f"not looked through: {place}")
        _tell_unnamed(found.unnamed)
    if found.alarms:
        named = ", ".join(found.alarms)
        stop(Exit.FOUND, f"PK375 nothing of {named} matched: are the standard forms right?")
    came = found.intake
    if found.unsearched or found.unnamed or (came is not None and (came.begun or came.unknown)):
        stop(Exit.PARTLY)


def respond(acting: Acting, *, accept_no_match: ACCEPT = False) -> None:
    """Answer what is decided: not found, deleted, opted out, exempted."""
    with _desk(acting.config) as desk:
        told = desk.respond(accept_no_match=accept_no_match)
    _tell(told, as_json=acting.as_json)


def amend(acting: Acting) -> None:
    """Correct what was answered and is otherwise by now."""
    with _desk(acting.config) as desk:
        told = desk.amend()
    _tell(told, as_json=acting.as_json)


def status(reading: Reading) -> None:
    """Show how the lists stand, and by when the service has to be asked again."""
    with _desk(reading.config) as desk:
        told = desk.status()
        counts = desk.lists.counts()
    if reading.as_json:
        say_json(told)
    else:
        for which, numbers in counts.items():
            words = ", ".join(f"{number} {name}" for name, number in numbers.items())
            say(f"{which:<8} {words}")
        due = told["due_at"]
        if isinstance(due, float):
            say(f"ask again by {datetime.fromtimestamp(due, UTC):%Y-%m-%d}")
    if told["overdue"]:
        stop(Exit.FOUND, "DROP was not asked for 45 days: privacykit drop download")
    if told["alarms"]:
        stop(Exit.FOUND, "PK375 nothing of a long list matched: are the standard forms right?")
    unnamed = told["unnamed"]
    if isinstance(unnamed, tuple) and unnamed:
        _tell_unnamed(unnamed)
        stop(Exit.FOUND)


def _tell_unnamed(lists: Iterable[str]) -> None:
    for which in lists:
        warn(
            f"PK464 {which}: [requests.drop] identities names nothing for this list, so nobody"
            " looked and its items wait; name an identity type, one that you do not hold finds"
            " nobody"
        )


def _tell_taken_back(came: DropIntake) -> None:
    if came.cancelled:
        say(f"{came.cancelled} requests cancelled, as their people took them back")
    for request in came.begun:
        warn(f"taken back, but begun already: request {request}")
    if came.late:
        say(f"{came.late} items are of older lists than their removal: they stay taken back")
    if came.again:
        say(f"{came.again} removals were done before")
    if came.unknown:
        warn(f"{came.unknown} removals name no item of yours, though their hash stands by another")


def _tell(told: RespondOutcome, *, as_json: bool) -> None:
    if as_json:
        say_json(told)
    else:
        say(f"{told.accepted} answered, {told.rejected} rejected, {told.waiting} wait")
        _tell_unnamed(told.unnamed)
    if told.rejected or told.waiting:
        stop(Exit.PARTLY)


@contextmanager
def _desk(config: str) -> Iterator[DropDesk]:
    from privacykit.operate.protocols.drop.desk import DropDesk
    from privacykit.operate.protocols.drop.service_client import DropService

    with opened(config, changes=True) as context:
        desk = DropDesk(context, lambda url, key: DropService(url, key, context.clock, time.sleep))
        try:
            yield desk
        finally:
            desk.close()
