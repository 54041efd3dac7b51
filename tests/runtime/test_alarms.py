"""Tests of what the operator is told when something of ours fails."""

from __future__ import annotations

import logging

import pytest

from privacykit.collect.counters import Counters
from privacykit.errors import StoreError
from privacykit.runtime.alarms import QUIET_SECONDS, Alarms, cause_of


class House:
    """Alarms over counters, with a clock and troubles set by hand."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.causes = {}
        self.standing = {}
        self.now = 1000.0
        self.alarms = Alarms(self.counters, self.causes, lambda: self.standing, lambda: self.now)

    def look(self, after: float = 5.0) -> None:
        """Let time pass and look."""
        self.now += after
        self.alarms.look()


@pytest.fixture
def house():
    """Alarms in which nothing is wrong."""
    return House()


@pytest.fixture
def said(caplog):
    """Return what was said, line by line."""
    caplog.set_level(logging.WARNING, "privacykit")
    return lambda: [record.getMessage() for record in caplog.records]


def test_a_failure_is_said_once_while_it_lasts(house, said):
    """However often it fails, one line says so."""
    for _ in range(10):
        house.counters.count("outbox_failed", "store")
        house.look()
    assert said() == [
        "privacykit: outbox_failed:store: events cannot be committed; they wait in memory"
    ]


def test_the_end_of_a_failure_is_said_after_a_quiet_time(house, said):
    """Not between two failures, so that the log does not flap."""
    house.counters.count("outbox_failed", "store")
    house.look()
    house.look(QUIET_SECONDS - 10)
    assert len(said()) == 1
    house.look(20)
    house.look()
    assert said()[1:] == ["privacykit: outbox_failed:store: no failure any more"]


def test_a_failure_that_comes_back_is_said_again(house, said):
    """Once it was over it is news."""
    for _ in range(2):
        house.counters.count("error", "admit")
        house.causes["admit"] = "KeyError at privacykit/x.py:1"
        house.look()
        house.look(QUIET_SECONDS + 1)
    assert len(said()) == 4
    assert "KeyError at privacykit/x.py:1" in said()[2]


def test_a_sink_in_trouble_is_said_in_its_own_words(house, said):
    """Once, though it takes some events between two failures."""
    for _ in range(10):
        house.standing["sink archive"] = "PK170 a file of events failed"
        house.look()
        house.standing.clear()
        house.look()
    house.look(QUIET_SECONDS)
    assert said() == [
        "privacykit: sink archive: PK170 a file of events failed",
        "privacykit: sink archive: no failure any more",
    ]


def test_what_is_no_failure_is_not_said(house, said):
    """Nor is a chore of the keeper, which speaks for itself."""
    house.counters.count("withheld", "refused")
    house.counters.count("error", "policies")
    house.look()
    assert said() == []


def test_a_foreign_error_is_told_by_type_and_place_only():
    """Its words may hold a person's data."""
    try:
        Alarms(Counters(), {}, {"jane@example.org": 1}.__getitem__).look()
    except TypeError as error:
        told = cause_of(error)
    assert told.startswith("TypeError at privacykit/runtime/alarms.py:")
    assert "jane" not in told


def test_an_error_from_elsewhere_has_no_place():
    """What never passed through our code tells only its type."""
    assert cause_of(ValueError("jane@example.org")) == "ValueError"


def test_an_error_of_ours_speaks_for_itself():
    """Its words are ours, on one line."""
    assert cause_of(StoreError("PK133 one\ntwo")) == "PK133 one; two"
