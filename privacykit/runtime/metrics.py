"""Metrics of a running process, put together with the alarms in its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from privacykit.collect.counters import Counters, DecisionCounts
from privacykit.delivery.deliverer import Deliverer
from privacykit.geo.lookup import Places
from privacykit.metrics.measures import Measures, MetricSources
from privacykit.metrics.otel import OpenTelemetryExporter
from privacykit.metrics.prometheus import PrometheusExporter
from privacykit.runtime.alarms import Alarms
from privacykit.settings.backends import Backends
from privacykit.settings.model import Settings
from privacykit.stores.watch_state import WatchState

DAY_SECONDS = 86_400


class Exporter(Protocol):
    """Hands metrics on; a part that needs no start."""

    def export(self) -> None:
        """Bring what is handed on up to date; called by the keeper's thread."""
        ...

    def start(self) -> None:
        """Nothing runs yet."""
        ...

    def stop(self, deadline: float) -> None:
        """Hand on what was counted last."""
        ...


def alarms_of(
    counters: Counters, causes: Mapping[str, str], deliverer: Deliverer | None, places: Places
) -> Alarms:
    """Return what tells the operator which parts fail."""
    return Alarms(counters, causes, partial(_in_trouble, deliverer, places))


def _in_trouble(deliverer: Deliverer | None, places: Places) -> dict[str, str]:
    """Return which sinks and files are in trouble at present, in words without data."""
    found = {f"sink {name}": trouble for name, trouble in _troubles(deliverer).items()}
    for problem in places.status().problems:
        found[f"{problem.id} {problem.key}"] = f"{problem.message} ({problem.hint})"
    return found


def _troubles(deliverer: Deliverer | None) -> Mapping[str, str]:
    return {} if deliverer is None else deliverer.troubles


def measures_of(
    settings: Settings,
    backends: Backends,
    deliverer: Deliverer | None,
    places: Places,
    *,
    counters: Counters,
    tallies: DecisionCounts,
    clock: Callable[[], float],
    watch: Callable[[], WatchState],
) -> Measures:
    """Return what reads the metrics of an engine."""

    def geo_age() -> float | None:
        days = places.status().age_days
        return None if days is None else days * DAY_SECONDS

    sources = MetricSources(
        tuple(table.id for table in settings.site),
        tuple(rule.name for rule in backends.sink_rules),
        backends.outbox.depths,
        backends.salts.rows,
        partial(_troubles, deliverer),
        geo_age,
        watch,
    )
    return Measures(counters, tallies, sources, clock)


def exporters_of(settings: Settings, measures: Callable[[], Measures]) -> dict[str, Exporter]:
    """
    Return what ``[metrics]`` asks for, by name.

    Raises:
        MissingExtraError: A package that it needs is not installed.
    """
    table = settings.metrics
    made: dict[str, Exporter] = {}
    if table.prometheus or table.listen:
        made["prometheus"] = PrometheusExporter(measures(), _address(table.listen))
    if table.otel:
        made["otel"] = OpenTelemetryExporter(measures())
    return made


def _address(listen: str | None) -> tuple[str, int] | None:
    if listen is None:
        return None
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
