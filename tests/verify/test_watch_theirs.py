"""Whom the standing canary erases: its own people, whatever happens, and nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from privacykit.geo.synthetic import address_of
from privacykit.stores.watch_state import OpenRun, read_state
from privacykit.verify.watch.marks import FIRST_VERSION, VERSIONS
from privacykit.verify.watch.places.placed import EventSeen, PlacedEvent
from privacykit.verify.watch.run import WatchRun
from privacykit.verify.watch.theirs import TheirEvents
from tests.verify.watch_trial import left_in
from tests.verify.watched_house import WatchedHouse


@pytest.fixture
def house(tmp_path):
    """A site in this process, watched."""
    one = WatchedHouse(tmp_path)
    yield one
    one.close()


def consents(house):
    """Return how many consent records there are."""
    with house.watcher._context.engine.connect() as connection:
        return connection.execute(text("select count(*) from consents")).scalar_one()


def settle(house):
    """Let what was made be committed and delivered."""
    for _ in range(10):
        house.pause(0.25)


def test_real_visitors_with_such_a_browser_keep_their_events(house):
    """Whichever block of versions a run takes, at the same time, from another network."""
    for version in range(FIRST_VERSION, FIRST_VERSION + VERSIONS):
        agent = (
            f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
        )
        sent = {"x-forwarded-for": address_of("FR", 9), "user-agent": agent}
        house.ask("GET", "/", [(name.encode(), value.encode()) for name, value in sent.items()])
    settle(house)
    before = left_in(house)
    report = house.watcher.once().report
    assert before >= VERSIONS
    assert left_in(house) == before
    assert report.events == report.erased > 5
    assert {one.id for one in report.findings} == {"PK331"}


def interrupted(house, at):
    """Interrupt the run at the page number *at* of a made-up person; return its transport."""
    asked = []
    carry = house.carry

    def carrying(ask):
        if "/?q=" in ask.url:
            asked.append(ask)
            if len(asked) == at:
                settle(house)
                raise KeyboardInterrupt
        return carry(ask)

    house.watcher._means = house.watcher._means._replace(transport=carrying)
    with pytest.raises(KeyboardInterrupt):
        house.watcher.once()
    house.watcher._means = house.watcher._means._replace(transport=carry)


def test_a_run_that_is_interrupted_erases_what_it_made(house):
    """While the third of its people visits, who has consented by then."""
    interrupted(house, 3)
    assert left_in(house) == 0
    assert consents(house) == 0


def test_what_a_killed_run_left_is_erased_by_the_next(house, monkeypatch):
    """It had no time to erase: its windows, people and consents are in its file."""

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(WatchRun, "_erase", killed)
        interrupted(house, 3)
    assert left_in(house) > 0
    assert consents(house) == 1
    file = house.folder / "privacykit-watch.json"
    assert len(read_state(file).open) == 1
    house.now += 900
    report = house.watcher.once().report
    assert report.findings == ()
    assert left_in(house) == 0
    assert consents(house) == 0
    assert read_state(file).open == ()


def test_what_comes_late_is_erased_too(house):
    """After the search, before and during the erasure."""
    asked = []
    carry = house.carry

    def carrying(ask):
        asked.append(ask)
        return carry(ask)

    def sign_up(_):
        def undo():
            carry(asked[-1])
            settle(house)

        return undo

    house.watcher._means = house.watcher._means._replace(transport=carrying)
    house.watcher._signup = sign_up
    assert house.watcher.once().report.findings == ()
    assert left_in(house) == 0


def event(number, at, **seen):
    """Return an event at *at* of Firefox 900."""
    id_ = f"{int(at * 1000).to_bytes(6).hex('-', -4)}-7000-8000-{number:012x}"
    return PlacedEvent("events", id_, b"", EventSeen(device={"browser": "Firefox 900"}, **seen))


NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("seen", "is_theirs"),
    [
        ({"ip": "192.0.0.0", "ip_bits": 16}, True),
        ({"ip": "192.0.2.77", "ip_bits": 32}, True),
        ({"ip": "192.0.2.77"}, True),
        ({"ip": "0.0.0.0", "ip_bits": 0}, True),
        ({}, True),
        ({"ip": "203.0.0.0", "ip_bits": 16}, False),
        ({"ip": "192.0.2.78"}, False),
        ({"ip": "a token"}, False),
        ({"ip": "203.0.0.0", "ip_bits": 16, "language": "zxx"}, True),
        ({"ip": "203.0.0.0", "ip_bits": 16, "referrer": {"host": "canary.example"}}, True),
    ],
)
def test_the_address_must_agree(house, seen, is_theirs):
    """As weak as it is, or finer; or else the event says that it comes from nowhere."""
    run = OpenRun(NOW, NOW + 5, {"Firefox 900": "192.0.2.77"})
    theirs = TheirEvents((run,), house.watcher._expected, {"DE"})
    assert bool(theirs.among([event(1, NOW + 1, **seen)])) is is_theirs
    assert theirs.among([event(1, NOW + 500, **seen)]) == []
    assert theirs.among([event(1, NOW - 500, **seen)]) == []


def test_an_address_that_a_proxy_puts_there_is_learned(house):
    """From the events that say whose they are; other events show the same address."""
    run = OpenRun(NOW, NOW + 5, {"Firefox 900": "192.0.2.77"})
    theirs = TheirEvents((run,), house.watcher._expected, {"DE"})
    of_page = event(1, NOW + 1, ip="203.0.0.0", ip_bits=16, language="zxx")
    other, stranger = event(2, NOW + 1, ip="203.0.0.0"), event(3, NOW + 1, ip="198.51.0.0")
    assert theirs.among([of_page, other, stranger]) == [of_page, other]
