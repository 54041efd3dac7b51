"""``privacykit consent``: records and receipts of consent. Reads stores and files."""

from __future__ import annotations

import typer

from privacykit.cli.consent.export import export
from privacykit.cli.consent.show import show
from privacykit.cli.consent.stats import stats
from privacykit.cli.consent.verify import verify
from privacykit.cli.terminal.commands import add

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "show", show, "privacykit consent show --email anna@shop.example")
    add(group, "export", export, "privacykit consent export -o consents.jsonl --since 2026-01-01")
    add(group, "verify", verify, "privacykit consent verify receipt.jsonld --public-key z6Mk…")
    add(group, "stats", stats, "privacykit consent stats --since 2026-11-01")
    app.add_typer(group, name="consent")
