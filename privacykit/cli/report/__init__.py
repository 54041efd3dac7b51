"""``privacykit report``: how people move, without singling anybody out. Reads stores and files."""

from __future__ import annotations

import typer

from privacykit.cli.report.attribution import attribution
from privacykit.cli.report.funnel import funnel
from privacykit.cli.report.kept import command as kept
from privacykit.cli.report.kinds.cart import cart
from privacykit.cli.report.kinds.journey import journey
from privacykit.cli.report.kinds.overview import overview
from privacykit.cli.report.kinds.retention import retention
from privacykit.cli.report.kinds.segments import segments
from privacykit.cli.report.loop import loop
from privacykit.cli.report.publish import publish
from privacykit.cli.report.send import send
from privacykit.cli.report.serve import serve
from privacykit.cli.terminal.commands import add

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "funnel", funnel, "privacykit report funnel --steps /,/cart,order --from 2026-11-01")
    add(group, "overview", overview, "privacykit report overview --from 2026-11-01 --compare")
    add(group, "segments", segments, "privacykit report segments --by country --conversion order")
    add(group, "journey", journey, "privacykit report journey --definition goals.toml")
    add(group, "cart", cart, "privacykit report cart --from 2026-11-01 --segment device==mobile")
    add(group, "retention", retention, "privacykit report retention --from 2026-01-01")
    add(group, "serve", serve, "privacykit report serve --report 'funnel --steps /,/cart,order'")
    add(
        group,
        "publish",
        publish,
        "privacykit report publish public --report overview --report 'funnel --steps /,/cart'",
    )
    add(group, "send", send, "privacykit report send --report 'funnel --steps /,/cart,order'")
    example = "privacykit report attribution --conversion order --lookback 30 --by campaign"
    add(group, "attribution", attribution, example)
    add(group, "loop", loop, "privacykit report loop --links links.csv --crm deals.csv")
    kept.register(group)
    app.add_typer(group, name="report")
