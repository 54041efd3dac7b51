"""What is said the first time it happens, and never again."""

import logging

import pytest

from privacykit.collect.counters import Counters
from privacykit.decide.codes import Code
from privacykit.decide.withheld import Withheld, meaning
from privacykit.errors import StoreError
from privacykit.runtime.firsts.lines import FirstEvent, FirstLines
from privacykit.runtime.firsts.withheld import EVERY_SECONDS, FIRST, WithheldReport


class House:
    """First lines and what they said."""

    def __init__(self, caplog) -> None:
        caplog.set_level(logging.INFO, "privacykit")
        self.counters, self.first = Counters(), FirstEvent(lambda *_: [], Counters())
        self.lines = FirstLines(self.counters, self.first)
        self._caplog = caplog

    def said(self) -> list[tuple[str, str]]:
        """Look, and return level and text of what was said since the last time."""
        self._caplog.clear()
        self.lines.look()
        return [(record.levelname, record.getMessage()) for record in self._caplog.records]


@pytest.fixture
def house(caplog):
    """Return first lines of a fresh process."""
    return House(caplog)


def test_the_first_event_is_said_once(house):
    """With its route, site and purpose, and how to look at it."""
    house.first.words = "page /orders/{id}, site 'shop', purpose 'analytics'"
    house.counters.count("outbox_acknowledged", n=3)
    [(level, line)] = house.said()
    house.counters.count("outbox_acknowledged")
    assert (level, house.said()) == ("INFO", [])
    assert "first event: page /orders/{id}" in line
    assert "privacykit events tail" in line


TOLD = sorted(set(Withheld) - {Withheld.UNKNOWN_HOST, Withheld.ASSET})


@pytest.mark.parametrize("reason", [*TOLD, Code.REFUSED])
def test_the_first_of_each_reason_is_said_once(house, reason):
    """What it means, and what to do where something can be done."""
    house.counters.count("withheld", reason.value)
    [(_, line)] = house.said()
    house.counters.count("withheld", reason.value)
    what, advice = meaning(reason.value)
    assert house.said() == []
    assert reason.value in line
    assert what in line
    assert advice[1:] in line


def test_an_unknown_host_is_said_by_its_name_elsewhere(house):
    """One warning for one thing."""
    house.counters.count("withheld", "unknown_host")
    assert house.said() == []


def test_a_part_of_a_page_is_nothing_to_wonder_at(house):
    """No browser does without `/favicon.ico`, and nobody asks why it is no page."""
    house.counters.count("withheld", "asset")
    assert house.said() == []


class Resort(logging.Handler):
    """Python's handler of last resort, as a list."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        """Keep what would be written."""
        self.lines.append(record.getMessage())


@pytest.fixture
def resort(monkeypatch):
    """Python's handler of last resort, in a process where nobody configured logging."""
    resort = Resort()
    monkeypatch.setattr(logging, "lastResort", resort)
    monkeypatch.setattr(logging.getLogger("privacykit"), "hasHandlers", bool)
    return resort


@pytest.fixture
def bare(resort):
    """First lines there, and what is written."""
    counters, first = Counters(), FirstEvent(lambda *_: [], Counters())
    return counters, FirstLines(counters, first), resort.lines


def test_where_nobody_configured_logging_they_are_written_up_to_the_first_event(bare):
    """A newcomer sees why there is none, and then that there is one; more would be a nuisance."""
    counters, lines, written = bare
    for name, reason in (("withheld", "not_html"), ("outbox_acknowledged", "")):
        counters.count(name, reason)
        lines.look()
    counters.count("withheld", "refused")
    lines.look()
    assert [line[:43] for line in written] == [
        "INFO:     privacykit: first event withheld ",
        "INFO:     privacykit: first event: ; `priva",
    ]


def test_warnings_are_written_once_where_nobody_configured_logging(bare):
    """Before the first event and after it, with their level, and nothing that is none."""
    counters, lines, written = bare
    counters.count("withheld", "robot")
    lines.look()
    counters.count("outbox_acknowledged")
    for reason in ("pages_off", "refused"):
        counters.count("withheld", reason)
    lines.look()
    levels = [line.partition(" ")[0] for line in written]
    assert levels == ["WARNING:", "INFO:", "WARNING:"]


def test_what_somebody_configured_is_kept_to(bare, monkeypatch):
    """A level of ours, or a handler anywhere above us, says who wants to read what."""
    counters, lines, written = bare
    monkeypatch.setattr(logging.getLogger("privacykit"), "level", logging.ERROR)
    counters.count("outbox_acknowledged")
    lines.look()
    assert written == []


def test_a_process_without_a_last_resort_stays_silent(bare, monkeypatch):
    """Whoever took Python's own handler away wants to read nothing."""
    counters, lines, written = bare
    monkeypatch.setattr(logging, "lastResort", None)
    counters.count("outbox_acknowledged")
    lines.look()
    assert written == []


def test_a_page_without_a_template_is_a_warning(house):
    """It says what to do."""
    house.counters.count("page_unknown")
    [(level, line)] = house.said()
    assert level == "WARNING"
    assert "request.state.privacy.page" in line


def test_every_reason_has_a_meaning():
    """Those of the law and ours, and no code stands for two."""
    codes = [code.value for code in (*Code, *Withheld)]
    assert all(meaning(code)[0] for code in codes)
    assert len(codes) == len(set(codes))
    assert meaning("no such reason") == ("", "")


class Store:
    """Keeps what it is told; fails when it is to."""

    def __init__(self) -> None:
        self.added, self.fails = [], False

    def add(self, more, now):
        """Keep *more*."""
        if self.fails:
            raise StoreError("busy")
        self.added.append((more, now))


def test_withheld_counts_of_a_busy_process_are_written_seldom():
    """A new reason at once, more of it after a while, the rest at the end; nothing twice."""
    counters, store, now = Counters(), Store(), [100.0]
    counters.count("withheld", "robot", FIRST)  # the parent's
    report = WithheldReport(counters, lambda: store, lambda: now[0])
    report.start()
    report.look()
    counters.count("withheld", "refused", 2)
    report.look()
    counters.count("withheld", "refused")
    report.look()
    now[0] += EVERY_SECONDS
    report.look()
    counters.count("withheld", "robot")
    report.stop(5.0)
    assert store.added == [
        ({"refused": 2}, 100.0),
        ({"refused": 1}, 130.0),
        ({"robot": 1}, 130.0),
    ]


def test_the_first_counts_of_a_process_are_written_at_every_look():
    """Whoever tries it out asks after each request, and is told of each."""
    counters, store = Counters(), Store()
    report = WithheldReport(counters, lambda: store, lambda: 100.0)
    for _ in range(FIRST + 5):
        counters.count("withheld", "refused")
        report.look()
        report.look()
    assert store.added == [({"refused": 1}, 100.0)] * FIRST


def test_what_could_not_be_written_is_written_later():
    """And the end of a process with a broken store is an end."""
    counters, store = Counters(), Store()
    report = WithheldReport(counters, lambda: store, lambda: 0.0)
    counters.count("withheld", "robot")
    store.fails = True
    report.look()
    report.stop(5.0)
    store.fails = False
    report.look()
    assert store.added == [({"robot": 1}, 0.0)]


def test_a_new_count_is_told_of_at_once():
    """So that nobody waits for the next turn of the keeper's thread."""
    counters, told = Counters(), []
    counters.appeared = lambda: told.append(1)
    for _ in range(3):
        counters.count("withheld", "robot")
    assert told == [1]
