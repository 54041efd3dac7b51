"""Tests of the metrics for Prometheus."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from privacykit.collect.counters import Counters, DecisionCounts
from privacykit.errors import ConfigurationError, MissingExtraError, StoreError
from privacykit.metrics.measures import Measures, MetricSources
from privacykit.metrics.prometheus import PrometheusExporter
from privacykit.stores.outbox.tables import Depth

NOW = 1_800_000_000.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """An exporter into a registry of its own."""

    def __init__(self, **options) -> None:
        self.counters, self.tallies, self.error = Counters(), DecisionCounts(), None
        self.registry = CollectorRegistry()
        self.measures = Measures(
            self.counters,
            self.tallies,
            MetricSources(("shop",), ("events",), self.depths, list, dict, lambda: None),
            lambda: NOW,
        )
        self.exporter = PrometheusExporter(self.measures, registry=self.registry, **options)

    def depths(self):
        """Tell what waits."""
        if self.error:
            raise self.error
        return [Depth("events", 7, NOW - 5, 0)]

    def value(self, name, **labels):
        """Return what the registry says."""
        return self.registry.get_sample_value(f"privacykit_{name}", labels)


def test_counters_grow_by_what_was_counted_since():
    """Each export adds the difference."""
    house = House()
    house.counters.count("withheld", "refused", 2)
    house.exporter.export()
    house.counters.count("withheld", "refused")
    house.exporter.export()
    assert house.value("events_withheld_total", reason="refused") == 3


def test_gauges_are_set():
    """As they were last read."""
    house = House()
    house.exporter.export()
    assert house.value("outbox_rows", sink="events") == 7
    assert house.value("outbox_age_seconds", sink="events") == 5


def test_two_engines_share_one_registry():
    """A process with two wrapped applications counts both."""
    house = House()
    other = PrometheusExporter(house.measures, registry=house.registry)
    house.counters.count("no_response")
    house.exporter.export()
    other.export()
    assert house.value("no_response_total") == 2


def test_a_registry_never_gets_the_metrics_of_one_that_is_gone():
    """The next one often lies where the last one lay in memory; each tells its own."""
    house, told, places = House(), [], set()
    house.counters.count("no_response")
    for _ in range(20):
        registry = CollectorRegistry()
        places.add(id(registry))
        PrometheusExporter(house.measures, registry=registry).export()
        told.append(registry.get_sample_value("privacykit_no_response_total"))
    assert (told, len(places) < 20) == ([1] * 20, True)


def test_a_store_that_fails_holds_no_counter_back():
    """The keeper says so, and what we count ourselves is told."""
    house = House()
    house.error = StoreError("PK133 gone")
    house.counters.count("error", "admit")
    with pytest.raises(StoreError):
        house.exporter.export()
    assert house.value("errors_total", part="admit") == 1


def test_what_was_counted_last_is_told_at_the_end():
    """The end of an engine is not five seconds early."""
    house = House()
    house.counters.count("no_response")
    house.exporter.stop(1)
    assert house.value("no_response_total") == 1


def test_it_is_served_on_an_address_of_its_own():
    """Never below the site's own paths, where visitors come."""
    port = free_port()
    house = House(listen=("127.0.0.1", port))
    house.exporter.start()
    house.exporter.export()
    house.exporter.export()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert b'privacykit_outbox_rows{sink="events"} 7.0' in answer.read()
    house.exporter.stop(1)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_an_address_that_is_taken_is_said():
    """With what to do about it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        house = House(listen=taken.getsockname())
        with pytest.raises(ConfigurationError, match="PK028"):
            house.exporter.export()


def test_workers_add_up(tmp_path):
    """In the client's multiprocess mode one worker serves for all, and another if that one ends."""
    port = free_port()
    worker = textwrap.dedent(
        f"""
        import sys
        from privacykit.collect.counters import Counters, DecisionCounts
        from privacykit.metrics.measures import Measures, MetricSources
        from privacykit.metrics.prometheus import PrometheusExporter
        counters = Counters()
        sources = MetricSources(("shop",), (), list, list, dict, lambda: None)
        measures = Measures(counters, DecisionCounts(), sources, lambda: 1.0)
        exporter = PrometheusExporter(measures, ("127.0.0.1", {port}))
        for line in sys.stdin:
            counters.count("no_response")
            exporter.export()
            print("done", flush=True)
        """
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        )
        for _ in range(2)
    ]

    def work(number):
        workers[number].stdin.write("go\n")
        workers[number].stdin.flush()
        assert workers[number].stdout.readline() == "done\n"

    def told():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return answer.read().decode()

    try:
        for number in (0, 1, 1):
            work(number)
        assert "privacykit_no_response_total 3.0" in told()
        workers[0].kill()
        workers[0].wait()
        work(1)
        assert "privacykit_no_response_total 4.0" in told()
    finally:
        for process in workers:
            process.kill()
            process.communicate()


def test_without_the_package_the_extra_is_named(monkeypatch):
    """One clear error."""
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtraError, match=r"privacykit\[prometheus\]"):
        House()


def test_the_text_is_well_formed():
    """As Prometheus reads it."""
    house = House()
    house.tallies.of("shop", (("analytics", "allow"),)).n = 1
    house.exporter.export()
    line = 'privacykit_decisions_total{purpose="analytics",site="shop",verdict="allow"} 1.0'
    assert line in generate_latest(house.registry).decode()
