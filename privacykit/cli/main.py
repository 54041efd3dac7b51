"""The command line: parse, call, print, exit. Each command group lives in a file of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperCommand

from privacykit.cli.terminal.commands import CommandGroup, with_example
from privacykit.cli.terminal.console import Exit, failed, say, warn
from privacykit.errors import BackendError, PrivacyKitError, ReportRefusalError

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS: dict[str, str] = {
    "init": "Write a configuration and keys for this project.",
    "run": "Serve an application, wrapped.",
    "check": "Check the configuration, the policies and the data map.",
    "explain": "Explain a decision with its reasons.",
    "ip": "Weaken IP addresses, one a line.",
    "scrub": "Weaken log files, or a pipe.",
    "signals": "What consent strings say.",
    "policy": "The law as data.",
    "events": "The events that are kept: look, count.",
    "report": "How people move: funnels and more, small groups hidden.",
    "keys": "The durable keys.",
    "salts": "The salts of daily visitor ids.",
    "stores": "The tables of our own stores.",
    "worker": "Deliver events, keep periods.",
    "sinks": "Where events go, and whether they get there.",
    "otel": "Redaction outside the process: an OpenTelemetry collector.",
    "datamap": "Where personal data lives.",
    "subject": "What we hold about a person.",
    "request": "People's requests.",
    "drop": "California's DROP: people who want to be deleted.",
    "retention": "What may no longer be kept.",
    "anonymise": "What was stored before, as weak as what comes in today.",
    "hold": "What may not be destroyed.",
    "erasure": "What we must not get back.",
    "seal": "The keys of sealed fields: destroyed, nobody reads them.",
    "incident": "What happened, whose data, who must be told by when.",
    "audit": "What was done, provably.",
    "consent": "What people agreed to, provably.",
    "verify": "What is stored, tested against what is stated.",
    "site": "A site as browsers see it: what it keeps, and whom else it asks.",
    "mcp": "For an assistant that speaks MCP: the commands that only look.",
    "notice": "The privacy notice, from what runs.",
    "ropa": "The record of processing, from what runs.",
    "dpia": "Whether an impact assessment is due, and a first draft.",
}
"""
What each command is about, in the order `--help` shows them. ``privacykit.cli.NAME`` holds a
command and offers ``register(app)``; it is imported when the command is called, so that asking
for help does not load every store.
"""


HOMES: dict[str, str] = {
    "notice": "documents.notice_command",
    "ropa": "documents.ropa_command",
    "dpia": "documents.dpia_command",
}
"""Commands that live in another room than one of their own name."""


class CommandsByName(Mapping[str, Any]):
    """The commands of :data:`COMMANDS`, each imported when it is asked for."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - typer does not publish their type
        if name not in COMMANDS:
            raise KeyError(name)
        return command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyGroup(CommandGroup):
    """The group of all commands, which imports none for its own help."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - whatever typer gives
        super().__init__(**attributes)
        self.commands = cast("Any", CommandsByName())

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - the base gives it
        """Return the names in the order of the table."""
        return list(self.commands)

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ANN401
        """Write the table, without importing a command for its own first sentence."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:  # noqa: ANN401
        """Offer the names of the table, without importing a command for its first sentence."""
        told = {name: TyperCommand(name, short_help=COMMANDS[name]) for name in COMMANDS}
        self.commands = cast("Any", told)
        try:
            return super().shell_complete(ctx, incomplete)
        finally:
            self.commands = cast("Any", CommandsByName())


@cache
def command(name: str) -> Any:  # noqa: ANN401 - typer does not publish the type of a command
    """Return the command or group *name*, built once in a process, which may run several."""
    home = typer.Typer(rich_markup_mode=None)
    home.callback()(lambda: None)
    import_module(f"privacykit.cli.{HOMES.get(name, name)}").register(home)
    for group in home.registered_groups:
        group.cls = CommandGroup
    found = cast("Any", typer.main.get_command(home)).commands[name]
    found.help = found.help or COMMANDS[name]
    return with_example(found)


app = typer.Typer(
    name="privacykit",
    cls=LazyGroup,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Wrap a web app, serve people's rights, make the law configuration.",
    epilog="Examples:\n\n\b\n  privacykit init\n  privacykit run shop.main:app",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        say(f"privacykit {version('privacykit')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Wrap a web app, serve people's rights, make the law configuration."""


@cache
def _root() -> Callable[[], object]:
    """Return the root, named as it is typed: completion is installed under that name."""
    root = typer.main.get_command(app)
    for option in root.params:
        # Typer reads flags that nobody gave with a library that takes longer than all our help.
        option.default = False if option.default is None else option.default
    return partial(root, prog_name="privacykit")


_NO_MISUSE = (BackendError, ReportRefusalError)
"""Errors that no other words on the command line would mend."""


def main() -> None:
    """
    Run the command line; errors of ours become one line each and an exit code, never a traceback.

    Raises:
        SystemExit: Always, with the exit code.
    """
    try:
        _root()()
    except PrivacyKitError as error:
        warn(str(error))
        raise SystemExit(
            int(Exit.FOUND if isinstance(error, _NO_MISUSE) else Exit.MISUSE)
        ) from None
    except Exception as error:  # noqa: BLE001 - a traceback quotes values, and helps no operator
        failed(error)
        raise SystemExit(int(Exit.FOUND)) from None
