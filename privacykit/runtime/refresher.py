"""
The thread that keeps a runtime fresh: salts, days, geo database, policies. Does I/O.

Laws of this file: a site day's salt is dead at its midnight even when this thread is late, since
every site day carries its end; whatever fails here is counted, said once and tried again, and no
request waits. Only a wrong configuration, found by the first tick, stops the start.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from threading import Event, Lock, Thread
from weakref import WeakSet

from privacykit import forks
from privacykit.collect.counters import Counters
from privacykit.collect.site import STRANGER, Site
from privacykit.collect.site_day import SiteDay
from privacykit.errors import ConfigurationError
from privacykit.logs.say import say
from privacykit.pseudonym.visitor import DaySalt
from privacykit.runtime.alarms import cause_of
from privacykit.runtime.days import day_of, hour_of
from privacykit.stores.salts.rules import DurableSaltStore

TICK_SECONDS = 5.0
AHEAD_SECONDS = 3600.0
"""How long before midnight the next day's salt is fetched."""
PURGE_SECONDS = 600.0
SALT_BYTES = 32
HOUR_SITE = "-rate-limit"
"""The salts' site name for rate-limit keys; no site's id begins with a dash."""


def once(chore: Callable[[], object]) -> Callable[[], object]:
    """Return a chore that does *chore* until it succeeded once."""
    done = False

    def run() -> None:
        nonlocal done
        if not done:
            chore()
            done = True

    return run


class RuntimeRefresher:
    """
    Makes site days and swaps them.

    Args:
        sites: The sites by id.
        make_site_day: Builds a site day for a site, a date, its end and a salt.
        salts: The salt store.
        clock: Unix seconds.
        random: So many random bytes.
        counters: Where failures are counted.

    Attributes:
        chores: Called at every tick, each by its name: geo refresh, policy reload.
        reports: The same, after everything else: alarms and metrics.
        site_days: The present site day of each site.
        hour_salt: Salt of rate-limit keys.
    """

    def __init__(
        self,
        sites: Mapping[str, Site],
        make_site_day: Callable[[Site, date, float, DaySalt | None], SiteDay],
        salts: DurableSaltStore,
        *,
        clock: Callable[[], float],
        random: Callable[[int], bytes],
        counters: Counters,
    ) -> None:
        self._sites = sites
        self._make_site_day = make_site_day
        self._salts = salts
        self._clock = clock
        self._random = random
        self._counters = counters
        self.chores: dict[str, Callable[[], object]] = {"salts": once(salts.prepare)}
        self.reports: dict[str, Callable[[], object]] = {}
        self.after_fork_in_child()
        forks.renew(self)
        self._purged_at = 0.0
        self._failing: set[str] = set()
        self._next: dict[str, SiteDay] = {}
        self._prepared: WeakSet[SiteDay] = WeakSet()
        self.site_days: dict[str, SiteDay] = {}
        self.hour_salt = b""
        self._hour, self._hour_shared = "", False

    def after_fork_in_child(self) -> None:
        """Nothing runs here yet, and nobody holds anything."""
        self._lock = Lock()
        self._turn = Lock()
        self._wake = Event()
        self._starting = self._stopping = False
        self._to_report = self._renewed = False
        self._thread: Thread | None = None

    def open(self) -> None:
        """Make today's site_days; without salts where the store fails."""
        now = self._clock()
        for id_ in self._sites:
            self.site_days[id_] = self._site_day(id_, now, with_salt=False)
        self.hour_salt = self._random(SALT_BYTES)

    def renew(self, id_: str, now: float) -> SiteDay:
        """Return the site day of site *id_* at *now*, on the first request after its midnight."""
        with self._lock:
            site_day = self.site_days[id_]
            if now < site_day.until:
                return site_day
            prepared = self._next.pop(id_, None)
            if prepared is None or now >= prepared.until:
                prepared = self._site_day(id_, now, with_salt=False)
            self.site_days[id_] = prepared
            self._purged_at = 0.0  # the salt that just died is destroyed at the next tick: now
            self._renewed = True
        self._wake.set()
        return prepared

    def check(self) -> None:
        """
        Do the first tick.

        Raises:
            ConfigurationError: A store is set up so that it cannot hold its promise, or another
                file of the user's is wrong.
        """
        self._starting = True
        try:
            self.tick()
        finally:
            self._starting = False

    def start(self) -> None:
        """
        Start the thread; the first tick is done before this returns.

        Raises:
            ConfigurationError: As :meth:`check`.
        """
        self._stopping = False
        self.check()
        self._thread = Thread(target=self._run, name="privacykit-keeper", daemon=True)
        self._thread.start()

    def stop(self, deadline: float) -> None:
        """End the thread within *deadline* seconds."""
        self._stopping = True
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(deadline)

    def report_soon(self) -> None:
        """Have the thread report at once; never blocks."""
        self._to_report = True
        self._wake.set()

    def tick(self) -> None:
        """
        Do all that is due now; one thread at a time, so nothing is done or said twice.

        Raises:
            ConfigurationError: At the start only.
        """
        now = self._clock()
        with self._turn:
            self._guarded("hour", partial(self._turn_hour, now))
            for name, chore in self.chores.items():
                self._guarded(name, chore)
            for id_ in self._sites:
                self._guarded("day", partial(self._keep_site_day, id_, now), of=id_)
            if "salts" not in self._failing:  # one cause is said once
                self._guarded("shared hour", partial(self._share_hour, now))
                if not 0 <= now - self._purged_at < PURGE_SECONDS:
                    self._guarded("purge", partial(self._purge, now))
        self._report()

    def _report(self) -> None:
        with self._turn:
            for name, report in self.reports.items():
                self._guarded(name, report)

    def rebuild(self) -> None:
        """Make all site_days anew, with the salts they have: the policies changed."""
        with self._lock:
            for id_, site_day in self.site_days.items():
                self.site_days[id_] = self._make_site_day(
                    site_day.site, site_day.day, site_day.until, site_day.salt
                )
            self._next.clear()

    def _run(self) -> None:
        while not self._stopping:
            self._guarded("plans", self._prepare)
            self._wake.wait(self._pause())
            self._wake.clear()
            only_report = self._to_report and not self._renewed
            self._to_report = self._renewed = False
            if not self._stopping:
                (self._report if only_report else self.tick)()

    def _prepare(self) -> None:
        """Have the policies answer ahead what requests will ask, until the next tick is due."""
        due = time.monotonic() + self._pause()
        for site_day in [*self.site_days.values(), *self._next.values()]:
            if site_day in self._prepared:
                continue
            for _ in site_day.prepare():
                if self._stopping or self._wake.is_set() or time.monotonic() > due:
                    return
                time.sleep(0)  # requests go first
            self._prepared.add(site_day)

    def _pause(self) -> float:
        now = self._clock()
        ends = [site_day.until - now for site_day in self.site_days.values()]
        return max(0.01, min([TICK_SECONDS, *(end for end in ends if end > 0)]))

    def _keep_site_day(self, id_: str, now: float) -> None:
        site_day = self.site_days[id_]
        if now >= site_day.until:
            site_day = self.renew(id_, now)
        elif site_day.day != day_of(site_day.site.timezone, now)[0]:
            site_day = self._go_back(id_, now)
        if "salts" in self._failing or id_ == STRANGER:
            return
        if site_day.salt is None:
            fresh = self._site_day(id_, now, with_salt=True)
            with self._lock:
                if self.site_days[id_].salt is None:
                    self.site_days[id_] = fresh
        if site_day.until - now <= AHEAD_SECONDS and id_ not in self._next:
            self._next[id_] = self._site_day(id_, site_day.until, with_salt=True)

    def _go_back(self, id_: str, now: float) -> SiteDay:
        """The clock was set back over midnight: law and salt are those of the day it shows."""
        site_day = self._site_day(id_, now, with_salt=False)
        with self._lock:
            self._next.pop(id_, None)
            self.site_days[id_] = site_day
        return site_day

    def _turn_hour(self, now: float) -> None:
        """Drop the old hour's salt, whatever else fails; one of our own serves meanwhile."""
        if (hour := hour_of(now)[0]) != self._hour:
            self.hour_salt = self._random(SALT_BYTES)
            self._hour, self._hour_shared = hour, False

    def _share_hour(self, now: float) -> None:
        """Use the hour's salt that all processes use."""
        if self._hour_shared:
            return
        hour, until = hour_of(now)
        self.hour_salt = self._salts.get_or_create(
            HOUR_SITE, hour, self._random(SALT_BYTES), until, now
        )
        self._hour_shared = True

    def _purge(self, now: float) -> None:
        self._salts.destroy_expired(now)
        self._purged_at = now

    def _site_day(self, id_: str, at: float, *, with_salt: bool) -> SiteDay:
        site = self._sites[id_]
        day, until = day_of(site.timezone, at)
        salt = None
        if with_salt:
            value = self._salts.get_or_create(
                id_, day.isoformat(), self._random(SALT_BYTES), until, self._clock()
            )
            salt = DaySalt(value, id_, day.isoformat(), until)
        return self._make_site_day(site, day, until, salt)

    def _guarded(self, name: str, chore: Callable[[], object], of: str = "") -> None:
        said = f"{name} of {of}" if of else name
        try:
            chore()
        except Exception as error:
            if self._starting and isinstance(error, ConfigurationError):
                raise
            self._counters.count("error", name)
            if said not in self._failing:
                self._failing.add(said)
                say(logging.WARNING, "%s failed (%s); trying again", said, cause_of(error))
        else:
            if said in self._failing:
                self._failing.discard(said)
                say(logging.WARNING, "%s works again", said)
