"""The application that ``privacykit run`` serves: found by name, wrapped. Imports it."""

from __future__ import annotations

import os
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from privacykit.cli.terminal.console import warn
from privacykit.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from privacykit.runtime.engine import Engine

ENVIRONMENT = "PRIVACYKIT_RUN"
"""Tells the processes that servers start what to serve."""
FACTORY = "privacykit.cli.run.target:application"
REQUESTS_ONLY = "privacykit.web.requests.alone:nothing_else"
"""What is served where only subject requests are."""


class ServedApp(msgspec.Struct, frozen=True):
    """
    What to serve.

    Attributes:
        app: ``package.module:name``.
        config: Path of the configuration file.
        factory: Whether *app* names a function that returns the application.
        requests_only: Whether only subject requests are served.
    """

    app: str
    config: str
    factory: bool = False
    requests_only: bool = False

    def encoded(self) -> str:
        """Return it as the value of :data:`ENVIRONMENT`."""
        return msgspec.json.encode(self).decode()


def application() -> Any:  # noqa: ANN401 (any ASGI application)
    """
    Return the application that :data:`ENVIRONMENT` names, wrapped; called by servers.

    A process that was forked has what its parent imported, and the hooks that this handed over.
    """
    from privacykit.served import ServedProcess

    target = msgspec.json.decode(os.environ[ENVIRONMENT], type=ServedApp)
    process = ServedProcess.present or ServedProcess(
        lambda: target.config, requests_only=target.requests_only
    )
    process.begin()
    return wrapped(import_app(target.app, factory=target.factory), process.engine)


def wrapped(app: Any, engine: Engine) -> Any:  # noqa: ANN401
    """Return *app* wrapped by *engine*, whether it is ASGI or WSGI."""
    from privacykit.web.application import is_wsgi
    from privacykit.web.asgi import PrivacyEdge
    from privacykit.web.wsgi.edge import PrivacyWSGIEdge

    return PrivacyWSGIEdge(app, engine) if is_wsgi(app) else PrivacyEdge(app, engine)


def import_app(name: str, *, factory: bool = False) -> Any:  # noqa: ANN401
    """
    Return the application called *name*.

    Args:
        name: ``package.module:name``; the part after the colon may be dotted.
        factory: Whether to call what is found and return the result.

    Raises:
        ConfigurationError: PK002 when there is none of that name, PK003 when importing it fails,
            PK005 when it is neither of ASGI nor of WSGI; or the configuration
            that it names itself is wrong.
    """
    from privacykit.web.application import is_wsgi, not_asgi

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
    if not is_wsgi(found) and (wrong := not_asgi(found)) is not None:
        raise ConfigurationError(Problem("PK005", "command line", name, wrong.message, wrong.hint))
    return found


def _module(name: str, module_name: str) -> Any:  # noqa: ANN401
    try:
        return import_module(module_name)
    except ConfigurationError:
        raise  # said by ours, which the application made: no traceback tells more
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
    except ConfigurationError:
        raise
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
