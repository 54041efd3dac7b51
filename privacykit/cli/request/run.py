"""``privacykit request run``, ``send`` and ``remind``: carry out, tell, and press. Does I/O."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privacykit.cli.rights import corrections
from privacykit.cli.rights.requests import SOON_DAYS, due_line, overview
from privacykit.cli.rights.rights import agreed, check_ready, shown_before, tell
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import Exit, say, say_json, stop
from privacykit.cli.terminal.ids import RequestId, request_of
from privacykit.cli.terminal.opened import opened, working
from privacykit.cli.terminal.options import CHANGES, Acting, Execution, Reading, Sealing
from privacykit.cli.terminal.words import many, moment, red, short
from privacykit.errors import InputError
from privacykit.govern.planned import Plan
from privacykit.govern.records import Receipt, RequestType, SubjectRequest
from privacykit.govern.requests.lifecycle import (
    OPEN,
    check_runnable,
    overdue,
    unacknowledged,
    waited,
)

if TYPE_CHECKING:
    from privacykit.operate.context import OperatorContext
    from privacykit.operate.fulfil import Fulfilment

DAY = 86_400


def register(group: typer.Typer) -> None:
    """Add the commands to the group ``request``."""
    add(group, "run", run, "privacykit request run 5f0c")
    add(group, "send", send, "privacykit request send")
    add(group, "remind", remind, "privacykit request remind --days 3")


def run(
    which: RequestId,
    execution: Execution,
    sealing: Sealing,
    acting: Acting,
    *,
    change: CHANGES = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where an export goes.")
    ] = None,
) -> None:
    """
    Carry an approved request out, or go on with one that was interrupted.

    What changes rows is shown first, and done with --plan and --digest, or at once with --yes.
    Ends with 0 when everything was done, 3 when something had to stay, 1 when it failed, and where
    a plan that was only shown has problems.

    Raises:
        InputError: The request is not approved, or an option is missing or wrong.
    """
    import msgspec

    from privacykit.govern.erasure.planning.plan import READING
    from privacykit.operate.alone import interrupted_plan
    from privacykit.operate.fulfil import Fulfilment, needs_plan

    with working(acting.config, changes=True, what="running") as context:
        request = context.desk.found(which.of(context)).request
        check_runnable(request)
        doing = Fulfilment(context, context.operator(acting.operator))
        kind, accept = request.subject_request_type, execution.accept_problems
        receipt: Receipt
        if kind in READING:
            receipt = _export(doing, request, output, sealing, accept)
        elif not needs_plan(kind):
            receipt = doing.choose(request)
        else:
            plan = interrupted_plan(context, request)
            if plan is None and execution.plan:
                plan = shown_before(context, kind, execution, request.subject_request_id)
            if plan is None:
                plan = _planned(context, doing, request, change)
                if execution.yes:
                    check_ready(context, plan, execution)
                elif not agreed(
                    context,
                    plan,
                    _command(request),
                    place=request.place,
                    ask=True,
                    as_json=acting.as_json,
                ):
                    if plan.problems:
                        stop(Exit.FOUND)
                    return
            receipt = doing.carry_out(request, plan, accept_problems=accept)
        doing.send_due()
        told = context.notices.propagations(request.subject_request_id)
    receipt = msgspec.structs.replace(receipt, propagations=told)
    tell(receipt, as_json=acting.as_json, left_behind=doing.left_behind)


def _planned(
    context: OperatorContext, doing: Fulfilment, request: SubjectRequest, change: list[str] | None
) -> Plan:
    if request.subject_request_type is not RequestType.RECTIFICATION:
        return doing.plan(request, {})
    return doing.plan(
        request, corrections.resolve(context.datamap, corrections.parse(change or ()))
    )


def _export(
    doing: Fulfilment, request: SubjectRequest, output: Path | None, sealing: Sealing, accept: str
) -> Receipt:
    if output is None:
        raise InputError("say where the export goes: --output FILE")
    word = sealing.passphrase()
    return doing.export(
        request,
        output,
        recipients=sealing.age or (),
        passphrase=word,
        accept_problems=accept,
    )


def _command(request: SubjectRequest) -> str:
    return f"privacykit request run {short(request.subject_request_id)}"


def send(
    acting: Acting,
    *,
    request_id: Annotated[
        str, typer.Option("--request", metavar="ID", help="With --answered: of which request.")
    ] = "",
    answered: Annotated[
        str, typer.Option("--answered", metavar="NAME", help="This recipient acknowledged by hand.")
    ] = "",
    retry: Annotated[
        str, typer.Option("--retry", metavar="NAME", help="Tell this recipient again that failed.")
    ] = "",
    give_up: Annotated[
        str,
        typer.Option(
            "--give-up", metavar="NAME", help="Ask this one no more, and erase what it was to get."
        ),
    ] = "",
    reference: Annotated[
        str,
        typer.Option("--reference", metavar="TEXT", help="The recipient's own reference, or why."),
    ] = "",
) -> None:
    """
    Tell recipients what they have not acknowledged yet; run it from cron, or let the worker.

    Ends with 3 while somebody has not answered.

    Raises:
        InputError: Nothing is open with the recipient that is named, or several are.
    """
    from privacykit.govern.audit.chain import SYSTEM
    from privacykit.operate.approval import Approval
    from privacykit.operate.fulfil import Fulfilment

    if len([name for name in (answered, retry, give_up) if name]) > 1:
        raise InputError("one of --answered, --retry and --give-up")
    with opened(acting.config, changes=True) as context:
        doing = Fulfilment(context, context.operator(acting.operator))
        if answered:
            doing.answered(request_of(context, request_id), answered, reference)
        elif give_up:
            doing.give_up(request_of(context, request_id), give_up, reference or "given up")
        else:
            if retry:
                doing.retry(request_of(context, request_id), retry)
            doing.send_due()
        Approval(context, SYSTEM).sweep()
        context.desk.sweep(now=context.clock(), actor=SYSTEM)
        waiting = context.notices.waiting()
    if acting.as_json:
        say_json(
            [
                {"request": e.request_id, "recipient": e.recipient, "status": e.status}
                | {"tries": e.tries, "next_at": e.next_at}
                for e in waiting
            ]
        )
    else:
        for notice in waiting:
            again = f"again at {moment(notice.next_at)} UTC" if notice.next_at else "by hand"
            say(f"{short(notice.request_id)}  {notice.recipient}  {notice.status}, {again}")
        if not waiting:
            say("every recipient has answered")
    if waiting:
        stop(Exit.PARTLY)


def remind(
    reading: Reading,
    *,
    days: Annotated[
        int, typer.Option("--days", min=0, help="What is due within so many days.")
    ] = SOON_DAYS,
) -> None:
    """
    Say what presses: requests due, receipts to confirm, holds to review, silent recipients.

    Made for cron: prints nothing and ends with 0 when nothing presses, else with 1.
    """
    with opened(reading.config) as context:
        now = context.clock()
        context.plans.forget_expired(now)
        context.plans.forget_unsaved(now - 2 * DAY)
        pressing = [
            filed
            for filed in context.requests.filed(OPEN)
            if overdue(filed.request, now + days * DAY)
            or unacknowledged(filed.request, now + days * DAY)
            or waited(filed.request, now)
        ]
        reviews = [hold for hold in context.holds.standing() if hold.review_at <= now]
        silent = [notice for notice in context.notices.waiting() if notice.status == "failed"]
    if reading.as_json:
        told: dict[str, Any] = {
            "requests": [overview(filed, now) for filed in pressing],
            "holds": [{"id": hold.hold_id, "review_at": hold.review_at} for hold in reviews],
            "recipients": [{"request": e.request_id, "recipient": e.recipient} for e in silent],
        }
        say_json(told)
    else:
        for filed in pressing:
            kind = filed.request.subject_request_type.value
            line = due_line(filed, now, colour=True)
            say(f"{short(filed.request.subject_request_id)}  {kind}  {line}")
        for hold in reviews:
            where, since = f"{hold.dataset}.{hold.collection}", moment(hold.review_at)
            say(red(f"hold {short(hold.hold_id)} on {where}: review was {since}"))
        for notice in silent:
            tries = many(notice.tries, "time")
            say(red(f"{short(notice.request_id)}  {notice.recipient} did not answer {tries}"))
    if pressing or reviews or silent:
        stop(Exit.FOUND)
