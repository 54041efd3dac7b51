"""``privacykit erasure``: keep the erased erased, whatever a backup brings back. Changes stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.commands import add
from privacykit.cli.console import Exit, say, say_json, stop, warn
from privacykit.cli.opened import day, opened
from privacykit.cli.options import Acting
from privacykit.cli.plan_render import result_lines
from privacykit.errors import PlanError

if TYPE_CHECKING:
    from privacykit.govern.flow import PlanOutcome
    from privacykit.operate.returned.kept_people import JudgedPeople
    from privacykit.operate.returned.reapply import Reapplied, Returned


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    group.callback()(_group)
    add(group, "reapply", reapply_erasures, "privacykit erasure reapply --since 2026-11-20")
    app.add_typer(group, name="erasure")


def _group() -> None:
    """What we must not get back."""


def reapply_erasures(
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="When the restored backup was made.")
    ],
    acting: Acting,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Erase them; else they are counted.")] = False,
    accept_problems: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-problems", metavar="HEX", help="The digest of a plan's problems, as a yes."
        ),
    ] = None,
) -> None:
    """
    Find people who were erased since a backup was made and whom its restore brought back.

    Every identity column is read and compared by keyed hash. Only rows that were erased go again;
    others that name somebody erased are shown, and go after a yes to exactly that. Refused, with
    1, when the [records] database is older than its checkpoint: then suppressions are missing, too.
    Ends with 3 when somebody is back and is not erased yet, or something could not be searched or
    had to stay, or is spelt like somebody who was erased and is not the same as the map compares.

    Raises:
        PlanError: Rows that may be somebody else's are left: nobody said yes to exactly these.
    """
    from privacykit.operate.returned.kept_people import KeptPeople
    from privacykit.operate.returned.reapply import Reapplied, reapply, returned, whole

    moment = day(since)
    with opened(acting.config, changes=True) as context:
        found = returned(context, moment)
        judged = KeptPeople(context, context.holds.standing()).judge_all(found)
        done = Reapplied()
        if yes and (judged.back or judged.doubts):
            actor = context.operator(acting.operator)
            done = reapply(context, found, actor, accept_problems=accept_problems or ())
    _say_all(found, judged, done, yes=yes, as_json=acting.as_json)
    if done.refused:
        raise PlanError("; ".join(done.refused))
    waiting = bool(judged.back or judged.doubts) and not done.outcomes
    if found.unsearched or found.alike or waiting or not whole(done.outcomes):
        stop(Exit.PARTLY)


def _say_all(
    found: Returned, judged: JudgedPeople, done: Reapplied, *, yes: bool, as_json: bool
) -> None:
    """Say who is back, what was done and what was left."""
    rows = sum(result.rows_changed for outcome in done.outcomes for result in outcome.results)
    left = [line for outcome in done.outcomes for line in _left(outcome)]
    if as_json:
        told = {"people": judged.back, "unsearched": found.unsearched, "rows": rows}
        told |= {"stays": judged.stays, "doubts": judged.doubts, "alike": dict(found.alike)}
        say_json(told | {"outcomes": [it.status.value for it in done.outcomes], "left": left})
        return
    doubts = [] if done.refused else judged.doubts
    for line in (*_told(judged.back), *judged.stays, *doubts, *found.said()):
        say(line)
    for line in _done(found, judged, rows if yes else None):
        say(line)
    for line in left:
        say(line)
    for name in found.unsearched:
        warn(f"not searched: {name}")


def _told(back: Mapping[str, int]) -> Iterator[str]:
    for place, number in sorted(back.items()):
        were = "identity that was erased is" if number == 1 else "identities erased are"
        yield f"{place}: {number} {were} back"


def _done(found: Returned, judged: JudgedPeople, rows: int | None) -> Iterator[str]:
    """Say what was done, *rows* at a yes, or that nobody is back."""
    if rows is None and judged.back:
        yield "nothing was done yet: --yes erases them again"
    if rows is None and judged.doubts:
        yield "who is maybe somebody else is left: --yes says what erases them all the same"
    elif rows is not None and (judged.back or rows):
        yield f"{rows} rows erased or changed again"
    elif not (judged.back or judged.doubts or found.alike):
        yield "nobody who was erased is back"


def _left(outcome: PlanOutcome) -> Iterator[str]:
    """Say what a plan that was not wholly carried out left, and why."""
    from privacykit.operate.returned.reapply import whole

    if not whole([outcome]):
        yield from result_lines(outcome.results)
        yield f"  {outcome.status.value.replace('_', ' ')}"
