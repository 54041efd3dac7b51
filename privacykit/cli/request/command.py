"""``privacykit request``: people's requests, from receipt to answer. Reads and writes stores."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from privacykit.cli import together
from privacykit.cli.request import decide, papers, run
from privacykit.cli.rights.person import PersonOptions, check_purposes, check_types, place
from privacykit.cli.rights.requests import arrivals, describe, due_line, lines, overview, stands
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.cli.terminal.ids import RequestId
from privacykit.cli.terminal.opened import day, opened
from privacykit.cli.terminal.options import PLACE, PURPOSE, Acting, Reading
from privacykit.cli.terminal.words import short
from privacykit.errors import InputError
from privacykit.govern.records import RequestStatus
from privacykit.govern.requests.identity_proof import METHODS, TOKEN_SECONDS, assurance
from privacykit.govern.requests.lifecycle import OPEN
from privacykit.govern.words import RequestType

METHOD = Annotated[str, typer.Option("--method", help=", ".join(METHODS))]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    person = "--email anna@shop.example"
    add(group, "new", new, f"privacykit request new erasure {person} --place DE")
    add(group, "list", list_requests, "privacykit request list --all")
    add(group, "show", show, "privacykit request show 5f0c")
    add(group, "receipt", receipt, "privacykit request receipt --last")
    add(group, "acknowledge", acknowledge, "privacykit request acknowledge 5f0c")
    add(group, "ask", ask, "privacykit request ask 5f0c --method email_link")
    add(group, "confirm", confirm, "echo TOKEN | privacykit request confirm")
    add(group, "prove", prove, "privacykit request prove 5f0c --method document_seen")
    decide.register(group)
    run.register(group)
    papers.register(group)
    together.register(group)
    app.add_typer(group, name="request")


def new(
    wanted: Annotated[RequestType, typer.Argument(metavar="TYPE", help="What is asked.")],
    person: PersonOptions,
    acting: Acting,
    *,
    where: PLACE = "",
    received: Annotated[
        str, typer.Option("--received", metavar="DATE", help="When it reached us, if earlier.")
    ] = "",
    purpose: PURPOSE = None,
) -> None:
    """
    Take a request in; its deadline is computed from every law that applies to the person.

    Raises:
        InputError: Nobody is named or could be found, a purpose or type of identity is unknown, or
            the request lies in the future.
    """
    from privacykit.govern.requests.ledger import NewRequest

    with opened(acting.config, changes=True) as context:
        people = person.identities(lambda: context.datamap)
        check_types(people, context.settings, lambda: context.datamap)
        check_purposes(purpose or (), context.settings, lambda: context.datamap)
        now = context.clock()
        received_at = day(received) if received else now
        if received_at > now:
            raise InputError("a request is not received in the future")
        home = place(where) or context.applicable.home
        note, granted = context.applicable.deadline(wanted, home, received_at)
        asked = NewRequest(wanted, people, home, received_at, tuple(purpose or ()))
        actor = context.operator(acting.operator)
        filed = context.desk.receive(asked, note, random=os.urandom(32), actor=actor)
        twins = context.desk.twins(filed)
    if acting.as_json:
        say_json(overview(filed, now) | {"granted_by": granted, "twins": twins})
        return
    say(f"{filed.request.subject_request_id}  {wanted.value}")
    say(f"  {due_line(filed, now)}")
    if not place(where):
        say(f"  by the law of {home}, where you are established: --place says where they live")
    if not granted:
        say("  no applicable law grants this right: what you do, you do freely")
    for twin in twins:
        say(f"  the same person already asks for this: {short(twin)}")


def list_requests(
    reading: Reading,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those answered too.")] = False,
) -> None:
    """List requests, what is due first in front, overdue ones in red."""
    with opened(reading.config, look=True) as context:
        now = context.clock()
        found = context.requests.filed(RequestStatus if everything else OPEN)
    if reading.as_json:
        say_json([overview(filed, now) for filed in found])
        return
    for filed in found:
        request = filed.request
        kind = request.subject_request_type.value
        say(f"{short(request.subject_request_id)}  {kind:<20}  {due_line(filed, now, colour=True)}")
    if not found:
        say("no requests" if everything else "no open requests")


def show(
    which: RequestId,
    acting: Acting,
    *,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the identities too; that is audited.")
    ] = False,
) -> None:
    """Show one request, its deadline and what was done."""
    with opened(acting.config, changes=reveal, look=not reveal) as context:
        now = context.clock()
        filed = context.desk.found(which.of(context))
        request_id = filed.request.subject_request_id
        if reveal:
            context.audit.append(
                context.operator(acting.operator),
                "request.revealed",
                subject_ref=filed.request.subject_ref,
                request_id=request_id,
            )
        entries = list(context.audit.entries(request_id=request_id))
        told = context.notices.propagations(request_id)
        ways = arrivals(context.channels.of(request_id), reveal=reveal)
    if acting.as_json:
        say_json(describe(filed, entries, told, now, reveal=reveal) | {"arrived": ways})
    else:
        for line in lines(filed, entries, told, now, reveal=reveal):
            say(line)
        for way in ways:
            say(f"  {', '.join(f'{name} {value}' for name, value in way.items())}")


def receipt(which: RequestId, reading: Reading) -> None:
    """Write the newest signed receipt of a request to standard output."""
    with opened(reading.config, look=True) as context:
        document = context.requests.receipt(which.of(context))
    if document is None:
        stop(Exit.FOUND, "there is no receipt yet: the request was not run")
    say(document.decode())


def acknowledge(which: RequestId, acting: Acting) -> None:
    """Note that the person was told that we got the request."""
    with opened(acting.config, changes=True) as context:
        actor = context.operator(acting.operator)
        request = context.desk.acknowledge(which.of(context), now=context.clock(), actor=actor)
    stands(request, as_json=acting.as_json)


def ask(which: RequestId, acting: Acting, *, method: METHOD = "email_link") -> None:
    """Make a token that proves METHOD when it comes back; send it to the person only."""
    with opened(acting.config, changes=True) as context:
        token = context.desk.ask_proof(
            which.of(context),
            method,
            now=context.clock(),
            random=os.urandom(32),
            actor=context.operator(acting.operator),
        )
    if acting.as_json:
        say_json({"token": token, "seconds": TOKEN_SECONDS})
    else:
        warn(f"good once, for {TOKEN_SECONDS // 3600} hours; it is stored nowhere:")
        say(token)


def confirm(reading: Reading) -> None:
    """Redeem a token that came back from the person, read from standard input."""
    text = sys.stdin.readline().strip()
    with opened(reading.config, changes=True) as context:
        request = context.desk.confirm(text, now=context.clock())
    stands(request, as_json=reading.as_json)


def prove(
    which: RequestId,
    acting: Acting,
    *,
    method: METHOD,
    level: Annotated[
        str, typer.Option("--level", help="What was proven, if less than the method can.")
    ] = "",
) -> None:
    """Record that you made sure who the person is: how, never the document itself."""
    with opened(acting.config, changes=True) as context:
        actor, now = context.operator(acting.operator), context.clock()
        proof = assurance(method, at=now, by=actor, level=level or None)
        request = context.desk.prove(which.of(context), proof, now=now, actor=actor)
    stands(request, as_json=acting.as_json)
