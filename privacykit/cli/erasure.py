"""``privacykit erasure``: keep the erased erased, whatever a backup brings back. Changes stores."""

from __future__ import annotations

from typing import Annotated

import typer

from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.office import OPERATOR, day, opened
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.reapplying import reapply, returned, whole


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True, help="What we must not get back.")
    group.callback()(_group)
    group.command("reapply")(reapply_erasures)
    app.add_typer(group, name="erasure")


def _group() -> None:
    """What we must not get back."""


def reapply_erasures(
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="When the restored backup was made.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Erase them; else they are counted.")] = False,
    knowingly: Annotated[
        bool, typer.Option("--accept-problems", help="Although a plan has problems.")
    ] = False,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Find people who were erased since a backup was made and whom its restore brought back.

    Every identity column is read and compared by keyed hash. Refused, with 1, when the [records]
    database is older than its checkpoint: then suppressions are missing, too. Ends with 3 when
    something could not be searched or had to stay.
    """
    moment = day(since)
    with opened(config, changes=True) as office:
        found = returned(office, moment)
        outcomes = []
        if yes and found.identities:
            actor = office.operator(operator)
            outcomes = reapply(office, found, actor, knowingly=knowingly)
    rows = sum(result.rows_changed for outcome in outcomes for result in outcome.results)
    if as_json:
        told = {"people": found.counts, "unsearched": found.unsearched, "rows": rows}
        say_json(told | {"outcomes": [outcome.status.value for outcome in outcomes]})
    else:
        for place, number in sorted(found.counts.items()):
            say(f"{place}: {number} identities that were erased are back")
        if not found.counts:
            say("nobody who was erased is back")
        elif not yes:
            say("nothing was done yet: --yes erases them again")
        else:
            say(f"{rows} rows erased or changed again")
        for name in found.unsearched:
            warn(f"not searched: {name}")
    if found.unsearched or not whole(outcomes):
        stop(Exit.PARTLY)
