"""A report made while the standing canary visits tells of real people alone."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from sqlalchemy import Column, MetaData, Table, create_engine

from privacykit.errors import StoreError
from privacykit.geo.synthetic import address_of
from privacykit.operate.context import OperatorContext
from privacykit.stores.watch_state import OpenRun, WatchState, read_state, write_state
from privacykit.testing.layout import lay_out
from privacykit.verify.asked import Sampling, Verification
from privacykit.verify.places.left_out import Nobody
from privacykit.verify.places.place import Chance, KeptEvent, PlaceKind, StoredRow
from privacykit.verify.run import run
from privacykit.verify.watch.marks import FIRST_VERSION
from privacykit.verify.watch.places.gone import EventsEnd
from privacykit.verify.watch.unreported import LOOK_SECONDS, MadeUpVisits
from tests.verify.watched_house import OPERATOR, WatchedHouse

EVENTS = ("visitors", "consent", "erased")
CLAIMS = ("addresses", "user-agents", "identifiers", "visitors", "consent", "erased", "logs")


@pytest.fixture
def house(tmp_path):
    """A site in this process with some visitors, watched."""
    one = WatchedHouse(tmp_path, more='[verify]\nlogs = ["logs/access.log"]\n')
    one.visitors(12)
    settle(one)
    yield one
    one.close()


def settle(house):
    """Let what was made be committed and delivered."""
    for _ in range(10):
        house.pause(0.25)


def verified(house, claims=CLAIMS):
    """Return what each claim came to: outcome, how much was looked at, what was found."""
    sampling = Sampling(None, lambda: 0.0)
    asked = Verification(house.config, sampling, list, house.clock)
    try:
        results = run(asked.claims(claims), asked.places(), None, sampling.random)
    finally:
        asked.close()
    return {
        one.claim: (
            one.outcome,
            one.looked_at,
            [(it.id, it.place, it.count) for it in one.violations],
        )
        for one in results
    }


def rows_of(house):
    """Return how many events are really there, at every place."""
    asked = Verification(house.config, Sampling(None, lambda: 0.0), list, house.clock)
    try:
        places = [place._place for place in asked.places()]
        everything = Chance(None, lambda: 0.0)
        return sum(row.event is not None for place in places for row in place.rows(everything))
    finally:
        asked.close()


def during(house, look, monkeypatch):
    """
    Run the canary, and *look* while all that its people left is there.

    Their grants are ended by then and their events are not yet erased: what rests on those has no
    proof any more.
    """
    told = []
    come = EventsEnd.come

    def looking(self):
        told.append(look())
        return come(self)

    monkeypatch.setattr(EventsEnd, "come", looking)
    return house.watcher.once().report, told[0]


def test_a_report_is_the_same_while_the_canary_visits(house, monkeypatch):
    """As if its people were erased already: nothing of theirs is counted at any place."""

    def look():
        return verified(house), rows_of(house)

    report, (meanwhile, rows) = during(house, look, monkeypatch)
    later, left = verified(house), rows_of(house)
    assert (report.events > 5, rows - left) == (True, report.events)
    assert [meanwhile[name] for name in EVENTS] == [later[name] for name in EVENTS]
    assert {one[0] for one in meanwhile.values()} == {"holds"}


def test_lines_of_logs_are_not_told_either(house, monkeypatch):
    """A log that holds whole addresses is found by those of real people alone."""
    house.seed("log address")
    house.visitors(3)
    settle(house)
    before = verified(house, ("logs",))["logs"]
    _, meanwhile = during(house, lambda: verified(house, ("logs",))["logs"], monkeypatch)
    after = verified(house, ("logs",))["logs"]
    assert (before[0], before[2]) == ("fails", [("PK312", "log access.log", 3)])
    assert meanwhile == before
    assert after[1] > before[1] + 5


def run_of(house, version=FIRST_VERSION, **more):
    """Return an open run of a browser, of now."""
    people = {f"Firefox {version}": address_of("DE", 77)}
    return OpenRun(house.now - 5, house.now + 5, people, **more)


def visit(house, place, number, version=FIRST_VERSION, **more):
    """Visit with a browser of nobody's."""
    agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
    sent = {"x-forwarded-for": address_of(place, number), "user-agent": agent, **more}
    house.ask("GET", "/", [(name.encode(), value.encode()) for name, value in sent.items()])
    settle(house)


def test_who_merely_sends_such_a_browser_is_reported(house):
    """From another network, or while no run is open: nobody hides from a report by a name."""
    before = verified(house, ("addresses",))["addresses"][1]
    visit(house, "FR", 9)
    first = verified(house, ("addresses",))["addresses"][1]
    state = read_state(house.watcher._file)
    write_state(house.watcher._file, _with(state, run_of(house)))
    assert verified(house, ("addresses",))["addresses"][1] == first > before
    visit(house, "DE", 77)
    assert verified(house, ("addresses",))["addresses"][1] == first


def _with(state, *runs):
    from msgspec.structs import replace

    return replace(state, open=runs)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The shop's file, and nobody who visits."""
    config = str(lay_out(tmp_path_factory.mktemp("quiet"), OPERATOR))
    context = OperatorContext(config, look=True)
    yield SimpleNamespace(
        config=config,
        context=context,
        file=context.paths.file(context.settings.watch.file),
        now=time.time(),
    )
    context.close()


@pytest.fixture
def quiet(installed):
    """The same, where no watch runs yet."""
    write_state(installed.file, WatchState())
    return installed


def test_a_run_that_ends_meanwhile_stays_known(quiet):
    """What was read before its erasure is still told from real people's."""
    visits = made_up(quiet)
    write_state(quiet.file, _with(read_state(quiet.file), run_of(quiet)))
    visits.look_again()
    write_state(quiet.file, _with(read_state(quiet.file)))
    visits.look_again()
    assert visits.is_theirs(event(quiet))


def test_a_run_that_begins_meanwhile_is_learnt_of(quiet):
    """By the first event of such a browser, at most once a second."""
    now = [0.0]
    visits = made_up(quiet, lambda: now[0])
    visits.look_again()
    assert not visits.is_theirs(event(quiet))
    write_state(quiet.file, _with(read_state(quiet.file), run_of(quiet)))
    assert not visits.is_theirs(event(quiet))
    now[0] += LOOK_SECONDS
    assert visits.is_theirs(event(quiet))


def made_up(quiet, monotonic=lambda: 0.0):
    """Return what tells the made-up people of the quiet."""
    return MadeUpVisits(quiet.config, quiet.context, monotonic)


def event(quiet, language="zxx", **device):
    """Return an event of a browser of nobody's, as a place gives it."""
    id_ = int(quiet.now * 1000).to_bytes(6).hex("-", -4) + "-7000-8000-000000000000"
    data = {"device": {"browser": f"Firefox {FIRST_VERSION}", **device}, "language": language}
    return StoredRow("x", "y", PlaceKind.SINK, {}, KeptEvent({"id": id_, "data": data}, {}))


@pytest.mark.parametrize(
    ("kind", "table", "values", "expected"),
    [
        (PlaceKind.OWN, "consents", {"record": "theirs"}, True),
        (PlaceKind.OWN, "consent_entries", {"record": "theirs"}, True),
        (PlaceKind.OWN, "consents", {"record": "real"}, False),
        (PlaceKind.OWN, "stops", {"key": "theirs"}, False),
        (PlaceKind.MAPPED, "customers", {"email": "Word@Canary.Example", "n": 1}, True),
        (PlaceKind.MAPPED, "customers", {"email": "anna@shop.example"}, False),
        (PlaceKind.OWN, "requests", {"email": "word@canary.example"}, False),
    ],
)
def test_consents_and_sign_ups_of_theirs_are_left_out(quiet, kind, table, values, expected):
    """While a run is open; else every row counts."""
    row = StoredRow("x", table, kind, values)
    visits = made_up(quiet)
    visits.look_again()
    assert not visits.is_theirs(row)
    run_ = run_of(quiet, records=(("theirs", "DE"),))
    write_state(quiet.file, _with(read_state(quiet.file), run_))
    visits.look_again()
    assert visits.is_theirs(row) is expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{address} - - "GET / HTTP/1.1" 200', True),
        (b"from {address}, 10.0.0.1", True),
        (b"{address}7 - -", False),
        (b"1{address} - -", False),
        (b"Mozilla/5.0 Firefox/900.0 x", True),
        (b"Mozilla/5.0 Firefox/901.0 x", False),
    ],
)
def test_lines_of_theirs_are_left_out(quiet, line, expected):
    """By a whole address or the browser; nothing that only begins so."""
    line = line.replace(b"{address}", address_of("DE", 77).encode())
    visits = made_up(quiet)
    visits.look_again()
    assert not visits.is_line(line)
    write_state(quiet.file, _with(read_state(quiet.file), run_of(quiet)))
    visits.look_again()
    assert visits.is_line(line) is expected


@pytest.mark.parametrize("data", [None, {"device": None}, {"device": {"browser": 1}}])
def test_what_is_no_event_of_ours_counts(quiet, data):
    """Whatever stands in a sink of somebody's."""
    write_state(quiet.file, _with(read_state(quiet.file), run_of(quiet)))
    visits = made_up(quiet)
    visits.look_again()
    body = {"id": "x"} if data is None else {"id": "x", "data": data}
    assert not visits.is_theirs(StoredRow("x", "y", PlaceKind.SINK, {}, KeptEvent(body, {})))


def test_an_event_with_members_of_other_types_counts(quiet):
    """It cannot be compared, so it is looked at."""
    write_state(quiet.file, _with(read_state(quiet.file), run_of(quiet)))
    visits = made_up(quiet)
    visits.look_again()
    assert visits.is_theirs(event(quiet))
    assert not visits.is_theirs(event(quiet, language=7))


def test_a_table_that_cannot_be_read_is_said(quiet):
    """Without a value: what counts by itself is then not tested."""
    write_state(quiet.file, _with(read_state(quiet.file), run_of(quiet)))
    engine = create_engine("sqlite://")
    gone = Table("events", MetaData(), Column("id"), Column("body"))
    with pytest.raises(StoreError, match="PK316 events"):
        made_up(quiet).ids_in(engine, gone)
    engine.dispose()


def test_where_nothing_is_collected_nobody_is_made_up(quiet):
    """Every row and line counts."""
    nobody = Nobody()
    nobody.look_again()
    assert not nobody.is_theirs(event(quiet))
    assert not nobody.is_line(b"Firefox/900.0")
    assert nobody.ids_in(None, None) == ()
