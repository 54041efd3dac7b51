"""The command line: parse, call, print, exit. Each command group lives in a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

from privacykit.cli.console import Exit, say, warn
from privacykit.errors import BackendError, PrivacyKitError

COMMANDS: tuple[str, ...] = (
    "run",
    "check",
    "explain",
    "ip",
    "policy",
    "keys",
    "salts",
    "stores",
    "worker",
    "datamap",
    "subject",
    "request",
    "retention",
    "hold",
    "erasure",
    "audit",
)
"""Modules of ``privacykit.cli`` in the order `--help` shows them; each offers ``register(app)``."""

app = typer.Typer(
    name="privacykit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Wrap a web app, serve people's rights, make the law configuration.",
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"privacykit {version('privacykit')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Wrap a web app, serve people's rights, make the law configuration."""


for _name in COMMANDS:
    import_module(f"privacykit.cli.{_name}").register(app)


@cache
def _command() -> Callable[[], object]:
    """Build the commands once: there are some fifty, and a process may run several."""
    return typer.main.get_command(app)


def main() -> None:
    """
    Run the command line; errors of ours become one line each and an exit code, never a traceback.

    Raises:
        SystemExit: Always, with the exit code.
    """
    try:
        _command()()
    except PrivacyKitError as error:
        warn(str(error))
        raise SystemExit(
            int(Exit.FOUND if isinstance(error, BackendError) else Exit.MISUSE)
        ) from None
