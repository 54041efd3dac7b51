"""``privacykit report``: how people move, without singling anybody out. Reads stores and files."""

from __future__ import annotations

import typer

from privacykit.cli.commands import add
from privacykit.cli.report.attribution import attribution
from privacykit.cli.report.funnel import funnel
from privacykit.cli.report.loop import loop

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "funnel", funnel, "privacykit report funnel --steps /,/cart,order --from 2026-11-01")
    example = "privacykit report attribution --conversion order --lookback 30 --by campaign"
    add(group, "attribution", attribution, example)
    add(group, "loop", loop, "privacykit report loop --links links.csv --crm deals.csv")
    app.add_typer(group, name="report")
