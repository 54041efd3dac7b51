"""``privacykit request``: people's requests, from receipt to answer. Reads and writes stores."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from privacykit.cli import persons, request_run
from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.office import OPERATOR, day, moment, opened
from privacykit.cli.request_words import describe, due_line, lines, overview
from privacykit.errors import InputError
from privacykit.govern.datamap.composite import check_composites
from privacykit.govern.filed import Asked, Filed
from privacykit.govern.identity_proof import METHODS, TOKEN_SECONDS, assurance
from privacykit.govern.lifecycle import DELAYS, OPEN, REFUSALS, Ground
from privacykit.govern.records import RequestStatus, SubjectRequest
from privacykit.govern.words import RequestType
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.office import Office

ID = Annotated[str, typer.Argument(metavar="ID", help="The request's id.")]
METHOD = Annotated[str, typer.Option("--method", help=", ".join(METHODS))]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True, help="People's requests.")
    group.command("new")(new)
    group.command("list")(list_requests)
    group.command("show")(show)
    group.command("receipt")(receipt)
    group.command("acknowledge")(acknowledge)
    group.command("ask")(ask)
    group.command("confirm")(confirm)
    group.command("prove")(prove)
    group.command("approve")(approve)
    group.command("reject")(reject)
    group.command("extend")(extend)
    group.command("cancel")(cancel)
    request_run.register(group)
    app.add_typer(group, name="request")


def new(  # noqa: PLR0913, PLR0917 - the options of a command
    wanted: Annotated[RequestType, typer.Argument(metavar="TYPE", help="What is asked.")],
    email: persons.EMAIL = None,
    phone: persons.PHONE = None,
    customer: persons.CUSTOMER = None,
    identity: persons.IDENTITY = None,
    place: Annotated[
        str, typer.Option("--place", help="Where the person lives, DE or US-CA; unknown if unsaid.")
    ] = "ZZ",
    received: Annotated[
        str, typer.Option("--received", metavar="DATE", help="When it reached us, if earlier.")
    ] = "",
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", help="For objection and withdrawal; none means all."),
    ] = None,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Take a request in; its deadline is computed from every law that applies to the person.

    Raises:
        InputError: Nobody is named or could be found, or the request lies in the future.
    """
    people = persons.Named(email, phone, customer, identity).identities()
    where = persons.place(place)
    with opened(config, changes=True) as office:
        if any(known.parts for known in people):
            check_composites(office.datamap, people)
        now = office.clock()
        received_at = day(received) if received else now
        if received_at > now:
            raise InputError("a request is not received in the future")
        note, granted = office.deadline(wanted, where, received_at)
        asked = Asked(wanted, people, where, received_at, tuple(purpose or ()))
        actor = office.operator(operator)
        filed = office.desk.receive(asked, note, random=os.urandom(32), actor=actor)
        twins = office.desk.twins(filed)
    request = filed.request
    if as_json:
        say_json(overview(filed, now) | {"granted_by": granted, "twins": twins})
        return
    say(f"{request.subject_request_id}  {wanted.value}")
    say(f"  {due_line(filed, now)}")
    if not granted:
        say("  no applicable law grants this right: what you do, you do freely")
    for twin in twins:
        say(f"  the same person already asks for this: {twin}")


def list_requests(
    everything: Annotated[bool, typer.Option("--all", help="Those answered too.")] = False,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """List requests, what is due first in front, overdue ones in red."""
    with opened(config) as office:
        now = office.clock()
        found = office.requests.filed(RequestStatus if everything else OPEN)
    if as_json:
        say_json([overview(filed, now) for filed in found])
        return
    for filed in found:
        request = filed.request
        kind = request.subject_request_type.value
        say(f"{request.subject_request_id}  {kind:<20}  {due_line(filed, now, colour=True)}")
    if not found:
        say("no requests" if everything else "no open requests")


def show(
    request_id: ID,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the identities too; that is audited.")
    ] = False,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Show one request, its deadline and what was done."""
    with opened(config, changes=reveal) as office:
        now = office.clock()
        filed = _found(office, request_id)
        if reveal:
            office.audit.append(
                office.operator(operator),
                "request.revealed",
                subject_ref=filed.request.subject_ref,
                request_id=request_id,
            )
        entries = list(office.audit.entries(request_id=request_id))
        told = office.errands.propagations(request_id)
    if as_json:
        say_json(describe(filed, entries, told, now, reveal=reveal))
    else:
        for line in lines(filed, entries, told, now, reveal=reveal):
            say(line)


def receipt(request_id: ID, config: CONFIG = DEFAULT_FILE) -> None:
    """Write the newest signed receipt of a request to standard output."""
    with opened(config) as office:
        _found(office, request_id)
        document = office.requests.receipt(request_id)
    if document is None:
        stop(Exit.FOUND, "there is no receipt yet: the request was not run")
    say(document.decode())


def acknowledge(
    request_id: ID, operator: OPERATOR = "", config: CONFIG = DEFAULT_FILE, as_json: JSON = False
) -> None:
    """Note that the person was told that we got the request."""
    with opened(config, changes=True) as office:
        actor = office.operator(operator)
        request = office.desk.acknowledge(request_id, now=office.clock(), actor=actor)
    _told(request, as_json=as_json)


def ask(
    request_id: ID,
    method: METHOD = "email_link",
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Make a token that proves METHOD when it comes back; send it to the person only."""
    with opened(config, changes=True) as office:
        token = office.desk.ask_proof(
            request_id,
            method,
            now=office.clock(),
            random=os.urandom(32),
            actor=office.operator(operator),
        )
    if as_json:
        say_json({"token": token, "seconds": TOKEN_SECONDS})
    else:
        warn(f"good once, for {TOKEN_SECONDS // 3600} hours; it is stored nowhere:")
        say(token)


def confirm(config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """Redeem a token that came back from the person, read from standard input."""
    text = sys.stdin.readline().strip()
    with opened(config, changes=True) as office:
        request = office.desk.confirm(text, now=office.clock())
    _told(request, as_json=as_json)


def prove(
    request_id: ID,
    method: METHOD,
    level: Annotated[
        str, typer.Option("--level", help="What was proven, if less than the method can.")
    ] = "",
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Record that you made sure who the person is: how, never the document itself."""
    with opened(config, changes=True) as office:
        actor, now = office.operator(operator), office.clock()
        proof = assurance(method, at=now, by=actor, level=level or None)
        request = office.desk.prove(request_id, proof, now=now, actor=actor)
    _told(request, as_json=as_json)


def approve(
    request_id: ID, operator: OPERATOR = "", config: CONFIG = DEFAULT_FILE, as_json: JSON = False
) -> None:
    """Say yes to a request of a person who is proven to be who they say."""
    with opened(config, changes=True) as office:
        actor = office.operator(operator)
        request = office.desk.approve(request_id, now=office.clock(), actor=actor)
    _told(request, as_json=as_json)


def reject(
    request_id: ID,
    ground: Annotated[str, typer.Option("--ground", help="Which; `--ground ?` lists them.")],
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Say no, and why; tell the person, with where to complain (GDPR Art. 12(4))."""
    grounds = {known.name.lower(): known.value for known in Ground if known in REFUSALS}
    with opened(config, changes=True) as office:
        actor = office.operator(operator)
        request = office.desk.reject(
            request_id, _ground(ground, grounds), now=office.clock(), actor=actor
        )
    _told(request, as_json=as_json)


def extend(
    request_id: ID,
    ground: Annotated[str, typer.Option("--ground", help="complexity or high_volume.")],
    told: Annotated[
        bool, typer.Option("--told", help="The person has been told, with the reasons.")
    ] = False,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Take the longer time that every law that applies gives, inside the first period only."""
    grounds = {known.name.lower(): known.value for known in Ground if known in DELAYS}
    with opened(config, changes=True) as office:
        actor = office.operator(operator)
        request = office.desk.extend(
            request_id, _ground(ground, grounds), told=told, now=office.clock(), actor=actor
        )
    _told(request, as_json=as_json)


def cancel(
    request_id: ID, operator: OPERATOR = "", config: CONFIG = DEFAULT_FILE, as_json: JSON = False
) -> None:
    """Note that the person took the request back; what finds them is erased."""
    with opened(config, changes=True) as office:
        actor = office.operator(operator)
        request = office.desk.cancel(request_id, now=office.clock(), actor=actor)
        office.desk.close(request_id, actor=actor)
        office.errands.forget(request_id)
    _told(request, as_json=as_json)


def _found(office: Office, request_id: str) -> Filed:
    filed = office.requests.load(request_id)
    if filed is None:
        raise InputError("there is no such request")
    return filed


def _ground(given: str, known: dict[str, str]) -> str:
    found = known.get(given.lower(), given)
    if found not in known.values():
        raise InputError("name a ground: " + ", ".join(sorted(known)))
    return found


def _told(request: SubjectRequest, *, as_json: bool) -> None:
    if as_json:
        say_json({"id": request.subject_request_id, "status": request.status.value})
        return
    due = request.extended_to or request.due_at
    say(f"{request.subject_request_id}  {request.status.value}, due {moment(due)} UTC")
