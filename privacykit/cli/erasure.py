"""``privacykit erasure``: keep the erased erased, whatever a backup brings back. Changes stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.rights.person import PersonOptions
from privacykit.cli.rights.plan import result_lines
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.cli.terminal.opened import day, opened
from privacykit.cli.terminal.options import Acting
from privacykit.cli.terminal.words import moment
from privacykit.errors import InputError, PlanError

if TYPE_CHECKING:
    from privacykit.govern.flow import PlanOutcome
    from privacykit.govern.requests.suppression import Suppression
    from privacykit.operate.returned.kept_people import JudgedPeople
    from privacykit.operate.returned.reapply import Reapplied, Returned


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    group.callback()(_group)
    add(group, "reapply", reapply_erasures, "privacykit erasure reapply --since 2026-11-20")
    add(group, "lift", lift_suppression, "privacykit erasure lift --email anna@shop.example")
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

    restored = day(since)
    with opened(acting.config, changes=True) as context:
        found = returned(context, restored)
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


def lift_suppression(
    person: PersonOptions,
    acting: Acting,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Let them be known; else it is told.")] = False,
) -> None:
    """
    Let somebody be known again whom an erasure or an objection keeps away: they came back.

    Nothing that was erased comes back by it. Only what is named is let in, to the letter: an
    address does not let in the number that was erased with it. Ends with 1 when nothing of it is
    kept away.

    Raises:
        InputError: Nobody is named, or by a hash.
    """
    with opened(acting.config, changes=yes, look=not yes) as context:
        given = person.identities(lambda: context.datamap)
        if any(known.format != "raw" for known in given):
            raise InputError("a hash cannot be let in: name the value itself")
        now = context.clock()
        kept = [(known, context.suppressions.of(known, now)) for known in given]
        lifted = 0
        if yes:
            actor = context.operator(acting.operator)
            lifted = sum(
                context.suppressions.lift(known, actor=actor, at=now)
                for known, found in kept
                if found
            )
    told = [(known.type, found) for known, found in kept if found]
    _say_lifted(told, lifted, len(given), as_json=acting.as_json)
    if not told:
        stop(Exit.FOUND)


def _say_lifted(
    told: Sequence[tuple[str, Sequence[Suppression]]], lifted: int, asked: int, *, as_json: bool
) -> None:
    """Say what kept whom away, by kind and without a value, and whether it is over."""
    if as_json:
        rows = [
            {"type": kind, "reason": one.reason, "since": one.added_at, "request": one.request_id}
            for kind, found in told
            for one in found
        ]
        say_json({"kept_away": rows, "lifted": lifted})
        return
    for kind, found in told:
        for reason, at in dict.fromkeys((one.reason, one.added_at) for one in found):
            say(f"{kind}: kept away since {moment(at)} ({reason})")
    if len(told) < asked:
        say(f"{asked - len(told)} of what was named is not kept away")
    if lifted:
        say(f"{lifted} of it may be known again")
    elif told:
        say("nothing was done yet: --yes lets them be known again")


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
