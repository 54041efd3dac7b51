"""``privacykit report kept``: figures that outlive the events, listed and removed. Does I/O."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.commands import CommandGroup, add
from privacykit.cli.terminal.console import say, say_json
from privacykit.cli.terminal.ids import check_known
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Acting, Reading
from privacykit.cli.terminal.words import many, moment
from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.operate.context import OperatorContext
    from privacykit.stores.kept.figures import KeptFigure

KIND = Annotated[
    str, typer.Option("--kind", metavar="KIND", help="Only of this kind of report, as overview.")
]
SITE = Annotated[str, typer.Option("--site", metavar="ID", help="Only of this site.")]
BEFORE = Annotated[
    str, typer.Option("--before", metavar="DATE", help="Only of periods that end before this day.")
]


def register(group: typer.Typer) -> None:
    """Add the group to the group ``report``."""
    kept = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    add(kept, "list", list_kept, "privacykit report kept list --kind funnel")
    add(kept, "remove", remove, "privacykit report kept remove --kind funnel --before 2025-01-01")
    group.add_typer(
        kept,
        name="kept",
        cls=CommandGroup,
        help="Figures that outlive the events.",
        epilog="Example:\n\n\b\n  privacykit report kept list --kind funnel",
    )


def list_kept(reading: Reading, *, kind: KIND = "", site: SITE = "", before: BEFORE = "") -> None:
    """
    Say of which periods figures are kept, of which there are none, and why.

    Raises:
        InputError: There is no such kind or site, or it is no day.
    """
    with opened(reading.config, look=True) as context:
        found = _chosen(context, kind, site, _day(before))
    if reading.as_json:
        say_json(list(map(_told, found)))
        return
    for one in found:
        say(_line(one))
    if not found:
        say("no figures are kept")


def remove(
    acting: Acting,
    *,
    kind: KIND = "",
    site: SITE = "",
    before: BEFORE = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove them: nothing brings them back.")
    ] = False,
) -> None:
    """
    Remove kept figures; without --yes it only says which.

    Their periods stay noted as removed: they are neither counted anew nor told as nought.

    Raises:
        InputError: Neither a kind nor a day is named, or there is no such kind, site or day.
    """
    from privacykit.stores.kept.figures import KeptReports

    if not kind and not before:
        raise InputError("say which: --kind KIND, --before DATE, or both")
    day = _day(before)
    with opened(acting.config, changes=yes, look=not yes) as context:
        kept = KeptReports(context.engine)
        found = [one for one in _chosen(context, kind, site, day) if one.kept.body]
        if yes and found:
            actor = context.operator(acting.operator)
            detail = {"figures": len(found), "kind": kind, "site": site, "before": before}
            kept.remove(
                found,
                lambda connection: context.audit.append(
                    actor, "report.figures_removed", detail=detail, connection=connection
                ),
            )
    if acting.as_json:
        say_json({"removed": yes, "figures": list(map(_told, found))})
        return
    for one in found:
        say(_line(one))
    periods = many(len(found), "period")
    if yes:
        say(f"the figures of {periods} were removed")
    else:
        say(f"nothing was removed; the same with --yes removes the figures of {periods}")


def _chosen(
    context: OperatorContext, kind: str, site: str, before: date | None
) -> list[KeptFigure]:
    """
    Return what is kept of a kind, a site and of periods before a day.

    Raises:
        InputError: No such kind of report or site is there, or was when figures were kept.
        StoreError: The store failed.
    """
    from privacykit.cli.report.pages.kinds import report_commands
    from privacykit.stores.kept.figures import KeptReports

    found = KeptReports(context.engine).all()
    known = [one.subject for one in found]
    check_known("kind of report", kind, [*report_commands(), *(one.report for one in known)])
    sites = [one.id for one in context.settings.site]
    check_known("site", site, [*sites, *(one.site for one in known)])
    return [
        one
        for one in found
        if kind in {"", one.subject.report} and site in {"", one.subject.site}
        if before is None or one.kept.last < before
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError("--before takes a day, as 2026-01-31") from None


def _told(one: KeptFigure) -> dict[str, str | int | float]:
    subject, kept = one.subject, one.kept
    return {
        "site": subject.site,
        "kind": subject.report,
        "question": subject.question,
        "from": str(kept.first),
        "to": str(kept.last),
        "kept_at": kept.at,
        "reason": kept.reason,
        "bytes": len(kept.body),
    }


def _line(one: KeptFigure) -> str:
    from privacykit.cli.report.kept.answering import REASONS

    subject, kept = one.subject, one.kept
    place = f"{subject.site}  {subject.report} {subject.question[:8]}  {kept.first} to {kept.last}"
    if kept.reason:
        return f"{place}  none: {REASONS.get(kept.reason, kept.reason)}"
    return f"{place}  kept {moment(kept.at)} UTC"
