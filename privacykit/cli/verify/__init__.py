"""``privacykit verify``: what is really stored, tested against what is stated. Reads stores."""

from __future__ import annotations

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.verify.command import verify

__all__ = ["register", "verify"]


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    add(
        app,
        "verify",
        verify,
        "privacykit verify --claim addresses --all",
        summary="What is stored, tested against what is stated.",
    )
