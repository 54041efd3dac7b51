"""A runtime with its threads: started lazily in each process, drained when the server stops."""

from __future__ import annotations

import atexit
import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Lock, Thread
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from privacykit import forks
from privacykit.collect.cookies.gate import CookieFilter
from privacykit.collect.memo import KIBIBYTE, Memo
from privacykit.collect.runtime import Runtime
from privacykit.errors import BackendError, ConfigurationError
from privacykit.logs.say import say
from privacykit.pseudonym.url.paths import scrub_path
from privacykit.runtime.alarms import cause_of
from privacykit.web.banner.inline import banner_of
from privacykit.web.carriers import Carriers
from privacykit.web.template import Templates

if TYPE_CHECKING:
    from privacykit.web.preferences.http import Pages


class EnginePart(Protocol):
    """Something with threads: keeper, outbox, deliverer."""

    def start(self) -> None:
        """Start; called once per process."""
        ...

    def stop(self, deadline: float) -> object:
        """Stop within *deadline* seconds."""
        ...


@runtime_checkable
class Checks(Protocol):
    """A part whose start may be refused, and which can tell so before."""

    def check(self) -> None:
        """
        Look whether a start would be refused, and start nothing.

        Raises:
            ConfigurationError: It would.
        """
        ...


PATIENCE_SECONDS = 2.0
"""How long the first requests wait for a start that no lifespan asked for; the loop goes on."""
RETRY_SECONDS = 5.0
"""How soon a start that failed is tried again; till then requests are served bare."""

MOST_COOKIES_SAID = 50
LONGEST_COOKIE_SAID = 64


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
        carriers: Takes out of requests the headers that carry addresses.
        page_prefixes: How paths begin that are ours; each ends with a slash.
        pages: Serves them.

    Attributes:
        causes: The last failure of each part, without data; see :func:`cause_of`.
        refusal: None: what was built may start.
    """

    def __init__(  # noqa: PLR0913 - the parts of the whole, each by its name
        self,
        runtime: Runtime,
        parts: Sequence[EnginePart],
        *,
        templates: Templates,
        note_page: Callable[[str], object] = str,
        necessary: CookieFilter,
        names_cookie: Callable[[bytes], bool],
        weakens_client: bool,
        carriers: Carriers,
        page_prefixes: tuple[str, ...],
        pages: Pages,
    ) -> None:
        self.runtime = runtime
        runtime.failed = self.failed
        self.templates = templates
        self.note_page = note_page
        self.necessary = necessary
        self.weakens_client = weakens_client
        self.carriers = carriers
        self.page_prefixes = page_prefixes
        self.pages = pages
        if page_prefixes:
            runtime.banner = partial(banner_of, pages, page_prefixes[0].removesuffix("/"))
        self._names_cookie: Memo[bytes, bool] = Memo(names_cookie, 64 * KIBIBYTE)
        self._unknown_cookies: set[bytes] = set()
        self.causes: dict[str, str] = {}
        self._not_before = 0.0
        self._parts = tuple(parts)
        self.running = False
        self.refusal: ConfigurationError | None = None
        self._starter: Thread | None = None
        self._began = 0.0
        self.after_fork_in_child()
        forks.renew(self)

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
            started: list[EnginePart] = []
            forks.import_ahead()
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

    def start_soon(self) -> float:
        """
        Start in a thread of its own, unless that is under way or failed only just now.

        Returns:
            Seconds for which a request may wait for it: a start takes a moment, and none when a
            store does not answer or the last one failed.
        """
        now = time.monotonic()
        with self._beginning:
            starting = self._starter is not None and self._starter.is_alive()
            if not starting and not self.running and now >= self._not_before:
                self._began = now
                self._starter = Thread(target=self._try_start, name="privacykit-start", daemon=True)
                self._starter.start()
                starting = True
        return self._began + PATIENCE_SECONDS - now if starting else 0.0

    def _try_start(self) -> None:
        with suppress(Exception):  # it was said; requests go on, bare
            self.start()

    def check(self) -> None:
        """
        Look whether a start would be refused, and start nothing.

        Raises:
            ConfigurationError: It would.
        """
        for part in self._parts:
            if isinstance(part, Checks):
                part.check()

    def failed(self, part: str, error: Exception) -> None:
        """Count a failure of ours at *part* of a request; the keeper's thread tells of it."""
        self.runtime.count("error", part)
        self.causes[part] = cause_of(error)

    def _say_not_started(self, error: Exception) -> None:
        cause = cause_of(error)
        if self.causes.get("start") != cause:
            self.causes["start"] = cause
            say(logging.ERROR, "not started: %s", cause)

    def stop(self, deadline: float) -> None:
        """Drain and stop the threads, within about *deadline* seconds each."""
        with self._lock:
            if self.running:
                self.running = False
                atexit.unregister(self.stop)
                for part in reversed(self._parts):
                    part.stop(deadline)
                say(logging.INFO, "counts %s", json.dumps(self.counts(), sort_keys=True))

    def saw_cookie(self, name: bytes) -> None:
        """Count a cookie that the application sets and no rule names; say each name once."""
        if self._names_cookie[name]:
            return
        self.runtime.count("cookie_unknown", "response")
        if name not in self._unknown_cookies and len(self._unknown_cookies) < MOST_COOKIES_SAID:
            self._unknown_cookies.add(name)
            # A name may hold an id or an address of somebody's, just as a path may.
            shown = scrub_path("/" + name.decode("ascii", "replace")[:LONGEST_COOKIE_SAID])[1:]
            say(logging.WARNING, "[cookies] names no purpose for the cookie '%s'", shown)

    def counts(self) -> dict[str, int]:
        """Return the counters, ``name`` or ``name:reason`` to number; no data of anybody."""
        return {
            f"{name}:{reason}" if reason else name: n
            for (name, reason), n in self.runtime.counters.snapshot().items()
            if n
        }

    def after_fork_in_child(self) -> None:
        """Nothing runs here yet: the threads are the parent's."""
        self._lock = Lock()
        self._beginning = Lock()
        self._starter = None
        self.running = False
