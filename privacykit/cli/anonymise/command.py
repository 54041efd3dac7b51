"""``privacykit anonymise``: what was stored before, as weak as what is stored today."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import OPERATOR, Acting
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.operate.anonymise.service import AnonymiseService
    from privacykit.operate.context import OperatorContext


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "plan", plan, "privacykit anonymise plan --log '/var/log/nginx/access.log.*'")
    add(group, "run", run, "privacykit anonymise run 3f9a21c4 --digest 8d1c07…")
    add(group, "list", list_, "privacykit anonymise list")
    app.add_typer(group, name="anonymise")


def plan(
    datasets: Annotated[
        list[str] | None,
        typer.Option("--dataset", metavar="NAME", help="This dataset alone; may be given again."),
    ] = None,
    logs: Annotated[
        list[str] | None,
        typer.Option("--log", metavar="GLOB", help="Log files too, as `scrub` treats them."),
    ] = None,
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Say what would become of the stored data, how many rows, how long; nothing is changed.

    Values are looked at and never shown. With --log and no --dataset only log files are planned.
    """
    from privacykit.cli.anonymise import words

    with opened(config, changes=True) as context:
        service = _service(context)
        made = service.plan(datasets or (), logs or (), context.operator(operator))
        seen = service.planning.collections(datasets or ()) if datasets or not logs else ()
    if as_json:
        say_json(words.plan_data(made, seen))
        return
    for line in words.plan_lines(made, seen):
        say(line)


def run(
    acting: Acting,
    plan_id: Annotated[
        str, typer.Argument(metavar="PLAN", help="The plan's id, or its first characters.")
    ],
    *,
    digest: Annotated[
        str, typer.Option("--digest", metavar="HEX", help="The digest shown with the plan.")
    ],
    pause: Annotated[
        float, typer.Option("--pause", min=0.0, help="Seconds of rest per second of work.")
    ] = 0.0,
) -> None:
    """
    Carry a plan out; safe to interrupt and to repeat: it goes on where it stopped.

    Held rows stay as they are and are counted. Ends with 3 where something finer than the policy
    is left: rows that came meanwhile, rows or files that could not be read.
    """
    from functools import partial

    from privacykit.cli.anonymise import words
    from privacykit.cli.anonymise.log_files import scrub_file
    from privacykit.operate.anonymise.service import whole

    with opened(acting.config, changes=True) as context:
        service = _service(context)
        done, progress = service.run(
            plan_id,
            digest,
            context.operator(acting.operator),
            scrub=partial(scrub_file, config=acting.config),
            pause=pause,
            tell=_told,
        )
        remains = service.remains(done)
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if acting.as_json:
        say_json(words.progress_data(done, progress, remains))
    else:
        for line in words.progress_lines(done, progress, remains):
            say(line)
    if not whole(progress):
        stop(Exit.PARTLY)


def list_(config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """List the plans that were made and how far their runs got."""
    from privacykit.cli.anonymise import words

    with opened(config, look=True) as context:
        known = _service(context).ledger.all()
    if as_json:
        say_json([words.progress_data(made, progress, ()) for made, progress in known])
        return
    for made, progress in known:
        say(words.list_line(made, progress))
    if not known:
        say("no plan was made yet")


def _service(context: OperatorContext) -> AnonymiseService:
    from privacykit.operate.anonymise.service import AnonymiseService
    from privacykit.runtime.sites import ip_method_of

    return AnonymiseService(context, ip_method_of(context.settings))


def _told(name: str, done: int, rows: int) -> None:
    if sys.stderr.isatty():
        share = min(done / rows, 1.0) if rows else 1.0
        sys.stderr.write(f"\r{name}  {'#' * int(share * 30):<30}  {done} of about {rows}")
