"""``privacykit report publish``: reports as a folder of pages that need nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from privacykit.cli.report.options import EventOptions, ScopeOptions
from privacykit.cli.report.serve import Reports
from privacykit.cli.terminal.console import say, warn
from privacykit.errors import BackendError, InputError


def publish(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Where the pages are written.")],
    events: EventOptions,
    scope: ScopeOptions,
    *,
    report: Reports = None,
) -> None:
    """
    Write a page for each report and a list of them, to hand on or to put on a server.

    Pages are files of yours alone until you change that; the list is written last, and keeps what
    permissions you gave it. Pages of earlier publications stay, and are named. --from, --to,
    --compare and --segment hold for all reports.

    Raises:
        InputError: There is no report to publish, or one cannot be asked.
        BackendError: A file cannot be written.
    """
    from privacykit.cli.report.pages.kinds import reports_of
    from privacykit.reports.output.html import page_text
    from privacykit.reports.output.page import heading, period_names, text
    from privacykit.reports.output.sentence import sentence

    if not report:
        raise InputError("say what to publish: --report overview, or --report 'funnel --steps A,B'")
    made = reports_of(report, events, scope)
    files = {f"{name}.html": text(one) for name, one in made}
    entries = [
        {
            "href": f"{name}.html",
            "title": heading(one),
            "about": f"{period_names(one)[0]}. {sentence(one, one.sets[0])}",
        }
        for name, one in made
    ]
    files["index.html"] = page_text("index.html", entries=entries, title="Reports")
    for name, html in files.items():
        _write(Path(folder), name, html)
    say(f"written: {len(files)} pages in {folder}, the first is index.html")
    if left := _left(Path(folder), files):
        warn(
            f"still in {folder} from an earlier publication, and not in the list: "
            f"{', '.join(left)}; remove what nobody should read any more"
        )


def _left(folder: Path, written: Collection[str]) -> list[str]:
    """Return pages of *folder* that are named as ours are, and were not written now."""
    from privacykit.cli.report.pages.kinds import report_commands

    kinds = "|".join(report_commands())
    ours = re.compile(rf"\d+-({kinds})(-\d+)?\.html")
    names = {path.name for path in folder.iterdir() if ours.fullmatch(path.name)}
    return sorted(names.difference(written))


def _write(folder: Path, name: str, html: str) -> None:
    """
    Write a page in one step.

    Raises:
        BackendError: It cannot be written.
    """
    from privacykit.private_files import replacing

    path = folder / name
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with replacing(path, like=path.stat() if path.exists() else None) as file:
            file.write(html.encode())
    except OSError as error:
        raise BackendError(f"cannot write {path}: {error.strerror}") from None
