"""Look at an installation without starting it: what ``check`` asks. Reads files, asks stores."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial

from privacykit.collect.cookies import CookieGate
from privacykit.collect.counters import Counters
from privacykit.devices.user_agent import DeviceReader
from privacykit.errors import BackendError, ConfigurationError, MissingExtraError, Problem
from privacykit.logs import uncovered_servers
from privacykit.policy.override import overridden
from privacykit.settings.backends import Backends
from privacykit.settings.law import Law
from privacykit.settings.load import load
from privacykit.settings.locate import client_of, places_of
from privacykit.settings.paths import Paths
from privacykit.settings.sites import ip_method_of
from privacykit.stores.salts import workers_of


def _prepare(backends: Backends, name: str) -> None:
    getattr(backends, name).prepare()


def _cookies_set_by(url: str) -> list[str]:
    try:
        import httpx2
    except ImportError:
        raise MissingExtraError("http", "check --url") from None
    try:
        response = httpx2.get(url, follow_redirects=True, timeout=10)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        raise BackendError("the page cannot be fetched") from None
    seen = [*(each for r in response.history for each in r.cookies), *response.cookies]
    return sorted(set(seen))


class Inspection:
    """
    The parts of an installation, each looked at on its own.

    Args:
        config: Path of the configuration file.

    Raises:
        ConfigurationError: The file itself is wrong.
    """

    def __init__(self, config: str) -> None:
        self.file = config
        self.settings = load(config)
        self.paths = Paths.beside(config)
        self.counters = Counters()
        self.backends = Backends(
            self.settings,
            self.paths,
            counters=self.counters,
            clock=time.time,
            workers=workers_of(os.environ),
        )

    def looks(self) -> Iterator[Callable[[], object]]:
        """Yield what to try, one part each; a part that is wrong raises an error of ours."""
        settings, backends = self.settings, self.backends
        yield lambda: Law(settings, self.paths)
        yield lambda: ip_method_of(settings)
        yield lambda: client_of(settings)
        yield lambda: backends.keys
        yield partial(_prepare, backends, "salts")
        yield partial(_prepare, backends, "consents")
        yield partial(_prepare, backends, "outbox")
        yield backends.sinks

    def warnings(self) -> Iterator[Problem]:
        """Yield what works and deserves a word."""
        settings = self.settings
        places = places_of(settings, self.paths, self.counters, time.time)
        yield from places.status().problems
        places.close()
        yield from DeviceReader().problems()
        for server, advice in uncovered_servers().items():
            yield Problem(
                "PK041", "environment", server, "this server's access log is out of reach", advice
            )
        yield from self._overrides()
        if settings.geo.database is None and settings.geo.edge is None:
            yield self._warning(
                "PK042",
                "geo.database",
                "no geo database: every place is unknown, and the strictest law of all holds",
                "give a MaxMind-format file, of any vendor",
            )
        if settings.events.page is None:
            yield self._warning(
                "PK043",
                "events.page",
                "no page events are made",
                'name a purpose, as in page = "analytics"',
            )
        if not settings.choice.secure:
            yield self._warning(
                "PK044",
                "choice.secure",
                "choices are kept in cookies that plain HTTP may carry",
                "remove it outside your own machine",
            )
        for id_, table in settings.purposes.items():
            if not table.label and set(table.uses) != {"strictly_necessary"}:
                yield self._warning(
                    "PK045",
                    f"purposes.{id_}.label",
                    "visitors read the bare name of this purpose",
                    "give it a label and a description",
                )

    def _overrides(self) -> Iterator[Problem]:
        try:
            policies = Law(self.settings, self.paths).policies
        except ConfigurationError:
            return
        for one in overridden(policies):
            message = f"a clause of ours is overridden: {one.reason}"
            yield Problem("PK070", f"{one.policy}.toml", one.path, message)

    def unknown_cookies(self, url: str) -> Iterator[Problem]:
        """
        Fetch *url* and yield a warning for each cookie it sets that ``[cookies]`` does not name.

        Raises:
            MissingExtraError: The extra ``http`` is not installed.
            BackendError: The page cannot be fetched.
        """
        gate = CookieGate(tuple(self.settings.cookies.items()))
        ours = ("pk-", "__Host-pk-", "__Secure-pk-")
        for name in _cookies_set_by(url):
            if gate.purpose_of(name) is None and not name.startswith(ours):
                yield self._warning(
                    "PK046",
                    f"cookies.{name}",
                    "this cookie is set by the page and has no purpose",
                    "name one in [cookies]",
                )

    def _warning(self, code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, self.file, key, message, hint)
