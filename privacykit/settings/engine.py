"""A runtime with its threads: started lazily in each process, drained when the server stops."""

from __future__ import annotations

import atexit
import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Protocol
from weakref import WeakSet

from privacykit.collect.cookies import CookieFilter
from privacykit.collect.memo import Memo
from privacykit.collect.runtime import Runtime
from privacykit.errors import BackendError
from privacykit.logs.paths import clean_path
from privacykit.settings.alarms import cause_of
from privacykit.web.headers import Carriers
from privacykit.web.template import Templates


class Part(Protocol):
    """Something with threads: keeper, outbox, deliverer."""

    def start(self) -> None:
        """Start; called once per process."""
        ...

    def stop(self, deadline: float) -> object:
        """Stop within *deadline* seconds."""
        ...


RETRY_SECONDS = 5.0
"""How soon a start that failed is tried again; till then requests are served bare."""

MOST_COOKIES_SAID = 50
LONGEST_COOKIE_SAID = 64

_log = logging.getLogger("privacykit")
_engines: WeakSet[Engine] = WeakSet()


class Engine:
    """
    What the edges act by: a runtime, and the parts that live in threads.

    Args:
        runtime: What requests share.
        parts: Started in this order, stopped in reverse.
        templates: Finds route templates.
        note_page: Is told the template of each request, for the server's access log.
        necessary: The cookies that pass when we fail.
        names_cookie: Tells whether a rule names a cookie.
        weakens_client: Whether the application sees only the weakened address.
        carriers: Takes the headers that carry addresses out of requests.
        route_prefixes: How paths begin that are ours; each ends with a slash.
        routes: Serves them.

    Attributes:
        causes: The last failure of each part, without data; see :func:`cause_of`.
    """

    def __init__(  # noqa: PLR0913 - the parts of the whole, each by its name
        self,
        runtime: Runtime,
        parts: Sequence[Part],
        *,
        templates: Templates,
        note_page: Callable[[str], object] = str,
        necessary: CookieFilter,
        names_cookie: Callable[[bytes], bool],
        weakens_client: bool,
        carriers: Carriers,
        route_prefixes: tuple[str, ...],
        routes: Callable[..., Any],
    ) -> None:
        self.runtime = runtime
        runtime.failed = self.failed
        self.templates = templates
        self.note_page = note_page
        self.necessary = necessary
        self.weakens_client = weakens_client
        self.carriers = carriers
        self.route_prefixes = route_prefixes
        self.routes = routes
        self.running = False
        self._names_cookie: Memo[bytes, bool] = Memo(names_cookie, 256)
        self._unknown_cookies: set[bytes] = set()
        self.causes: dict[str, str] = {}
        self._not_before = 0.0
        self._parts = tuple(parts)
        self._lock = Lock()
        _engines.add(self)

    def start(self) -> None:
        """
        Start the threads of this process; safe to call again.

        Raises:
            ConfigurationError: A store or file is set up so that no promise could be held.
            BackendError: It was tried, in vain, only just now.
        """
        with self._lock:
            if self.running:
                return
            if time.monotonic() < self._not_before:
                raise BackendError("not started: see the first failure")
            started: list[Part] = []
            try:
                for part in self._parts:
                    part.start()
                    started.append(part)
            except Exception as error:
                self._not_before = time.monotonic() + RETRY_SECONDS
                self._say_not_started(error)
                for part in reversed(started):
                    part.stop(0)
                raise
            self.running = True
            atexit.register(self.stop, 5.0)

    def check(self) -> None:
        """
        Look whether a start would be refused, and start nothing.

        Raises:
            ConfigurationError: It would.
        """
        for part in self._parts:
            check = getattr(part, "check", None)
            if check is not None:
                check()

    def failed(self, part: str, error: Exception) -> None:
        """Count a failure of ours at *part* of a request; the keeper's thread tells of it."""
        self.runtime.count("error", part)
        self.causes[part] = cause_of(error)

    def _say_not_started(self, error: Exception) -> None:
        cause = cause_of(error)
        if self.causes.get("start") != cause:
            self.causes["start"] = cause
            _log.error("privacykit: not started: %s", cause)

    def stop(self, deadline: float) -> None:
        """Drain and stop the threads, within about *deadline* seconds each."""
        with self._lock:
            if self.running:
                self.running = False
                atexit.unregister(self.stop)
                for part in reversed(self._parts):
                    part.stop(deadline)
                _log.info("privacykit: counts %s", json.dumps(self.counts(), sort_keys=True))

    def saw_cookie(self, name: bytes) -> None:
        """Count a cookie that the application sets and no rule names; say each name once."""
        if self._names_cookie[name]:
            return
        self.runtime.count("cookie_unknown", "response")
        if name not in self._unknown_cookies and len(self._unknown_cookies) < MOST_COOKIES_SAID:
            self._unknown_cookies.add(name)
            # A name may hold an id or an address of somebody's, just as a path may.
            shown = clean_path("/" + name.decode("ascii", "replace")[:LONGEST_COOKIE_SAID])[1:]
            _log.warning("privacykit: [cookies] names no purpose for the cookie '%s'", shown)

    def counts(self) -> dict[str, int]:
        """Return the counters, ``name`` or ``name:reason`` to number; no data of anybody."""
        return {
            f"{name}:{reason}" if reason else name: n
            for (name, reason), n in self.runtime.counters.snapshot().items()
            if n
        }

    def _forked(self) -> None:
        self._lock = Lock()
        self.running = False


def _after_fork() -> None:
    for engine in list(_engines):
        engine._forked()  # noqa: SLF001 - the same module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
