"""
An engine that was never built: what the edges act by where the configuration is wrong. Logs.

A server that has a lifespan is told at its start, and ends. Where there is none (``lifespan off``,
Django, a mounted application) the first request says it in the log, and all are served bare: no
address, no header that carries one, no cookie in either direction, since none is known to be
needed. Nothing is collected.
"""

from __future__ import annotations

import logging
from typing import NoReturn

from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.runtime import Runtime
from privacykit.errors import BackendError, ConfigurationError
from privacykit.logs.say import say
from privacykit.settings.model import ClientIpTable
from privacykit.web.carriers import Carriers
from privacykit.web.preferences.http import PageRequest, PageResponse
from privacykit.web.template import Templates


class RefusedEngine:
    """
    Refuses to start, and serves bare where nobody asked it to.

    Args:
        refusal: What is wrong with the configuration.

    Attributes:
        refusal: The same; a server is told before the application's own start.
    """

    def __init__(self, refusal: ConfigurationError) -> None:
        self.refusal = refusal
        self.running = False
        self.weakens_client = True
        self.templates = Templates()
        self.necessary = CookieGate().only(frozenset())
        self.carriers = Carriers(ClientIpTable().header)
        self.page_prefixes: tuple[str, ...] = ()
        self._said = False

    @property
    def runtime(self) -> Runtime:
        """
        There is none.

        Raises:
            BackendError: Always.
        """
        raise BackendError("PK154 not started: the configuration is wrong")

    def start(self) -> NoReturn:
        """
        Refuse.

        Raises:
            ConfigurationError: Always, with every problem.
        """
        raise self.refusal

    def start_soon(self) -> float:
        """Say what is wrong, once; no request waits for it to be mended."""
        if not self._said:
            self._said = True
            say(
                logging.ERROR,
                "not started, and every request is served without its address and cookies:\n%s",
                self.refusal,
            )
        return 0.0

    def check(self) -> NoReturn:
        """
        Refuse.

        Raises:
            ConfigurationError: Always, with every problem.
        """
        raise self.refusal

    def stop(self, deadline: float) -> None:
        """Nothing runs."""

    def failed(self, part: str, error: Exception) -> None:
        """Nothing is counted: it was said."""

    def saw_cookie(self, name: bytes) -> None:
        """Nothing is known of cookies."""

    def note_page(self, page: str) -> None:
        """No access log is kept."""

    def pages(self, request: PageRequest) -> PageResponse:  # noqa: ARG002 - there is none
        """
        There are none of ours.

        Raises:
            BackendError: Always.
        """
        raise BackendError("PK154 not started: the configuration is wrong")
