"""
The command ``privacykit run``: serve any ASGI or WSGI application wrapped, without changing it.

Imports the application, starts uvicorn or gunicorn. Our log configuration is used from the first
line on, and uvicorn's own reading of proxy headers is off: it trusts every client on the loopback
interface, and resolving the client twice is wrong. ``[client_ip]`` says whom to trust.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privacykit.cli.run.hosts import unlisted
from privacykit.cli.run.trial import check_loopback, is_trial, said, set_up_trial
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, Exit, stop, warn
from privacykit.errors import MissingExtraError
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.settings.model import Settings


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    add(app, "run", run, "privacykit run shop.main:app --port 8000")


def run(  # noqa: PLR0913 (typer makes one option of each parameter)
    app: Annotated[
        str, typer.Argument(metavar="APP", help="The application: package.module:name")
    ] = "",
    *,
    config: CONFIG = DEFAULT_FILE,
    requests_only: Annotated[
        bool, typer.Option("--requests", help="Serve no APP: only what takes subject requests.")
    ] = False,
    factory: Annotated[
        bool, typer.Option("--factory", help="APP is a function that returns the application.")
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    uds: Annotated[
        str | None, typer.Option(metavar="PATH", help="Listen on a unix socket instead.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that serve.")] = 1,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again when files change; for development.")
    ] = False,
    app_dir: Annotated[str, typer.Option(metavar="DIR", help="Look for APP here first.")] = ".",
    access_log: Annotated[
        bool, typer.Option("--access-log/--no-access-log", help="One weakened line a request.")
    ] = True,
) -> None:
    """
    Serve an ASGI or WSGI application, wrapped: weakened addresses, honoured signals, quiet logs.

    ASGI is served by uvicorn, WSGI (Flask, Django's wsgi.py) by gunicorn.

    With --requests there is no APP: the request form and the protocols that the file names are
    served, and nothing else; a file for requests only needs no site.

    Where there is no privacykit.toml it is a trial, for this machine only: events are kept in the
    folder privacykit-trial, and `privacykit init` ends it.
    """
    if reload and workers > 1:
        stop(Exit.MISUSE, "PK004 --reload serves with one process; leave out --workers")
    if bool(app) is requests_only:
        stop(Exit.MISUSE, "PK451 name an APP to serve, or write --requests and none")
    from privacykit.cli.run.gunicorn_server import GunicornOptions, bind_of, gunicorn, serve
    from privacykit.cli.run.target import (
        ENVIRONMENT,
        FACTORY,
        REQUESTS_ONLY,
        ServedApp,
        import_app,
        wrapped,
    )
    from privacykit.served import ServedProcess, engine_from, served_settings
    from privacykit.web.application import is_wsgi
    from privacykit.web.data_page.person import nobody

    uvicorn, trial = _uvicorn(), is_trial(config) and not requests_only
    if trial:
        check_loopback(host, uds)
    sys.path.insert(0, os.path.abspath(app_dir))  # noqa: PTH100 (an entry of sys.path is text)
    find = set_up_trial if trial else lambda: config
    with ServedProcess(find, requests_only=requests_only) as process:
        app = app or REQUESTS_ONLY
        found = import_app(app, factory=factory)
        if wsgi := is_wsgi(found):
            gunicorn()
        config = process.config
        if trial:
            warn("\n".join(said(config)))
        several, ready = wsgi or reload or workers > 1, FACTORY
        if several:  # here first: a worker that cannot start would be started again for ever
            engine_from(config, nobody, requests_only=requests_only).check()
        else:
            ready = wrapped(found, process.engine)
        settings = served_settings(config, requests_only=requests_only)
        if uds is None and (unknown := unlisted(settings, config, host, port)) is not None:
            warn(str(unknown))
        os.environ[ENVIRONMENT] = ServedApp(app, config, factory, requests_only).encoded()
        from privacykit.logs import run_log_config

        with _shared_metrics(settings, workers), _ended_by_server():
            if wsgi:
                serve(GunicornOptions(bind_of(host, port, uds), workers, reload, access_log))
                return
            uvicorn.run(
                ready,
                factory=several,
                host=host,
                port=port,
                uds=uds,
                workers=workers,
                reload=reload,
                access_log=access_log,
                log_config=run_log_config(),
                proxy_headers=False,
                server_header=False,
            )


@contextmanager
def _ended_by_server() -> Iterator[None]:
    try:
        yield
    except SystemExit as ended:
        # uvicorn's 3 means it could not start; ours means partly done.
        stop(Exit.FOUND if ended.code else Exit.DONE)


@contextmanager
def _shared_metrics(settings: Settings, workers: int) -> Iterator[None]:
    """Give several workers a folder to add up their metrics in, where we serve them."""
    from privacykit.metrics.prometheus import MULTIPROCESS

    if workers == 1 or MULTIPROCESS in os.environ or settings.metrics.listen is None:
        yield
        return
    with TemporaryDirectory(prefix="privacykit-metrics-") as folder:
        os.environ[MULTIPROCESS] = folder
        try:
            yield
        finally:
            del os.environ[MULTIPROCESS]


def _uvicorn() -> Any:  # noqa: ANN401
    try:
        return import_module("uvicorn")
    except ModuleNotFoundError:
        raise MissingExtraError("run", "'privacykit run'") from None
