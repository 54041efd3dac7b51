"""
WSGI applications served by gunicorn: processes that fork, each with threads. Starts gunicorn.

Each process wraps the application for itself once it is forked. With ``--reload`` this file is run
by an interpreter of its own, which has imported nothing of the application: gunicorn forks its
processes anew, and what was imported before would stay as it was.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from logging.config import dictConfig
from typing import TYPE_CHECKING, Any

import msgspec

from privacykit.cli.run.target import application
from privacykit.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIONS = "PRIVACYKIT_RUN_GUNICORN"
"""Tells an interpreter that begins anew how to serve."""
THREADS = 8
"""Of each process: requests that it serves at once."""
LINE = '%(h)s - - %(t)s "%(r)s" %(s)s %(b)s'
"""An access line, as NCSA's common format has it."""


class GunicornOptions(msgspec.Struct, frozen=True):
    """
    How to serve.

    Attributes:
        bind: Where to listen: ``host:port`` or ``unix:PATH``.
        workers: Processes.
        reload: Whether to start again when files change.
        access_log: Whether to write a line a request.
    """

    bind: str
    workers: int = 1
    reload: bool = False
    access_log: bool = True

    def settings(self) -> dict[str, object]:
        """Return them in gunicorn's words."""
        return {
            "bind": [self.bind],
            "workers": self.workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "reload": self.reload,
            "accesslog": "-" if self.access_log else None,
            "access_log_format": LINE,
            "control_socket_disable": True,
        }


def bind_of(host: str, port: int, uds: str | None) -> str:
    """Return where to listen, as gunicorn names it."""
    if uds is not None:
        return f"unix:{uds}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def serve(options: GunicornOptions) -> None:
    """
    Serve the application that the environment names, until somebody ends it.

    Raises:
        MissingExtraError: gunicorn is not installed; it runs on POSIX systems only.
    """
    gunicorn()
    if options.reload:
        os.environ[OPTIONS] = msgspec.json.encode(options).decode()
        os.execv(sys.executable, [sys.executable, "-m", __name__])  # noqa: S606 - ourselves
    _serve(options)


def gunicorn() -> Any:  # noqa: ANN401 - a package without types
    """
    Return gunicorn's base of applications.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return import_module("gunicorn.app.base").BaseApplication
    except ModuleNotFoundError:
        raise MissingExtraError("run", "'privacykit run' of a WSGI application") from None


def _serve(options: GunicornOptions) -> None:
    from privacykit.logs import install
    from privacykit.logs.config import own_log_config

    base = gunicorn()

    class Served(base):  # type: ignore[misc, valid-type]
        def load_config(self) -> None:
            for name, value in options.settings().items():
                if name in self.cfg.settings:  # older versions have fewer
                    self.cfg.set(name, value)

        def load(self) -> Callable[..., object]:
            made = application()
            made.start_soon()
            return made  # type: ignore[no-any-return]

    dictConfig(own_log_config())
    install()
    Served(prog="privacykit run").run()


if __name__ == "__main__":  # pragma: no cover - by an interpreter of its own
    _serve(msgspec.json.decode(os.environ[OPTIONS], type=GunicornOptions))
