"""``privacykit request run``, ``send`` and ``remind``: carry out, tell, and press. Does I/O."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.office import OPERATOR, moment, opened
from privacykit.cli.request_words import SOON_DAYS, due_line, overview, plan_lines, red
from privacykit.errors import InputError
from privacykit.govern.audit import SYSTEM
from privacykit.govern.lifecycle import OPEN, overdue, unacknowledged
from privacykit.govern.planning import READING
from privacykit.govern.records import Plan, Receipt, RequestStatus, SubjectRequest
from privacykit.settings.fulfil import Fulfilment, needs_plan
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.office import Office

DAY = 86_400
RUNNABLE = frozenset(
    {
        RequestStatus.ACCEPTED,
        RequestStatus.IN_PROGRESS,
        RequestStatus.PARTIALLY_FULFILLED,
        RequestStatus.UNFULFILLED,
    }
)
ID = Annotated[str, typer.Argument(metavar="ID", help="The request's id.")]


def register(group: typer.Typer) -> None:
    """Add the commands to the group ``request``."""
    group.command("run")(run)
    group.command("send")(send)
    group.command("remind")(remind)


def run(  # noqa: PLR0913, PLR0917 - the options of a command
    request_id: ID,
    plan: Annotated[
        str, typer.Option("--plan", metavar="DIGEST", help="Carry out the plan shown before.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Plan and carry out at once.")] = False,
    knowingly: Annotated[
        bool, typer.Option("--accept-problems", help="Although the plan has problems.")
    ] = False,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="DATASET.COLLECTION.FIELD=VALUE", help="What is right."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where an export goes.")
    ] = None,
    age: Annotated[
        list[str] | None, typer.Option("--age", metavar="KEY", help="Encrypt the export to it.")
    ] = None,
    passphrase: Annotated[
        Path | None,
        typer.Option("--passphrase-file", metavar="FILE", help="Encrypt the export with it."),
    ] = None,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Carry an approved request out, or go on with one that was interrupted.

    What changes rows is shown first and done with --plan DIGEST. Ends with 0 when everything was
    done, 3 when something had to stay, 1 when it failed.

    Raises:
        InputError: The request is not approved, or an option is missing or wrong.
    """
    with opened(config, changes=True) as office:
        request = _runnable(office, request_id)
        doing = Fulfilment(office, office.operator(operator))
        if request.subject_request_type in READING:
            if output is None:
                raise InputError("say where the export goes: --output FILE")
            secret = _secret(passphrase)
            receipt = doing.export(request, output, recipients=age or (), passphrase=secret)
        elif not needs_plan(request.subject_request_type):
            receipt = doing.choose(request)
        else:
            chosen = _interrupted(office, request)
            if chosen is None:
                chosen = _planned(office, request, plan) if plan else None
            if chosen is None:
                made = doing.plan(request, _changes(values or []))
                if not (yes and as_json):
                    _show(made, as_json=as_json)
                if not (yes or _agreed()):
                    return
                chosen = made
            receipt = doing.carry_out(request, chosen, knowingly=knowingly)
        doing.send_due()
        told = office.errands.propagations(request_id)
    _tell(receipt, [item.recipient for item in told if item.status == "pending"], as_json=as_json)


def send(
    request_id: Annotated[
        str, typer.Option("--request", metavar="ID", help="With --answered: of which request.")
    ] = "",
    answered: Annotated[
        str, typer.Option("--answered", metavar="NAME", help="This recipient acknowledged by hand.")
    ] = "",
    reference: Annotated[
        str, typer.Option("--reference", metavar="TEXT", help="The recipient's own reference.")
    ] = "",
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Tell recipients what they have not acknowledged yet; run it from cron, or let the worker.

    Ends with 3 while somebody has not answered.
    """
    with opened(config, changes=True) as office:
        doing = Fulfilment(office, office.operator(operator))
        if answered:
            doing.answered(request_id, answered, reference)
        else:
            doing.send_due()
        office.desk.sweep(now=office.clock(), actor=SYSTEM)
        waiting = office.errands.waiting()
    if as_json:
        say_json(
            [
                {"request": e.request_id, "recipient": e.recipient, "status": e.status}
                | {"tries": e.tries, "next_at": e.next_at}
                for e in waiting
            ]
        )
    else:
        for errand in waiting:
            again = f"again at {moment(errand.next_at)} UTC" if errand.next_at else "by hand"
            say(f"{errand.request_id}  {errand.recipient}  {errand.status}, {again}")
        if not waiting:
            say("every recipient has answered")
    if waiting:
        stop(Exit.PARTLY)


def remind(
    days: Annotated[
        int, typer.Option("--days", min=0, help="What is due within so many days.")
    ] = SOON_DAYS,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Say what presses: requests due, receipts to confirm, holds to review, silent recipients.

    Made for cron: prints nothing and ends with 0 when nothing presses, else with 1.
    """
    with opened(config) as office:
        now = office.clock()
        office.plans.forget_expired(now)
        office.plans.forget_unsaved(now - 2 * DAY)
        pressing = [
            filed
            for filed in office.requests.filed(OPEN)
            if overdue(filed.request, now + days * DAY)
            or unacknowledged(filed.request, now + days * DAY)
        ]
        reviews = [hold for hold in office.holds.standing() if hold.review_at <= now]
        silent = [errand for errand in office.errands.waiting() if errand.status == "failed"]
    if as_json:
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
            say(f"{filed.request.subject_request_id}  {kind}  {line}")
        for hold in reviews:
            since = moment(hold.review_at)
            say(red(f"hold {hold.hold_id} on {hold.dataset}.{hold.collection}: review was {since}"))
        for errand in silent:
            say(red(f"{errand.request_id}  {errand.recipient} did not answer {errand.tries} times"))
    if pressing or reviews or silent:
        stop(Exit.FOUND)


def _runnable(office: Office, request_id: str) -> SubjectRequest:
    filed = office.requests.load(request_id)
    if filed is None:
        raise InputError("there is no such request")
    if filed.request.status not in RUNNABLE:
        status = filed.request.status.value
        raise InputError(f"this request is {status}: approve it first, or it is over")
    return filed.request


def _interrupted(office: Office, request: SubjectRequest) -> Plan | None:
    """Return the approved plan of a run that did not come to its end."""
    if request.status is not RequestStatus.IN_PROGRESS or request.plan_id is None:
        return None
    loaded = office.plans.load_plan(request.plan_id)
    return loaded[0] if loaded and loaded[0].approved_by and loaded[1] else None


def _planned(office: Office, request: SubjectRequest, digest: str) -> Plan:
    plan = office.plans.find(request.subject_request_id, digest)
    if plan is None:
        raise InputError("there is no plan with this digest (any more); plan again")
    return plan


def _changes(values: list[str]) -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {}
    for text in values:
        place, equals, value = text.partition("=")
        parts = place.split(".")
        if not equals or len(parts) != 3 or not all(parts):  # noqa: PLR2004 - three names
            raise InputError("write what is right as DATASET.COLLECTION.FIELD=VALUE")
        changes.setdefault(".".join(parts[:2]), {})[parts[2]] = value
    return changes


def _secret(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"the passphrase file {path.name} cannot be read") from None


def _show(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        say_json(plan)
        return
    for line in plan_lines(plan):
        say(line)


def _agreed() -> bool:
    return sys.stdin.isatty() and typer.confirm("Carry it out?", default=False)


def _tell(receipt: Receipt, silent: list[str], *, as_json: bool) -> None:
    if as_json:
        say_json(receipt)
    else:
        say(f"{receipt.subject_request_id}  {receipt.status.value}")
        for step in receipt.steps:
            if step.rows_matched or step.error:
                kept = f", {step.rows_retained} kept" if step.rows_retained else ""
                why = f" ({step.justification})" if step.justification else ""
                where = f"{step.dataset}.{step.collection}"
                did = f"{step.action.value} {step.rows_changed} of {step.rows_matched}"
                say(f"  {where}: {did}{kept}{why}, {step.effect.value}")
                for remains in step.evidence.remains:
                    say(f"    {remains}")
        for name in silent:
            say(f"  {name} has not acknowledged yet: `privacykit request send` tries again")
        say(f"The signed receipt: privacykit request receipt {receipt.subject_request_id}")
    if receipt.status is RequestStatus.PARTIALLY_FULFILLED:
        stop(Exit.PARTLY)
    if receipt.status is RequestStatus.UNFULFILLED:
        stop(Exit.FOUND)
