"""``privacykit otel collector-config``: what our exporters do, for a collector. Prints."""

from __future__ import annotations

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import say
from privacykit.telemetry.collector import collector_config


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "collector-config", collector, "privacykit otel collector-config")
    app.add_typer(group, name="otel")


def collector() -> None:
    """
    Print the processors of an OpenTelemetry collector that redact traces and logs.

    An allow-list of keys: what it does not name is deleted. Stricter than our exporters where a
    collector cannot do the same.
    """
    say(collector_config().rstrip("\n"))
