"""
Keeping logs as weak as events: no full address, user agent, referrer, query or token in them.

:func:`install` covers the access logs of the servers we know; :class:`PrivacyProcessor` covers
structlog, :class:`PrivacyPatcher` loguru, :class:`PrivacyFilter` and :class:`PrivacyFormatter` an
application's own loggers; :func:`run_log_config` is the configuration of ``privacykit run``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privacykit.logs.config import run_log_config
    from privacykit.logs.filter import AccessLogFilter, install
    from privacykit.logs.formatter import PrivacyFormatter
    from privacykit.logs.loguru import PrivacyPatcher
    from privacykit.logs.processor import PrivacyFilter, PrivacyProcessor
    from privacykit.logs.route import note_route
    from privacykit.logs.servers import covered_servers, uncovered_servers

_HOMES = {
    "AccessLogFilter": "filter",
    "PrivacyFilter": "processor",
    "PrivacyFormatter": "formatter",
    "PrivacyPatcher": "loguru",
    "PrivacyProcessor": "processor",
    "covered_servers": "servers",
    "install": "filter",
    "note_route": "route",
    "run_log_config": "config",
    "uncovered_servers": "servers",
}

__all__ = [
    "AccessLogFilter",
    "PrivacyFilter",
    "PrivacyFormatter",
    "PrivacyPatcher",
    "PrivacyProcessor",
    "covered_servers",
    "install",
    "note_route",
    "run_log_config",
    "uncovered_servers",
]


def __getattr__(name: str) -> object:
    # Most commands need one small module of this room, and none of what the others import.
    if name in _HOMES:
        return getattr(import_module(f"privacykit.logs.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'privacykit.logs' has no attribute '{name}'")


def __dir__() -> list[str]:
    return list(__all__)
