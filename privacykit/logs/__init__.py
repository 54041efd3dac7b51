"""
Keeping logs as weak as events: no full address, user agent, referrer, query or token in them.

:func:`install` covers the access logs of the servers we know; :class:`PrivacyProcessor` covers
structlog; :func:`run_log_config` is the configuration of ``privacykit run``.
"""

from __future__ import annotations

from privacykit.logs.config import run_log_config
from privacykit.logs.filter import AccessLogFilter, install
from privacykit.logs.processor import PrivacyProcessor
from privacykit.logs.route import note_route
from privacykit.logs.servers import covered_servers, uncovered_servers

__all__ = [
    "AccessLogFilter",
    "PrivacyProcessor",
    "covered_servers",
    "install",
    "note_route",
    "run_log_config",
    "uncovered_servers",
]
