"""
The standing canary: runs on a schedule, remembers, tells of changes, signs the log. Does I/O.

Laws of this file: a run that fails is a finding like any other; each run is one entry of the audit
log, which is signed after it; nothing that is kept or told holds a value of anybody's.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from privacykit.errors import InputError, PrivacyKitError, StoreError
from privacykit.govern.audit.chain import SYSTEM
from privacykit.operate.context import OperatorContext
from privacykit.settings.load import check_serving
from privacykit.settings.model import Settings
from privacykit.stores.watch_state import WatchState, read_state, write_state
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.site.http import Transport
from privacykit.verify.site.origin import SiteOrigin
from privacykit.verify.watch.changes import WatchChanges, WatchHook, after, changes
from privacykit.verify.watch.people import MadeUpPerson, people_of
from privacykit.verify.watch.places.files import FileMark
from privacykit.verify.watch.places.placed import EventPlaces
from privacykit.verify.watch.run import WatchReport, WatchRun, WatchTools
from privacykit.verify.watch.schedule import DAY, WatchSchedule, schedule
from privacykit.verify.watch.signups import signup_of

ACTION = "watch.ran"
"""The action of a run's entry in the audit log."""


class WatchMeans(NamedTuple):
    """
    What is given to a watcher from outside.

    Attributes:
        transport: Carries what is asked.
        clock: Unix seconds.
        random: So many random bytes.
        pause: Sleeps for some seconds while events are delivered.
    """

    transport: Transport
    clock: Callable[[], float] = time.time
    random: Callable[[int], bytes] = os.urandom
    pause: Callable[[float], object] = time.sleep


class WatchOutcome(msgspec.Struct, frozen=True):
    """
    What one round came to.

    Attributes:
        report: What the run saw.
        changes: What is different from the run before.
        schedule: When the next one is due.
        untold: Why the hook did not take it; empty where it did, or there is none.
    """

    report: WatchReport
    changes: WatchChanges
    schedule: WatchSchedule
    untold: str = ""


class Watcher:
    """
    Watches one site by one configuration.

    Args:
        config: Path of the configuration file.
        means: What is given from outside.
        url: The site, if not the one of ``[watch]``.
        every: Seconds between two runs, if not those of ``[watch]``.

    Raises:
        ConfigurationError: The configuration is wrong, has no site, or names no hook that is there.
        InputError: There is no address to visit.
    """

    def __init__(
        self, config: str, means: WatchMeans, url: str = "", every: float | None = None
    ) -> None:
        self._config = config
        self._means = means
        self._context = OperatorContext(config, means.clock)
        self.settings: Settings = self._context.settings
        check_serving(self.settings, config)
        table = self.settings.watch
        self._every = float(table.seconds) if every is None else every
        self._hook = WatchHook(table, config, means.clock)
        self._signup = signup_of(table.signup, config)
        self.site = _site(self.settings, url)
        self._expected = SiteExpectations(self.settings, config, self.site.host, means.clock())
        self._earlier: tuple[MadeUpPerson, ...] = ()
        self._written: dict[int, FileMark] | None = None
        self._places = EventPlaces(self.settings, self._context.paths)
        self._file = self._context.paths.file(table.file)

    @property
    def state(self) -> WatchState:
        """What was seen last."""
        return read_state(self._file)

    def once(self) -> WatchOutcome:
        """
        Run once: visit, search, erase, remember, tell, sign.

        Raises:
            StoreError: The records failed, or the audit log is older than its checkpoint.
            BackendError: The file of ``[watch]`` cannot be written.
        """
        context, means = self._context, self._means
        context.check_not_older()
        earlier = self.state.open
        tools = WatchTools(
            context,
            self._places,
            self.site,
            self._expected,
            means.transport,
            means.random,
            means.pause,
            self._signup,
            self._earlier,
            self._written,
            earlier,
            lambda run: write_state(self._file, replace(self.state, open=(*earlier, run))),
        )
        run = WatchRun(tools)
        report = run.run()
        self._earlier, self._written = run.people, run.written
        before = self.state
        told = changes(before, report.findings)
        due = self._schedule(report.at)
        write_state(self._file, after(before, report.at, due.every, report.findings))
        self._put_down(report)
        return WatchOutcome(report, told, due, self._tell(told, report.at))

    def _put_down(self, report: WatchReport) -> None:
        found = Counter(one.id for one in report.findings)
        detail = {
            "people": report.people,
            "pages": report.pages,
            "events": report.events,
            "erased": report.erased,
            "found": dict(sorted(found.items())),
        }
        self._context.audit.append(SYSTEM, ACTION, detail=detail, at=report.at)
        self._context.seal()

    def _tell(self, told: WatchChanges, at: float) -> str:
        try:
            return self._hook.tell(told, at)
        except PrivacyKitError as error:
            return str(error)

    def _schedule(self, now: float) -> WatchSchedule:
        table = self.settings.watch
        people = len(people_of(self.settings, self._means.random))
        # A page is an event, and an application may emit another of its own for each.
        visits = people * len(table.pages) * 2
        return schedule(self._every, visits, self._events_of_a_day(now), table.most_percent)

    def _events_of_a_day(self, now: float) -> int | None:
        try:
            return self._places.count(now - DAY)
        except StoreError:
            return None

    def close(self) -> None:
        """Close every database."""
        self._places.close()
        self._context.close()


def _site(settings: Settings, url: str) -> SiteOrigin:
    hosts = tuple(host for table in settings.site for host in table.hosts)
    named = url or settings.watch.url
    if not named:
        first = next((host for host in hosts if "*" not in host), "")
        if not first:
            raise InputError("say which site to visit: url of [watch], or --url")
        named = f"https://{first}/"
    return SiteOrigin(named, hosts)
