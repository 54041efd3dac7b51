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

if TYPE_CHECKING:
    from privacykit.govern.flow import PlanOutcome
    from privacykit.operate.returned.reapply import Returned


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

    Every identity column is read and compared by keyed hash. Refused, with 1, when the [records]
    database is older than its checkpoint: then suppressions are missing, too. Ends with 3 when
    somebody is back and is not erased yet, or something could not be searched or had to stay, or is
    spelt like somebody who was erased where the map compares to the letter.
    """
    from privacykit.operate.returned.kept_people import KeptPeople
    from privacykit.operate.returned.reapply import reapply, returned, whole

    moment = day(since)
    with opened(acting.config, changes=True) as context:
        found = returned(context, moment)
        back, stays = KeptPeople(context, context.holds.standing()).judge_all(found)
        outcomes = []
        if yes and back:
            actor = context.operator(acting.operator)
            outcomes = reapply(context, found, actor, accept_problems=accept_problems or ())
    rows = sum(result.rows_changed for outcome in outcomes for result in outcome.results)
    left = [line for outcome in outcomes for line in _left(outcome)]
    if acting.as_json:
        told = {"people": back, "unsearched": found.unsearched, "rows": rows, "stays": stays}
        told["alike"] = dict(found.alike)
        say_json(told | {"outcomes": [it.status.value for it in outcomes], "left": left})
    else:
        for line in (
            *_told(back),
            *stays,
            *found.said(),
            *_done(back, found, rows if yes else None),
        ):
            say(line)
        for line in left:
            say(line)
        for name in found.unsearched:
            warn(f"not searched: {name}")
    waiting = bool(back) and not yes
    if found.unsearched or found.alike or waiting or not whole(outcomes):
        stop(Exit.PARTLY)


def _told(back: Mapping[str, int]) -> Iterator[str]:
    for place, number in sorted(back.items()):
        were = "identity that was erased is" if number == 1 else "identities erased are"
        yield f"{place}: {number} {were} back"


def _done(back: Mapping[str, int], found: Returned, rows: int | None) -> Iterator[str]:
    """Say what was done, *rows* at a yes, or that nobody is back."""
    if back and rows is None:
        yield "nothing was done yet: --yes erases them again"
    elif back:
        yield f"{rows} rows erased or changed again"
    elif not found.alike:
        yield "nobody who was erased is back"


def _left(outcome: PlanOutcome) -> Iterator[str]:
    """Say what a plan that was not wholly carried out left, and why."""
    from privacykit.operate.returned.reapply import whole

    if not whole([outcome]):
        yield from result_lines(outcome.results)
        yield f"  {outcome.status.value.replace('_', ' ')}"
