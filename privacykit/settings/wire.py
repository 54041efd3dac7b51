"""Settings to a running whole: the only place that knows all edges. Does I/O."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from privacykit.collect.cookies import CookieFilter, CookieGate
from privacykit.collect.counters import Counters, Tallies
from privacykit.collect.event import Finisher
from privacykit.collect.lane import Lane
from privacykit.collect.runtime import Runtime
from privacykit.collect.site import STRANGER, Site
from privacykit.devices.user_agent import DeviceReader
from privacykit.geo.lookup import Places
from privacykit.logs.filter import install, weaken_logged
from privacykit.logs.route import note_page
from privacykit.pseudonym.visitor import DaySalt
from privacykit.settings.backends import Backends
from privacykit.settings.engine import Engine, Part
from privacykit.settings.keeper import Keeper, once
from privacykit.settings.law import Law
from privacykit.settings.locate import client_of, edge_of, locator, places_of
from privacykit.settings.model import Settings
from privacykit.settings.pages import routes_of
from privacykit.settings.paths import Paths
from privacykit.settings.sites import (
    HostMap,
    ip_method_of,
    patterns_of,
    site_of_host,
    sites_of,
    stranger_of,
)
from privacykit.settings.suppressed import SuppressedWatch
from privacykit.settings.watching import alarms_of, exporters_of, measures_of
from privacykit.signals.choice import ChoiceCookies
from privacykit.stores.keys import KeyRing
from privacykit.stores.outbox import Outbox
from privacykit.stores.salts import workers_of
from privacykit.web.context import WELL_KNOWN
from privacykit.web.headers import Carriers
from privacykit.web.template import Templates

NECESSARY = "strictly_necessary"

_log = logging.getLogger("privacykit")


def build(
    settings: Settings,
    *,
    base: str = "privacykit.toml",
    clock: Callable[[], float] = time.time,
    random: Callable[[int], bytes] = os.urandom,
) -> Engine:
    """
    Build the engine that *settings* describe; nothing is started and no server is asked yet.

    Args:
        settings: The checked configuration.
        base: Path of the configuration file; relative paths in it are taken from its folder.
        clock: Unix seconds.
        random: So many random bytes.

    Raises:
        ConfigurationError: Something the configuration names cannot be used.
    """
    paths = Paths.beside(base)
    counters = Counters()
    backends = Backends(
        settings, paths, counters=counters, clock=clock, workers=workers_of(os.environ)
    )
    law = Law(settings, paths)
    places = places_of(settings, paths, counters, clock)
    devices = DeviceReader()
    sites = sites_of(settings, backends.sink_rules)
    tallies = Tallies()
    lanes = LaneMaker(settings, law, backends.keys, tallies)
    keeper = Keeper(
        {**sites, STRANGER: stranger_of(settings)},
        lanes,
        backends.salts,
        clock=clock,
        random=random,
        counters=counters,
    )
    keeper.open()
    _give_chores(keeper, backends, law, places)
    outbox = _outbox_of(settings, backends, counters, clock, random)
    runtime = Runtime(
        days=keeper,
        site_of=HostMap(site_of_host(settings)),
        client=client_of(settings, _say_suspicion),
        place=locator(places, edge_of(settings)),
        devices=devices,
        outbox=outbox,
        counters=counters,
        clock=clock,
        subject_key=backends.keys.current("subject").value,
        raw_address_uses=frozenset(settings.raw_address),
        audit_raw_address=_say_raw_address,
    )
    keeper.chores["suppressed"] = SuppressedWatch(backends.consents, runtime).look
    choosing = settings.choice.enabled
    quiet_logs = partial(install, weaken_logged(ip_method_of(settings)))
    parts: list[Part] = [backends, WarmUp(quiet_logs), WarmUp(devices.warm_up), keeper]
    deliverer = backends.deliverer() if settings.outbox.deliver else None
    if deliverer is not None:
        parts.append(deliverer)
    read = partial(measures_of, settings, backends, deliverer, places)
    exporters = exporters_of(
        settings, partial(read, counters=counters, tallies=tallies, clock=clock)
    )
    engine = Engine(
        runtime,
        [*exporters.values(), *parts, outbox],
        templates=Templates(patterns_of(settings)),
        note_page=note_page,
        necessary=necessary_of(settings),
        names_cookie=partial(_names_cookie, CookieGate(tuple(settings.cookies.items()))),
        weakens_client=settings.scope.client == "weaken",
        carriers=Carriers(settings.client_ip.header.lower().encode()),
        route_prefixes=(f"{settings.choice.prefix}/", f"{WELL_KNOWN}/") if choosing else (),
        routes=routes_of(
            settings,
            sites,
            lanes.choices,
            backends.consents,
            clock=clock,
            new_record=lambda: secrets.token_urlsafe(16),
            failed=lambda error: engine.failed("routes", error),
        ),
    )
    keeper.reports["alarms"] = alarms_of(counters, engine.causes, deliverer, places).look
    for name, exporter in exporters.items():
        keeper.reports[f"metrics for {name}"] = exporter.export
    return engine


def _give_chores(keeper: Keeper, backends: Backends, law: Law, places: Places) -> None:
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
) -> Outbox:
    return Outbox(
        backends.outbox,
        finish=Finisher(),
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


class LaneMaker:
    """Makes lanes: what is the same for every day of a site, put beside what changes."""

    def __init__(self, settings: Settings, law: Law, keys: KeyRing, tallies: Tallies) -> None:
        self._law = law
        self._tallies = tallies
        self._ip = ip_method_of(settings)
        choice = settings.choice
        self.choices: Mapping[str, ChoiceCookies] = {
            table.id: ChoiceCookies(
                site=table.id,
                purposes=list(settings.purposes),
                sign_keys=[key.value for key in keys.all("cookie")],
                secure=choice.secure,
                domain=choice.domain,
            )
            for table in settings.site
        }

    def __call__(self, site: Site, day: date, until: float, salt: DaySalt | None) -> Lane:
        """Return the lane of *site* on *day*."""
        choices = self.choices.get(site.id) or next(iter(self.choices.values()))
        return Lane(
            site,
            day,
            until,
            salt=salt,
            choices=choices,
            policies=self._law.policies,
            ip=self._ip,
            tallies=self._tallies,
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
    _log.warning("privacykit: raw addresses are read for '%s' in process %d", use, os.getpid())


def _say_suspicion(suspicion: str) -> None:
    _log.warning("privacykit: %s", suspicion)
