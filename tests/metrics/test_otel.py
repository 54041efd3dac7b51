"""Tests of the metrics for OpenTelemetry."""

from __future__ import annotations

import sys

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from privacykit.collect.counters import Counters, DecisionCounts
from privacykit.errors import MissingExtraError
from privacykit.metrics.measures import Measures, MetricSources
from privacykit.metrics.otel import OpenTelemetryExporter
from privacykit.stores.outbox.tables import Depth

NOW = 1_800_000_000.0


class House:
    """An exporter to a provider of its own."""

    def __init__(self) -> None:
        self.counters, self.tallies = Counters(), DecisionCounts()
        sources = MetricSources(
            ("shop",), ("events",), lambda: [Depth("events", 7, NOW - 5, 0)], list, dict, int
        )
        measures = Measures(self.counters, self.tallies, sources, lambda: NOW)
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader])
        self.exporter = OpenTelemetryExporter(measures, self.provider)

    def read(self):
        """Return value by metric and labels, as a reader collects them."""
        data = self.reader.get_metrics_data()
        scopes = [] if data is None else data.resource_metrics[0].scope_metrics
        return {
            (metric.name, *dict(point.attributes).values()): point.value
            for scope in scopes
            for metric in scope.metrics
            for point in metric.data.data_points
        }


@pytest.fixture
def house():
    """An exporter that was started, stopped at the end."""
    made = House()
    made.exporter.start()
    yield made
    made.exporter.stop(1)
    made.provider.shutdown()


def test_counters_are_read_when_they_are_collected(house):
    """Exact to the moment."""
    house.counters.count("withheld", "refused", 2)
    house.tallies.of("shop", (("analytics", "allow"),)).n = 3
    found = house.read()
    assert found["privacykit.events_withheld", "refused"] == 2
    assert found["privacykit.decisions", "shop", "analytics", "allow"] == 3


def test_gauges_are_those_the_keeper_read(house):
    """A collection asks no store."""
    assert ("privacykit.outbox_rows", "events") not in house.read()
    house.exporter.export()
    found = house.read()
    assert found["privacykit.outbox_rows", "events"] == 7
    assert found["privacykit.outbox_age", "events"] == 5


def test_without_the_package_the_extra_is_named(monkeypatch):
    """One clear error."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(MissingExtraError, match=r"privacykit\[otel\]"):
        House()
