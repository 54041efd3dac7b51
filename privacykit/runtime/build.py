"""Settings to a running whole: the only place that knows all edges. Does I/O."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from weakref import WeakKeyDictionary

from privacykit.collect.cookies.gate import CookieFilter, CookieGate
from privacykit.collect.counters import Counters, DecisionCounts
from privacykit.collect.events.event import Finisher
from privacykit.collect.memo import KIBIBYTE, Memo
from privacykit.collect.plans.plan import Show, showing
from privacykit.collect.runtime import Runtime
from privacykit.collect.site import STRANGER, Site
from privacykit.collect.site_day import MOST_BYTES, SiteDay
from privacykit.decide.rulings import Rulings
from privacykit.delivery.writer import Outbox
from privacykit.devices.user_agent import DeviceReader
from privacykit.geo.lookup import Places
from privacykit.logs.addresses import weaken_logged
from privacykit.logs.filter import install
from privacykit.logs.libraries import withhold_library_logs
from privacykit.logs.route import note_page
from privacykit.logs.say import say
from privacykit.policy.policyset import PolicySet
from privacykit.pseudonym.addresses.ip import IPMethod
from privacykit.pseudonym.visitor import DaySalt
from privacykit.runtime.documents.served import ReadDisproved, ServedNotice
from privacykit.runtime.engine import Engine, EnginePart
from privacykit.runtime.firsts.hosts import UnknownHosts
from privacykit.runtime.firsts.lines import FirstEvent, FirstLines
from privacykit.runtime.firsts.withheld import WithheldReport
from privacykit.runtime.locate import client_of, edge_of, locator, places_of
from privacykit.runtime.metrics import alarms_of, exporters_of, measures_of
from privacykit.runtime.pages import preference_pages, prefixes_of
from privacykit.runtime.refresher import RuntimeRefresher, once
from privacykit.runtime.sites import (
    HostMap,
    choice_cookies,
    ip_method_of,
    patterns_of,
    site_of_host,
    sites_of,
    stranger_of,
)
from privacykit.runtime.suppressed import SuppressedWatch
from privacykit.settings.backends import Backends
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.load import check_serving
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths
from privacykit.settings.signals.readers import cookie_readers, query_readers
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.stores.keys import KeyRing
from privacykit.stores.records.consent.accounts import SqlAccountChoices
from privacykit.stores.salts.open import workers_of
from privacykit.stores.watch_state import read_state
from privacykit.web.carriers import Carriers
from privacykit.web.data_page.person import PersonHook, nobody
from privacykit.web.data_page.ports import DataDesk
from privacykit.web.preferences.context import NO_ROOMS, ExtraRooms
from privacykit.web.template import Templates

NECESSARY = "strictly_necessary"
LEAST_BYTES = 128 * KIBIBYTE
"""What a site's day may remember where very many sites share the process's memory."""

_rulings: WeakKeyDictionary[PolicySet, Rulings] = WeakKeyDictionary()
"""What the policies answered, for every engine of the process, as long as they are in force."""


def build(
    settings: Settings,
    *,
    base: str = "privacykit.toml",
    clock: Callable[[], float] = time.time,
    random: Callable[[int], bytes] = os.urandom,
    person: PersonHook = nobody,
    data: DataDesk | None = None,
    rooms: ExtraRooms = NO_ROOMS,
    disproved: ReadDisproved | None = None,
) -> Engine:
    """
    Build the engine that *settings* describe; nothing is started and no server is asked yet.

    Args:
        settings: The checked configuration.
        base: Path of the configuration file; relative paths in it are taken from its folder.
        clock: Unix seconds.
        random: So many random bytes.
        person: Tells who is signed in.
        data: Answers what is held about a visitor; without it there is no data page.
        disproved: Reads what the last verification disproved, for the notice.
        rooms: Routes of pages besides those of every site, or instead of them.

    Raises:
        ConfigurationError: Something the configuration names cannot be used.
    """
    check_serving(settings, base)
    withhold_library_logs()
    paths = Paths.beside(base)
    counters = Counters()
    backends = Backends(
        settings, paths, counters=counters, clock=clock, workers=workers_of(os.environ)
    )
    law = ConfiguredLaw(settings, paths)
    places = places_of(settings, paths, counters, clock)
    devices = DeviceReader()
    sites = sites_of(settings, backends.sink_rules)
    tallies = DecisionCounts()
    site_days = SiteDayMaker(settings, law, backends.keys, tallies)
    keeper = RuntimeRefresher(
        {**sites, STRANGER: stranger_of(settings)},
        site_days,
        backends.salts,
        clock=clock,
        random=random,
        counters=counters,
    )
    keeper.open()
    _give_chores(keeper, backends, law, places)
    first = FirstEvent(Finisher(), counters)
    outbox = _outbox_of(settings, backends, counters, clock, random, first)
    runtime = Runtime(
        days=keeper,
        site_of=UnknownHosts(HostMap(site_of_host(settings))),
        client=client_of(settings, _say_suspicion),
        place=locator(places, edge_of(settings)),
        devices=devices,
        outbox=outbox,
        counters=counters,
        clock=clock,
        subject_keys=[key.value for key in backends.keys.all("subject")],
        raw_address_uses=frozenset(settings.raw_address),
        audit_raw_address=_say_raw_address,
    )
    keeper.chores["suppressed"] = SuppressedWatch(backends.consents, runtime).look
    notice = ServedNotice(settings, paths, clock, disproved) if settings.notice else None
    if notice is not None:
        keeper.chores["notice"] = notice.look_ahead
    quiet_logs = partial(install, weaken_logged(ip_method_of(settings)))
    withheld = WithheldReport(counters, lambda: backends.withheld, clock)
    parts: list[EnginePart] = [
        backends,
        withheld,
        WarmUp(quiet_logs),
        WarmUp(devices.warm_up),
        keeper,
    ]
    deliverer = backends.deliverer() if settings.outbox.deliver else None
    if deliverer is not None:
        parts.append(deliverer)
    watch = partial(read_state, paths.file(settings.watch.file))
    read = partial(measures_of, settings, backends, deliverer, places, watch=watch)
    exporters = exporters_of(
        settings, partial(read, counters=counters, tallies=tallies, clock=clock)
    )
    templates = Templates(patterns_of(settings))
    engine = Engine(
        runtime,
        [*exporters.values(), *parts, outbox],
        templates=templates,
        note_page=note_page,
        necessary=necessary_of(settings),
        names_cookie=partial(_names_cookie, CookieGate(tuple(settings.cookies.items()))),
        weakens_client=settings.scope.client == "weaken",
        carriers=Carriers(settings.client_ip.header, settings.client_ip.also_drop),
        page_prefixes=prefixes_of(settings),
        pages=preference_pages(
            settings,
            sites,
            site_days.choices,
            backends.consents,
            SqlAccountChoices(backends.records, lambda: backends.keys.all("subject")),
            backends.keys,
            clock=clock,
            new_record=lambda: secrets.token_urlsafe(16),
            failed=lambda error: engine.failed("routes", error),
            person=person,
            data=data,
            notice=notice,
            rooms=rooms,
            template_of=templates.by_pattern,
        ),
    )
    counters.appeared = keeper.report_soon
    keeper.reports["first lines"] = FirstLines(counters, first).look
    keeper.reports["withheld counts"] = withheld.look
    keeper.reports["alarms"] = alarms_of(counters, engine.causes, deliverer, places).look
    for name, exporter in exporters.items():
        keeper.reports[f"metrics for {name}"] = exporter.export
    return engine


def _give_chores(
    keeper: RuntimeRefresher, backends: Backends, law: ConfiguredLaw, places: Places
) -> None:
    keeper.chores["records"] = once(backends.consents.prepare)
    keeper.chores["outbox"] = once(backends.outbox.prepare)
    keeper.chores["keys"] = backends.look_at_keys
    keeper.chores["geo"] = places.refresh
    keeper.chores["policies"] = partial(law.refresh, keeper.rebuild)


def _outbox_of(
    settings: Settings,
    backends: Backends,
    counters: Counters,
    clock: Callable[[], float],
    random: Callable[[int], bytes],
    finish: FirstEvent,
) -> Outbox:
    return Outbox(
        backends.outbox,
        finish=finish,
        random=random,
        clock=clock,
        counters=counters,
        window=settings.outbox.window_ms / 1000,
        batch=settings.outbox.batch,
        limit=settings.outbox.limit,
    )


def _names_cookie(gate: CookieGate, name: bytes) -> bool:
    return gate.purpose_of(name.decode("latin-1")) is not None


def necessary_of(settings: Settings) -> CookieFilter:
    """Return what lets through only cookies that need nobody's leave: for when we failed."""
    necessary = frozenset(
        id_ for id_, table in settings.purposes.items() if set(table.uses) == {NECESSARY}
    )
    return CookieGate(tuple(settings.cookies.items())).only(necessary)


class SiteDayMaker:
    """Makes site_days: what is the same for every day of a site, put beside what changes."""

    def __init__(
        self, settings: Settings, law: ConfiguredLaw, keys: KeyRing, tallies: DecisionCounts
    ) -> None:
        self._law = law
        self._tallies = tallies
        self._ip = ip_method_of(settings)
        self._show_by: Memo[IPMethod, Show] = Memo(showing)
        self._readers = cookie_readers(settings)
        self._query_readers = query_readers(settings)
        self._most_bytes = max(LEAST_BYTES, MOST_BYTES // (len(settings.site) + 1))
        self.choices: Mapping[str, ChoiceCookies] = choice_cookies(
            settings, [key.value for key in keys.all("cookie")]
        )

    def __call__(self, site: Site, day: date, until: float, salt: DaySalt | None) -> SiteDay:
        """Return the site day of *site* on *day*."""
        choices = self.choices.get(site.id) or next(iter(self.choices.values()))
        policies = self._law.policies
        return SiteDay(
            site,
            day,
            until,
            salt=salt,
            choices=choices,
            policies=policies,
            ip=self._ip,
            tallies=self._tallies,
            rulings=_rulings.setdefault(policies, Rulings()),
            show_by=self._show_by.__getitem__,
            most_bytes=self._most_bytes,
            readers=self._readers,
            query_readers=self._query_readers,
        )


class WarmUp:
    """A part that only starts: loads what the first request should not wait for."""

    def __init__(self, load: Callable[[], object]) -> None:
        self._load = load

    def start(self) -> None:
        """Load."""
        self._load()

    def stop(self, deadline: float) -> None:
        """Nothing runs."""


def _say_raw_address(use: str) -> None:
    say(logging.WARNING, "raw addresses are read for '%s' in process %d", use, os.getpid())


def _say_suspicion(suspicion: str) -> None:
    say(logging.WARNING, "%s", suspicion)
