"""
The thread that keeps a runtime fresh: salts, days, geo database, policies. Does I/O.

Laws of this file: a lane's salt is dead at its midnight even when this thread is late, since lanes
carry their end; whatever fails here is counted, said once and tried again, and no request waits.
Only a wrong configuration, found by the first tick, stops the start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from threading import Event, Lock, Thread

from privacykit.collect.counters import Counters
from privacykit.collect.lane import Lane
from privacykit.collect.site import STRANGER, Site
from privacykit.errors import ConfigurationError
from privacykit.pseudonym.visitor import DaySalt
from privacykit.settings.alarms import cause_of
from privacykit.settings.days import day_of, hour_of
from privacykit.stores.salts import DurableSaltStore

TICK_SECONDS = 5.0
AHEAD_SECONDS = 3600.0
"""How long before midnight the next day's salt is fetched."""
PURGE_SECONDS = 600.0
SALT_BYTES = 32
HOUR_SITE = "-rate-limit"
"""The salts' site name for rate-limit keys; no site's id begins with a dash."""

_log = logging.getLogger("privacykit")


def once(chore: Callable[[], object]) -> Callable[[], object]:
    """Return a chore that does *chore* until it succeeded once."""
    done = False

    def run() -> None:
        nonlocal done
        if not done:
            chore()
            done = True

    return run


class Keeper:
    """
    Makes lanes and swaps them.

    Args:
        sites: The sites by id.
        make_lane: Builds a lane for a site, a date, its end and a salt.
        salts: The salt store.
        clock: Unix seconds.
        random: So many random bytes.
        counters: Where failures are counted.

    Attributes:
        chores: Called at every tick, each by its name: geo refresh, policy reload.
        reports: The same, after everything else: alarms and metrics.
        lanes: The present lane of each site.
        hour_salt: Salt of rate-limit keys.
    """

    def __init__(
        self,
        sites: Mapping[str, Site],
        make_lane: Callable[[Site, date, float, DaySalt | None], Lane],
        salts: DurableSaltStore,
        *,
        clock: Callable[[], float],
        random: Callable[[int], bytes],
        counters: Counters,
    ) -> None:
        self._sites = sites
        self._make_lane = make_lane
        self._salts = salts
        self._clock = clock
        self._random = random
        self._counters = counters
        self.chores: dict[str, Callable[[], object]] = {"salts": once(salts.prepare)}
        self.reports: dict[str, Callable[[], object]] = {}
        self._lock = Lock()
        self._wake = Event()
        self._starting = False
        self._stopping = False
        self._thread: Thread | None = None
        self._purged_at = 0.0
        self._failing: set[str] = set()
        self._next: dict[str, Lane] = {}
        self.lanes: dict[str, Lane] = {}
        self.hour_salt = b""
        self._hour = ""
        self._hour_shared = False

    def open(self) -> None:
        """Make today's lanes; without salts where the store fails."""
        now = self._clock()
        for id_ in self._sites:
            self.lanes[id_] = self._lane(id_, now, with_salt=False)
        self.hour_salt = self._random(SALT_BYTES)

    def renew(self, id_: str, now: float) -> Lane:
        """Return the lane of site *id_* at *now*, on the first request after its midnight."""
        with self._lock:
            lane = self.lanes[id_]
            if now < lane.until:
                return lane
            prepared = self._next.pop(id_, None)
            if prepared is None or now >= prepared.until:
                prepared = self._lane(id_, now, with_salt=False)
            self.lanes[id_] = prepared
            self._purged_at = 0.0  # the salt that just died is destroyed at the next tick: now
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
        if self._thread is not None:
            self._thread.join(deadline)
            self._thread = None

    def tick(self) -> None:
        """
        Do all that is due now.

        Raises:
            ConfigurationError: At the start only.
        """
        now = self._clock()
        for name, chore in self.chores.items():
            self._guarded(name, chore)
        for id_ in self._sites:
            self._guarded("day", partial(self._keep_lane, id_, now), of=id_)
        if "salts" not in self._failing:  # one cause is said once
            self._guarded("hour", partial(self._keep_hour, now))
            if not 0 <= now - self._purged_at < PURGE_SECONDS:
                self._guarded("purge", partial(self._purge, now))
        for name, report in self.reports.items():
            self._guarded(name, report)

    def rebuild(self) -> None:
        """Make all lanes anew, with the salts they have: the policies changed."""
        with self._lock:
            for id_, lane in self.lanes.items():
                self.lanes[id_] = self._make_lane(lane.site, lane.day, lane.until, lane.salt)
            self._next.clear()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._pause())
            self._wake.clear()
            if not self._stopping:
                self.tick()

    def _pause(self) -> float:
        now = self._clock()
        ends = [lane.until - now for lane in self.lanes.values()]
        return max(0.01, min([TICK_SECONDS, *(end for end in ends if end > 0)]))

    def _keep_lane(self, id_: str, now: float) -> None:
        lane = self.lanes[id_]
        if now >= lane.until:
            lane = self.renew(id_, now)
        elif lane.day != day_of(lane.site.timezone, now)[0]:
            lane = self._go_back(id_, now)
        if "salts" in self._failing or id_ == STRANGER:
            return
        if lane.salt is None:
            fresh = self._lane(id_, now, with_salt=True)
            with self._lock:
                if self.lanes[id_].salt is None:
                    self.lanes[id_] = fresh
        if lane.until - now <= AHEAD_SECONDS and id_ not in self._next:
            self._next[id_] = self._lane(id_, lane.until, with_salt=True)

    def _go_back(self, id_: str, now: float) -> Lane:
        """The clock was set back over midnight: law and salt are those of the day it shows."""
        lane = self._lane(id_, now, with_salt=False)
        with self._lock:
            self._next.pop(id_, None)
            self.lanes[id_] = lane
        return lane

    def _keep_hour(self, now: float) -> None:
        hour, until = hour_of(now)
        if hour == self._hour and self._hour_shared:
            return
        if hour != self._hour:
            # Whatever fails below, the old one is gone, and one of our own serves for this hour.
            self.hour_salt = self._random(SALT_BYTES)
            self._hour, self._hour_shared = hour, False
        self.hour_salt = self._salts.get_or_create(
            HOUR_SITE, hour, self._random(SALT_BYTES), until, now
        )
        self._hour_shared = True

    def _purge(self, now: float) -> None:
        self._salts.destroy_expired(now)
        self._purged_at = now

    def _lane(self, id_: str, at: float, *, with_salt: bool) -> Lane:
        site = self._sites[id_]
        day, until = day_of(site.timezone, at)
        salt = None
        if with_salt:
            value = self._salts.get_or_create(
                id_, day.isoformat(), self._random(SALT_BYTES), until, self._clock()
            )
            salt = DaySalt(value, id_, day.isoformat(), until)
        return self._make_lane(site, day, until, salt)

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
                _log.warning("privacykit: %s failed (%s); trying again", said, cause_of(error))
        else:
            if said in self._failing:
                self._failing.discard(said)
                _log.warning("privacykit: %s works again", said)
