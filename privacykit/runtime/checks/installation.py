"""
Look at an installation without starting it: what ``check`` asks. Reads files, asks stores.

Nothing is created: neither a file nor a table.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import anyio

from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.counters import Counters
from privacykit.collect.ports import Reachable
from privacykit.errors import (
    BackendError,
    ConfigurationError,
    MissingExtraError,
    Problem,
    SinkError,
    StoreError,
)
from privacykit.logs import uncovered_servers
from privacykit.policy.override import overridden
from privacykit.runtime.checks.named_files import named_problems, unheard
from privacykit.runtime.checks.unsaid import unsaid
from privacykit.runtime.checks.usage import kept_longer, unused
from privacykit.runtime.explained import SiteQuestions
from privacykit.runtime.locate import client_of, places_of
from privacykit.runtime.sites import ip_method_of
from privacykit.settings.backends import Backends
from privacykit.settings.exposed import content_of, readable_by_others, written_out
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.load import DEFAULT_FILE, read
from privacykit.settings.paths import SQLITE, Paths
from privacykit.stores.database.looking import open_to_look
from privacykit.stores.salts.file import SaltFile
from privacykit.stores.salts.open import NOT_SQL, open_salts, workers_of

UP = "is it up, and may we use it?"
SINK_ID = re.compile(r"PK1[678]\d|PK421")
SINK_HINTS = {
    "PK165": "mend the file or the environment variable that it names",
    "PK167": "it answers, and refuses us: look at the sink's token, key and URL",
    "PK168": "it answers, and takes nothing at present: look into its own log; events wait",
    "PK421": "look at the sink's URL, and at what stands before it: somebody else answers",
    "PK170": "is there space, and may we write into it?",
    "PK178": "it answers, and would keep nothing: make what the sink's table names there",
    "PK180": "take a server that knows If-None-Match, or a folder",
    "PK181": "look at who else writes there, and mend or remove it",
    "PK182": "nothing, if it ends: it is tried again",
    "PK184": "close it there; events wait",
    "PK185": "is it a file of DuckDB, of a version that is installed, and is there space?",
    "PK186": "make it, or let the sink, with 'create'; events wait",
    "PK187": "add them, by the statement on the page of the sink; events wait",
    "PK188": "look at what writes them again; the erasure is repeated",
}
"""What to do about what a sink said, where the sink's own words do not say it."""


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


def _ask(key: str, sink: Reachable) -> None:
    async def ask() -> None:
        try:
            await sink.answers()
        except SinkError as error:
            raise ConfigurationError(_told(key, str(error))) from None

    anyio.run(ask)


def _told(key: str, said: str) -> Problem:
    """Return the problem of a sink that *said* ``PKnnn what is wrong: what to do``, or less."""
    id_, _, words = said.partition(" ")
    if SINK_ID.fullmatch(id_) is None:
        return Problem("PK040", DEFAULT_FILE, key, said, UP)
    message, _, hint = words.partition(": ")
    return Problem(id_, DEFAULT_FILE, key, message, hint or SINK_HINTS.get(id_, UP))


def _raise(problems: Iterator[Problem]) -> None:
    if found := tuple(problems):
        raise ConfigurationError(*found)


class InstallationCheck:
    """
    The parts of an installation, each looked at on its own.

    Args:
        config: Path of the configuration file.

    Raises:
        ConfigurationError: The file itself is so wrong that nothing else can be looked at.

    Attributes:
        problems: What is wrong in the file itself; then there are stand-ins in *settings*.
    """

    def __init__(self, config: str) -> None:
        self.file = config
        self._reading = read(config)
        if self._reading.settings is None:
            raise ConfigurationError(*self._reading.problems)
        self.settings = self._reading.settings
        self.problems = self._reading.problems
        self.paths = Paths.beside(config)
        self.counters = Counters()
        self.backends = Backends(
            self.settings,
            self.paths,
            counters=self.counters,
            clock=time.time,
            workers=workers_of(os.environ),
        )

    def more(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """Yield those of *problems* that follow from nothing wrong in the file itself."""
        return self._reading.more(problems)

    def looks(self) -> Iterator[Callable[[], object]]:
        """Yield what to try, one part each; a part that is wrong raises an error of ours."""
        settings, backends = self.settings, self.backends
        yield lambda: ConfiguredLaw(settings, self.paths)
        yield lambda: _raise(named_problems(settings, self.paths, self.file))
        yield lambda: backends.keys
        if settings.collects:
            yield lambda: ip_method_of(settings)
            yield lambda: client_of(settings)
            yield backends.sinks

    def look_at_salts(self) -> None:
        """
        Look whether the salts can be kept as they must be; asks the store.

        Raises:
            ConfigurationError: They cannot.
        """
        if not self.settings.collects:
            return
        url = self.paths.url(self.settings.salts.url, "salts.url")
        if url.startswith(SQLITE):
            SaltFile(open_to_look(url, kind="salts")).check_private()
        elif url.startswith(NOT_SQL):
            try:
                open_salts(url, workers=workers_of(os.environ)).prepare()
            except StoreError as error:
                problem = self._warning("PK040", "salts.url", str(error), UP)
                raise ConfigurationError(problem) from None

    def asks(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Yield the key of each sink that can be asked whether it answers, and what asks it."""
        for key, build in self.backends.builders() if self.settings.collects else ():
            try:
                sink = build()
            except ConfigurationError:
                continue  # said already
            if isinstance(sink, Reachable):
                yield key, partial(_ask, key, sink)

    def warnings(self) -> Iterator[Problem]:
        """Yield what works and deserves a word."""
        settings = self.settings
        yield from self._exposed()
        if not settings.collects:
            return
        if not self.problems:
            yield from unused(settings)
            yield from kept_longer(settings)
        places = places_of(settings, self.paths, self.counters, time.time)
        if self._geo_is_there:
            yield from places.status().problems
        places.close()
        for server, advice in uncovered_servers().items():
            message = (
                "it is installed: where it serves the site, its access log is out of our reach"
            )
            yield Problem("PK041", "environment", server, message, f"if it does, {advice}")
        yield from unheard(settings, self.paths, self.file)
        yield from unsaid(settings, self.paths)
        yield from self._overrides()
        yield from self._purposes_asked()
        geo = settings.geo
        if not (geo.database or geo.edge or geo.country_header):
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

    @property
    def _geo_is_there(self) -> bool:
        name = self.settings.geo.database
        return name is None or self.paths.file(name).exists()

    @property
    def policy_folders(self) -> list[Path]:
        """Where the operator's own policies are."""
        return [self.paths.file(name) for name in self.settings.policies.directories]

    def _overrides(self) -> Iterator[Problem]:
        try:
            policies = ConfiguredLaw(self.settings, self.paths).policies
        except ConfigurationError:
            return
        for one in overridden(policies):
            message = f"a clause of ours is overridden: {one.reason}"
            yield Problem("PK070", f"{one.policy}.toml", one.path, message)

    def _purposes_asked(self) -> Iterator[Problem]:
        try:
            law = ConfiguredLaw(self.settings, self.paths).policies
            questions = SiteQuestions(self.settings, self.file, law)
        except ConfigurationError:
            return
        yield from questions.never_granted()
        yield from questions.belied()

    def _exposed(self) -> Iterator[Problem]:
        message = "a credential is written out in a file that others can read"
        hint = 'write { env = "NAME" } or { file = "…" } where it may, or chmod 600 the file'
        data_map = self.paths.file(self.settings.datamap.file)
        for file, content in ((self.file, self.settings), (data_map, content_of(data_map))):
            if readable_by_others(file):
                for key in written_out(content):
                    yield Problem("PK049", str(file), key, message, hint)

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
