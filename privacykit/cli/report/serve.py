"""``privacykit report serve``: reports as pages, on this machine alone. Listens on loopback."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from privacykit.cli.report.options import EventOptions
from privacykit.cli.terminal.console import say
from privacykit.errors import BackendError, InputError, MissingExtraError

if TYPE_CHECKING:
    from privacykit.cli.report.pages.kinds import AskedPage

ADDRESS: Final = "127.0.0.1"
PORT: Final = 8765

Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="TEXT",
        help="A report with its options, as after 'privacykit report'; several may be.",
    ),
]
Smallest = Annotated[
    int | None,
    typer.Option("--k", metavar="N", min=1, help="People whom every figure is at least of."),
]


def serve(
    events: EventOptions,
    *,
    report: Reports = None,
    k: Smallest = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where on this machine; 0 is any.")
    ] = PORT,
) -> None:
    """
    Show reports in a browser on this machine: choose the kind, the period and the segments.

    It listens on 127.0.0.1 alone and only reads. What --report names comes first; every kind of
    report that needs no file of its own has a page besides.

    Raises:
        BackendError: The port is taken.
        InputError: A report that is named cannot be asked.
    """
    from privacykit.cli.report.pages.application import ReportPages
    from privacykit.cli.report.pages.kinds import AskedPage, asked_pages, report_commands
    from privacykit.cli.report.pages.shown import said, shown_by
    from privacykit.reports.output.html import policy

    uvicorn = _uvicorn()
    kinds = report_commands()
    shared = asdict(events) | {"k": k}
    named = asked_pages(report or ())
    _check(named, shared)
    pages = [
        *named,
        *(AskedPage(name, command, {}) for name, command in kinds.items() if command.is_open),
    ]
    shown = shown_by(pages, shared)
    app = ReportPages(shown, policy(form=True), said)
    options = {"log_level": "warning", "access_log": False, "server_header": False}
    config = uvicorn.Config(
        app, ws="none", lifespan="off", proxy_headers=False, date_header=False, **options
    )
    try:
        listener = socket.create_server((ADDRESS, port))
    except OSError:
        message = f"port {port} of this machine is taken; choose another with --port"
        raise BackendError(message) from None
    with listener, suppress(KeyboardInterrupt):
        say(f"reports are at http://{ADDRESS}:{listener.getsockname()[1]}/ until Ctrl+C")
        uvicorn.Server(config).run(sockets=[listener])


def _check(named: Sequence[AskedPage], shared: Mapping[str, Any]) -> None:
    """
    Refuse to start where a report that is named cannot be asked.

    Raises:
        InputError: One cannot.
    """
    for page in named:
        try:
            page.command.check(page.given, shared)
        except InputError as error:
            raise InputError(f"--report, page {page.name}: {error}") from None


def _uvicorn() -> Any:  # noqa: ANN401 - a package that may not be there
    try:
        return import_module("uvicorn")
    except ModuleNotFoundError:
        raise MissingExtraError("run", "'privacykit report serve'") from None
