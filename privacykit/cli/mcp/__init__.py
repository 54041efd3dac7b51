"""``privacykit mcp``: the commands that only look, for an assistant that speaks MCP."""

from __future__ import annotations

import typer

from privacykit.cli.mcp.command import mcp
from privacykit.cli.terminal.commands import add

__all__ = ["mcp", "register"]


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    add(app, "mcp", mcp, "privacykit mcp --config privacykit.toml")
