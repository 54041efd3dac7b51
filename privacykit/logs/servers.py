"""Servers whose access logs are covered, and those that cannot be. Looks at what is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from types import MappingProxyType

_COVERED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # uvicorn tells of websockets on its error logger.
        "uvicorn": ("uvicorn.access", "uvicorn.error"),
        "hypercorn": ("hypercorn.access",),
        "granian": ("granian.access",),
        # gunicorn names the target of a request that failed, and who sent one that it cannot read.
        "gunicorn": ("gunicorn.access", "gunicorn.error"),
        # waitress writes no access log; it names the path of a request that failed.
        "waitress": ("waitress",),
        # Its server for development, and what it says of requests that failed.
        "django": ("django.server", "django.request"),
    }
)

_UNCOVERED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "daphne": ("daphne", "drop --access-log, which writes to a stream of its own"),
        "cheroot": ("cheroot", "switch off its access log, which it formats itself"),
        "uwsgi": ("uwsgidecorators", "pass --disable-logging, as it logs in C"),
    }
)
"""Servers that nobody installs for anything else, by a module of theirs, and what to do."""


def covered_servers() -> Mapping[str, tuple[str, ...]]:
    """Return the servers whose access log :func:`privacykit.logs.install` covers, with loggers."""
    return _COVERED


def uncovered_servers(is_installed: Callable[[str], bool] | None = None) -> dict[str, str]:
    """
    Return the installed servers whose access log is out of our reach, with what to do about it.

    Args:
        is_installed: Tells whether a module can be imported; by default the import system does.
    """
    found = is_installed or _is_installed
    return {name: advice for name, (module, advice) in _UNCOVERED.items() if found(module)}


def _is_installed(name: str) -> bool:
    return find_spec(name) is not None
