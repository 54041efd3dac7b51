"""Tests of what is measured, and of the list of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from privacykit.collect.counters import Counters, DecisionCounts
from privacykit.metrics.measures import (
    COUNTED,
    COUNTERS,
    DECISIONS,
    DELIVERIES,
    ERRORS,
    GAUGES,
    GEO_AGE,
    NO_RESPONSE,
    OUTBOX_AGE,
    OUTBOX_REJECTED,
    OUTBOX_ROWS,
    SALT_AGE,
    SALTS_OVERDUE,
    SINK_TROUBLE,
    WITHHELD,
    Measures,
    MetricSources,
)
from privacykit.stores.outbox.tables import Depth
from privacykit.stores.salts.rules import SaltRow

PACKAGE = Path(__file__).parents[2] / "privacykit"
NOW = 1_800_000_000.0


class House:
    """Measures over sources set by hand."""

    def __init__(self) -> None:
        self.counters, self.tallies = Counters(), DecisionCounts()
        self.depths, self.salts, self.troubles, self.geo_age = [], [], {}, None
        self.now, self.asked = NOW, 0
        sources = MetricSources(
            ("shop", "blog"),
            ("events", "archive"),
            self.ask,
            lambda: self.salts,
            lambda: self.troubles,
            lambda: self.geo_age,
        )
        self.measures = Measures(self.counters, self.tallies, sources, lambda: self.now)

    def ask(self):
        """Tell how much waits."""
        self.asked += 1
        return self.depths

    @property
    def gauges(self):
        """The gauges, read anew."""
        self.now += 60
        assert self.measures.refresh()
        return self.measures.gauges


@pytest.fixture
def house():
    """Measures of a house in which nothing happened."""
    return House()


def test_decisions_are_counted_by_site_purpose_and_verdict(house):
    """Plans that decide alike share one tally."""
    for n, verdict in ((3, "allow"), (2, "deny")):
        house.tallies.of("shop", (("analytics", "allow"), ("ads", verdict))).n += n
    assert house.measures.counts()[DECISIONS] == {
        ("shop", "analytics", "allow"): 5,
        ("shop", "ads", "allow"): 3,
        ("shop", "ads", "deny"): 2,
    }


def test_counters_become_metrics_with_labels(house):
    """Each by its own name and reason."""
    house.counters.count("withheld", "refused", 2)
    house.counters.count("delivery_retried", "archive")
    house.counters.count("error", "admit")
    house.counters.count("outbox_failed", "store")
    house.counters.count("outbox_failed", "bug")
    house.counters.count("no_response")
    found = house.measures.counts()
    assert found[WITHHELD] == {("refused",): 2}
    assert found[DELIVERIES] == {("archive", "retried"): 1}
    assert found[ERRORS] == {("admit",): 1, ("outbox",): 2}
    assert found[NO_RESPONSE] == {(): 1}


def test_a_counter_nobody_listed_is_an_error_of_another_part(house):
    """It is not lost, and not a label of its own making."""
    house.counters.count("new_thing", "jane@example.org")
    assert house.measures.counts()[ERRORS] == {("other",): 1}


def test_depth_and_age_are_told_for_every_sink(house):
    """Also for one that has nothing, and one that was taken out of the configuration."""
    house.depths = [Depth("events", 3, NOW, 1), Depth("old", 1, NOW + 30, 0)]
    house.troubles = {"archive": "PK170 it failed"}
    gauges = house.gauges
    assert gauges[OUTBOX_ROWS] == {("events",): 3, ("archive",): 0, ("old",): 1}
    assert gauges[OUTBOX_AGE] == {("events",): 60, ("archive",): 0, ("old",): 30}
    assert gauges[OUTBOX_REJECTED] == {("events",): 1, ("archive",): 0, ("old",): 0}
    assert gauges[SINK_TROUBLE] == {("events",): 0, ("archive",): 1}


def test_the_salts_age_is_that_of_the_day(house):
    """Not of the next day's, which is fetched ahead; one past its end is overdue."""
    house.salts = [
        SaltRow("shop", "2027-01-15", NOW - 100, NOW + 3600),
        SaltRow("shop", "2027-01-16", NOW + 30, NOW + 90_000),
        SaltRow("-rate-limit", "2027-01-15T08", NOW, NOW + 3600),
        SaltRow("blog", "2027-01-14", NOW - 90_000, NOW - 1),
    ]
    gauges = house.gauges
    assert gauges[SALT_AGE] == {("shop",): 160}
    assert gauges[SALTS_OVERDUE] == {(): 1}


def test_without_a_geo_database_it_has_no_age(house):
    """Absent, not zero."""
    assert GEO_AGE not in house.gauges
    house.geo_age = 86_400.0
    assert house.gauges[GEO_AGE] == {(): 86_400.0}


def test_the_stores_are_not_asked_at_every_tick(house):
    """Nor at every scrape, and again after a clock that went back."""
    for _ in range(3):
        house.measures.refresh()
        house.now += 5
    assert house.asked == 1
    house.now -= 1000
    house.measures.refresh()
    assert house.asked == 2


def test_every_counter_of_ours_is_a_metric():
    """A count that nobody lists would be an error of part 'other'."""
    counted = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r"(?<!fields\.)\bcount\(\s*\"([a-z_]+)\"", path.read_text())
    }
    assert len(counted) > 10
    assert counted <= set(COUNTED)


def test_names_and_labels_are_what_prometheus_asks():
    """Lower case, told apart, and with a sentence each."""
    metrics = [*COUNTERS, *GAUGES]
    assert len({metric.name for metric in metrics}) == len(metrics)
    assert all(metric.name.replace("_", "").isalpha() for metric in metrics)
    assert all(metric.help.endswith(".") for metric in metrics)
