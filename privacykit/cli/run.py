"""
``privacykit run``: serve any ASGI application wrapped, without changing it.

Imports the application, starts uvicorn. Our log configuration is used from the first line on, and
uvicorn's own reading of proxy headers is off: it trusts every client on the loopback interface, and
resolving the client twice is wrong. ``[client_ip]`` says whom to trust.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
import typer

from privacykit.cli.console import CONFIG, Exit, stop, warn
from privacykit.errors import ConfigurationError, MissingExtraError, Problem
from privacykit.metrics.prometheus import MULTIPROCESS

ENVIRONMENT = "PRIVACYKIT_RUN"
"""Tells the processes that uvicorn starts what to serve."""
FACTORY = "privacykit.cli.run:application"


class Target(msgspec.Struct, frozen=True):
    """
    What to serve.

    Attributes:
        app: ``package.module:name``.
        config: Path of the configuration file.
        factory: Whether *app* names a function that returns the application.
    """

    app: str
    config: str
    factory: bool = False


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("run")(run)


def run(  # noqa: PLR0913 (typer makes one option of each parameter)
    app: Annotated[str, typer.Argument(metavar="APP", help="The application: package.module:name")],
    *,
    config: CONFIG = "privacykit.toml",
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
    """Serve an ASGI application, wrapped: weakened addresses, honoured signals, quiet logs."""
    if reload and workers > 1:
        stop(Exit.MISUSE, "PK004 --reload serves with one process; leave out --workers")
    uvicorn = _uvicorn()
    sys.path.insert(0, os.path.abspath(app_dir))  # noqa: PTH100 (an entry of sys.path is text)
    target = Target(app, config, factory)
    several = reload or workers > 1
    # In this process first: a worker that cannot start would be started again for ever.
    wrapped = wrap_target(target, check=several)
    os.environ[ENVIRONMENT] = msgspec.json.encode(target).decode()
    from privacykit.logs import run_log_config

    with _shared_metrics(config, workers), _ended_by_server():
        uvicorn.run(
            FACTORY if several else wrapped,
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
def _shared_metrics(config: str, workers: int) -> Iterator[None]:
    """Give several workers a folder to add up their metrics in, where we serve them."""
    from privacykit.settings.load import load

    if workers == 1 or MULTIPROCESS in os.environ or load(config).metrics.listen is None:
        yield
        return
    with TemporaryDirectory(prefix="privacykit-metrics-") as folder:
        os.environ[MULTIPROCESS] = folder
        try:
            yield
        finally:
            del os.environ[MULTIPROCESS]


def application() -> Any:  # noqa: ANN401 (any ASGI application)
    """Return the application that :data:`ENVIRONMENT` names, wrapped; called by uvicorn."""
    return wrap_target(msgspec.json.decode(os.environ[ENVIRONMENT], type=Target))


def wrap_target(target: Target, *, check: bool = False) -> Any:  # noqa: ANN401
    """
    Import what *target* names and wrap it.

    Args:
        target: What to serve.
        check: Whether to look if a start would be refused.

    Raises:
        ConfigurationError: It cannot be imported, or the configuration is wrong.
    """
    from privacykit.settings.load import load
    from privacykit.settings.wire import build
    from privacykit.web.asgi import PrivacyEdge

    app = import_app(target.app, factory=target.factory)
    engine = build(load(target.config), base=target.config)
    if check:
        engine.check()
    return PrivacyEdge(app, engine)


def import_app(name: str, *, factory: bool = False) -> Any:  # noqa: ANN401
    """
    Return the application called *name*.

    Args:
        name: ``package.module:name``; the part after the colon may be dotted.
        factory: Whether to call what is found and return the result.

    Raises:
        ConfigurationError: PK002 when there is none of that name, PK003 when importing it fails.
    """
    module_name, _, path = name.partition(":")
    if not (module_name and path):
        hint = "for example shop:app"
        raise ConfigurationError(_wrong(name, "an application is named package.module:name", hint))
    found = _module(name, module_name)
    for part in path.split("."):
        if not hasattr(found, part):
            raise ConfigurationError(
                _wrong(name, f"'{module_name}' has no '{path}'", "look after the colon")
            )
        found = getattr(found, part)
    if factory:
        found = _made(name, found)
    if not callable(found):
        raise ConfigurationError(
            _wrong(
                name, "that is no application: it cannot be called", "or did you mean --factory?"
            )
        )
    return found


def _module(name: str, module_name: str) -> Any:  # noqa: ANN401
    try:
        return import_module(module_name)
    except Exception as error:  # noqa: BLE001 (an application can fail in any way)
        missing = isinstance(error, ModuleNotFoundError) and error.name
        if missing and f"{module_name}.".startswith(f"{missing}."):
            hint = "is the folder right? --app-dir names another one"
            raise ConfigurationError(
                _wrong(name, f"there is no module '{module_name}'", hint)
            ) from None
        raise ConfigurationError(_failed(name, error)) from None


def _made(name: str, factory: Any) -> Any:  # noqa: ANN401
    try:
        return factory()
    except Exception as error:  # noqa: BLE001 (an application can fail in any way)
        raise ConfigurationError(_failed(name, error)) from None


def _wrong(name: str, message: str, hint: str) -> Problem:
    return Problem("PK002", "command line", name, message, hint)


def _failed(name: str, error: BaseException) -> Problem:
    """Show the application's own traceback, which is the application's business, and sum it up."""
    warn("".join(traceback.format_exception(error)).rstrip())
    message = f"importing it failed with {type(error).__name__}"
    hint = "the traceback above is the application's"
    return Problem("PK003", "command line", name, message, hint)


def _uvicorn() -> Any:  # noqa: ANN401
    try:
        return import_module("uvicorn")
    except ModuleNotFoundError:
        raise MissingExtraError("run", "'privacykit run'") from None
