"""``privacykit report`` of the kinds that count visits: options in, documents out, refusals."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, datetime

import msgspec
import pytest
import time_machine

from privacykit.cli.main import main
from privacykit.collect.events.format import decode_event, encode_event
from privacykit.collect.ports import OutboxRow
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.testing.samples import row
from tests.reports.kinds import reference

MAP = "\n".join(f'{key} = "{key}"' for key in ("page", "country", "channel", "device", "value"))
MAP = f'time = "at"\nvisitor = "visitor"\nname = "event"\nbasis = "basis"\norder = "tie"\n{MAP}\n'
DEFINITION = """\
[[goals]]
name = "bought"
match = "order"
[[funnels]]
name = "shop"
steps = ["/a", "cart_add", { goal = "bought" }]
[[stages]]
name = "looking"
match = "/a"
[[stages]]
name = "buying"
match = "order"
"""
DAYS = ("--timezone", "Europe/Berlin", "--from", "2026-10-22", "--to", "2026-10-28")


@pytest.fixture
def say(tmp_path, monkeypatch, capsys):
    """Return what runs a command; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def say(*arguments, at=datetime(2026, 11, 1, tzinfo=UTC)):
        monkeypatch.setattr(sys, "argv", ["privacykit", "report", *arguments])
        with time_machine.travel(at, tick=False), pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    return say


@pytest.fixture
def report(say, tmp_path, village):
    """Return what asks for a report of the village, in a file."""
    (tmp_path / "map.toml").write_text(MAP)
    (tmp_path / "daily.toml").write_text(MAP + 'ids = "daily"\n')
    (tmp_path / "shop.toml").write_text(DEFINITION)
    with (tmp_path / "events.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, reference.Told.__struct_fields__)
        table.writeheader()
        table.writerows(msgspec.structs.asdict(one) for one in village)

    def report(kind, *options, ids="map"):
        given = ("--events", "events.csv", "--columns", f"{ids}.toml", "--synthetic")
        return say(kind, *given, *DAYS, *options)

    return report


MEMBERS = {
    "overview": """
        visits visitors visitors_are page_views consent days channels countries devices pages events
    """,
    "segments": "conversion visits visitors conversions rate breakdowns",
    "journey": "by transitions stages",
    "cart": "visits carts abandoned rate statuses abandoned_value",
    "retention": "persons cohorts",
}
TABLES = {
    "overview": "whole days channels countries devices pages events consent",
    "segments": """
        whole country language visitor visits orders cart event page channel campaign device browser
        value_bucket
    """,
    "journey": "transitions",
    "cart": "whole statuses abandoned_value",
    "retention": "cohorts rates",
}


@pytest.mark.parametrize("kind", MEMBERS)
def test_each_kind_has_its_document_and_its_tables(report, kind):
    """The members of the reference, and a row of CSV for each row of each table."""
    code, out, err = report(kind, "--json", "--k", "1")
    found = json.loads(out)
    _, lines, _ = report(kind, "--csv", "--k", "1")
    rows = list(csv.DictReader(io.StringIO(lines)))

    assert (code, err) == (0, "")
    unit = "person" if kind == "retention" else "visit"
    assert (found["report"], found["unit"], found["k"]) == (kind, unit, 1)
    assert set(MEMBERS[kind].split()) <= found.keys()
    assert list(dict.fromkeys(one["table"] for one in rows)) == TABLES[kind].split()


def test_the_same_words_every_time(report):
    """Figures of two periods and a segment, for people."""
    code, out, _ = report("overview", "--compare", "--segment", "visitor==returning", "--k", "1")

    headings = [line for line in out.splitlines() if line.startswith("events.csv")]
    assert code == 0
    assert headings == [
        f"events.csv, {days} (Europe/Berlin), {who}"
        for days in ("2026-10-22 to 2026-10-28", "2026-10-15 to 2026-10-21")
        for who in ("everybody", "visitor==returning")
    ]
    assert "Visits  Visitors  Page views" in out


def test_a_definition_gives_funnel_goal_and_stages(report):
    """Each where it is asked for, from one file."""
    given = ("--definition", "shop.toml", "--json", "--k", "1")
    funnel, segments, journey = (
        json.loads(report(*what, *given)[1])
        for what in (
            ("funnel", "--name", "shop"),
            ("segments", "--by", "cart", "--conversion", "bought"),
            ("journey", "--by", "event"),
        )
    )

    assert [step["name"] for step in funnel["steps"]] == ["/a", "cart_add", "bought"]
    assert segments["conversion"] == "bought"
    assert segments["conversions"] > 0
    assert list(journey["stages"][0]["visits"]) == ["looking", "buying", "(none)"]


def test_a_conversion_without_a_definition_is_an_event(report):
    """Or a page, or conditions."""
    _, out, _ = report("segments", "--by", "device", "--conversion", "order", "--json")
    _, other, _ = report("segments", "--by", "device", "--conversion", "event==order", "--json")

    assert json.loads(out)["breakdowns"] == json.loads(other)["breakdowns"]


def test_ids_of_a_day_are_told_not_available(report):
    """As a code for machines, and in the table for people."""
    given = ("--by", "visitor", "--by", "cart")
    _, out, _ = report("segments", *given, "--json", ids="daily")
    _, text, _ = report("segments", *given, ids="daily")
    _, overview, _ = report("overview", "--json", ids="daily")

    assert json.loads(out)["not_available"] == ["visitor"]
    assert "not_available" in text
    assert json.loads(overview)["visitors_are"] == "sum_of_daily_visitors"
    assert json.loads(overview)["not_available"] == ["distinct_visitors"]


@pytest.mark.parametrize(
    ("asked", "ids", "said"),
    [
        (["retention"], "daily", "needs_person_id"),
        (["overview", "--segment", "visitor==new"], "daily", "needs_person_id"),
        (["overview", "--segment", "visitor==v7"], "map", "singles_out"),
        (["segments", "--by", "city"], "map", "told apart by"),
        (["segments", "--conversion", "x", "--definition", "shop.toml"], "map", "no goal"),
        (["funnel", "--definition", "shop.toml", "--steps", "/a,/b"], "map", "leave out"),
        (["funnel", "--definition", "shop.toml", "--mode", "open"], "map", "leave out"),
        (["funnel", "--definition", "shop.toml", "--name", "x"], "map", "has: shop"),
        (["funnel", "--definition", "none.toml"], "map", "cannot read none.toml"),
        (["journey", "--definition", "map.toml"], "map", "PK281 map.toml:1: time"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(report, asked, ids, said):
    """With what to do, and nothing on standard output."""
    code, out, err = report(*asked, ids=ids)

    assert code != 0
    assert out == ""
    assert said in err


CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
establishments = ["DE"]
[purposes.analytics]
uses = ["analytics_no_storage"]
visitor = "consented"
"""


def stored(visitor, at):
    """Return an event of our own, in the store at some time."""
    made = row(visitor)
    moment = int(datetime.fromisoformat(at).timestamp() * 1000)
    written = f"{moment >> 16:08x}-{moment & 0xFFFF:04x}-7000-8000-{visitor:012d}"
    event = decode_event(made.body)
    # Without a consent an id ends at midnight.
    consent = msgspec.structs.replace(event.data.consent, source="consent")
    data = msgspec.structs.replace(event.data, consent=consent)
    body = encode_event(msgspec.structs.replace(event, id=written, time=f"{at[:19]}Z", data=data))
    return OutboxRow(msgspec.structs.replace(made.envelope, id=written), body)


def test_our_own_store_tells_who_returns_by_what_it_keeps(say, tmp_path):
    """Events before the period are read for it, and are in no figure."""
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    now = datetime(2027, 1, 31, tzinfo=UTC)
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    store = EventStore(engine)
    store.ensure_periods(now.timestamp(), 6)
    early = [stored(number, "2027-01-02T10:00:00+00:00") for number in range(10)]
    late = [stored(number, "2027-01-20T10:00:00+00:00") for number in range(22)]
    store.add([*early, *late], now.timestamp())
    engine.dispose()

    given = ("--from", "2027-01-15", "--to", "2027-01-25", "--json")
    code, out, err = say("segments", "--by", "visitor", *given, at=now)
    _, cut, _ = say("overview", "--segment", "visitor==returning", *given, at=now)

    found = json.loads(out)
    assert (code, err) == (0, "")
    assert {one["value"]: one["visits"] for one in found["breakdowns"][0]["rows"]} == {
        "new": 12,
        "returning": 10,
    }
    assert found["policies"] == ["DE@0123456789ab"]
    assert json.loads(cut)["compared"][0]["visits"] == 10


@pytest.mark.parametrize("given", [("page,help",), ("page", "help"), (" page , help,",)])
def test_page_views_have_several_names(report, given):
    """With commas as steps have, or with an option each."""
    options = [word for names in given for word in ("--page-view", names)]

    found = json.loads(report("overview", "--json", *options)[1])

    alone = json.loads(report("overview", "--json", "--page-view", "page")[1])
    assert found["page_views"] > alone["page_views"] > 0


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (["funnel", "--steps", "page,lnad"], "lnad"),
        (["attribution", "--conversion", "lnad"], "lnad"),
        (["segments", "--conversion", "/lnad"], "/lnad"),
        (["segments", "--cart", "lnad"], "lnad"),
        (["cart", "--order", "lnad"], "lnad"),
        (["overview", "--page-view", "page,lnad"], "lnad"),
    ],
)
def test_a_name_that_fits_no_event_is_told(report, asked, name):
    """It may be misspelt; the names beside it fit."""
    notes = json.loads(report(*asked, "--json")[1])["notes"]

    told = [note for note in notes if "No event fits" in note]
    assert len(told) == 1
    assert f"'{name}'" in told[0]


def test_a_name_of_few_people_s_events_is_as_one_of_none(report):
    """Whether there is one event must not be found out by asking for it."""
    asked = ("funnel", "--step", "page", "--step", "event==order", "--json")
    notes = json.loads(report(*asked)[1])["notes"]
    none, few = (
        json.loads(report("funnel", "--steps", "page,lnad", "--json", "--k", k)[1])["notes"]
        for k in ("1", "10")
    )

    assert not any("No event fits" in note for note in notes)
    assert any("fits 'lnad': is" in note for note in none)
    assert any("fewer than 10 people: is" in note for note in few)


def test_too_many_segments_are_told(report):
    """A blank report says why; one that is not says nothing of it."""
    parts = ("country==D", "device==mobile", "page==/a", "browser==safari", "channel==email")
    cut = [word for one in parts for word in ("--segment", one)]

    blank = json.loads(report("overview", "--json", *cut)[1])
    shown = json.loads(report("overview", "--json", "--segment", "device==mobile")[1])

    assert blank["compared"][0]["visits"] is None
    assert any("Cut by 5 segments" in note for note in blank["notes"])
    assert shown["compared"][0]["visits"] > 0
    assert not any("segment" in note for note in shown["notes"])


@pytest.mark.usefixtures("report")
def test_a_day_that_is_not_said_is_the_edge_of_the_files(say):
    """The first day alone is no period of one day, and neither is the last."""
    given = ("--events", "events.csv", "--columns", "map.toml", "--synthetic", "--json")
    asked = ((), ("--from", "2026-10-25"), ("--to", "2026-10-25"))
    told = [json.loads(say("overview", *given, *days)[1])["periods"][0] for days in asked]
    (first, last), since, until = [(one["start"], one["end"]) for one in told]
    assert first < "2026-10-25" < last
    assert (since, until) == (("2026-10-25", last), (first, "2026-10-25"))
    for words in (("--to", "2020-01-01"), ("--from", "2029-01-01")):
        code, _, err = say("overview", *given, *words)
        assert (code, "say the " in err) == (2, True)
