"""``privacykit request together``: many erasures in one pass. Changes stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.cli.terminal.opened import working
from privacykit.cli.terminal.options import Acting
from privacykit.cli.terminal.words import many, moment, short
from privacykit.govern.records import RequestStatus

if TYPE_CHECKING:
    from privacykit.operate.together.service import TogetherRun

SLACK_DAYS = 3


def register(group: typer.Typer) -> None:
    """Add the command to the group ``request``."""
    add(group, "together", together, "privacykit request together --yes")


def together(
    acting: Acting,
    *,
    days: Annotated[
        int, typer.Option("--days", min=0, help="How many days before the first deadline.")
    ] = SLACK_DAYS,
    now: Annotated[bool, typer.Option("--now", help="Do not wait for that day.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Carry them out; else they show.")] = False,
) -> None:
    """
    Carry every approved erasure out in one pass over the stores that are scanned.

    Made for cron: until some days before the first deadline it says when that is and does nothing.
    Each request gets its own plan and receipt; one with problems is left and said. Ends with 3
    when something was left or had to stay.
    """
    from privacykit.operate.together.service import TogetherService, runs_at, waiting

    with working(acting.config, changes=True, what="running") as context:
        requests = waiting(context)
        at = runs_at(requests, days)
        due = bool(requests) and (now or at is None or at <= context.clock())
        run = None
        if due:
            service = TogetherService(context, context.operator(acting.operator))
            run = service.plan(requests)
            if yes:
                run = service.carry_out(run)
    if acting.as_json:
        say_json({"waiting": len(requests), "runs_at": at, "requests": _rows(run)})
    elif run is None:
        _say_when(len(requests), at)
    else:
        _say_run(run, yes=yes)
    left = run is not None and any(it.left for it in run.erasures)
    kept = run is not None and any(
        receipt.status is not RequestStatus.FULFILLED for receipt in run.receipts.values()
    )
    if left or kept:
        stop(Exit.PARTLY)


def _say_when(number: int, at: float | None) -> None:
    if not number:
        say("no erasure waits")
    elif at is not None:
        wait = "waits" if number == 1 else "wait"
        say(f"{many(number, 'erasure')} {wait}; one pass runs on {moment(at)} UTC, or with --now")


def _say_run(run: TogetherRun, *, yes: bool) -> None:
    stores = ", ".join(run.datasets) or "no store is scanned"
    say(f"one pass: {stores}")
    for row in _rows(run):
        line = f"{short(row['id'])}  {many(row['rows'], 'row')}  {row['status']}"
        warn(f"{line}: {row['left']}") if row["left"] else say(line)
    if not yes:
        say("nothing was done yet: --yes carries them out")


def _rows(run: TogetherRun | None) -> list[dict[str, Any]]:
    rows = []
    for erasure in run.erasures if run else ():
        id_ = erasure.request.subject_request_id
        receipt = run.receipts.get(id_) if run else None
        planned = sum(step.rows for step in erasure.plan.steps) if erasure.plan else 0
        done = sum(step.rows_changed for step in receipt.steps) if receipt else planned
        status = receipt.status.value if receipt else "left" if erasure.left else "planned"
        status = status.replace("_", " ")
        rows.append({"id": id_, "rows": done, "status": status, "left": erasure.left})
    return rows
