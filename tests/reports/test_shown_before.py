"""What is shown beside what was shown before, and beside what is hidden, tells of no few."""

from __future__ import annotations

import json
from datetime import date

import msgspec
import pytest

from privacykit.collect.events.format import (
    EventConsent,
    EventPlace,
    decode_event,
    encode_event,
)
from privacykit.collect.ports import OutboxRow
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.published import PublishedReport, PublishedReports
from privacykit.testing.samples import NOW, rich_row
from tests.reports.test_event_store import FUNNEL, shop

__all__ = ["shop"]


def of_one(number, visitor, **data):
    """Return the event with *number* of *visitor*."""
    made = rich_row(number, page=f"/{number}", **data)
    event = decode_event(made.body)
    told = msgspec.structs.replace(event.data, visitor=visitor)
    envelope = msgspec.structs.replace(made.envelope, visitor=visitor, subject="subject-77")
    return OutboxRow(envelope, encode_event(msgspec.structs.replace(event, data=told)))


def test_who_may_not_be_told_by_campaigns_is_in_all_reports_of_a_period_or_in_none(shop):
    """Three who rest on a law that lets nobody tell of campaigns are no difference of two reports."""
    days = ("--from", "2027-01-01", "--to", "2027-01-31")
    channel = ("--segment", "channel==search")
    database = open_engine(f"sqlite:///{shop.folder / 'privacykit-events.db'}", kind="events")
    law = EventConsent({"analytics": "allow"}, "law", ("FR@0123456789ab",), ())
    EventStore(database).add([rich_row(n, consent=law) for n in (31, 32, 33)], NOW)
    database.dispose()

    assert json.loads(shop(*FUNNEL, *days, "--json")[1])["entered"] == 23
    code, out, err = shop(*FUNNEL, *days, *channel)
    assert (code, out) == (1, "")
    assert "this report leaves out events by which a policy lets nobody tell of campaigns" in err
    assert shop("cart", *days, *channel)[0] == 0
    code, _, err = shop("cart", *days)
    assert (code, "this report counts events by which a policy" in err) == (1, True)
    assert shop("cart", *days, *channel)[0] == 0
    assert shop("cart", *days, "--accept-overlap")[0] == 0


def test_what_is_shown_meanwhile_is_seen(shop, monkeypatch):
    """Of two reports that end at once the second looks after the first has noted what it shows."""
    days = ("--from", "2027-01-01", "--to", "2027-01-31")
    claim, claimed = PublishedReports.claim, []

    def after_another(ledger, site, owner, now):
        if not claimed:
            claimed.append(claim(ledger, site, "another", now))
            between = PublishedReport(date(2027, 1, 1), date(2027, 1, 31), ("country==FR",))
            ledger.add(site, "funnel", between, now)
        elif len(claimed) == 1:
            claimed.append(claim(ledger, site, owner, now))
            ledger.release(site, "another", now)
        return claim(ledger, site, owner, now)

    monkeypatch.setattr(PublishedReports, "claim", after_another)
    code, out, err = shop(*FUNNEL, *days, "--segment", "country==DE")
    assert claimed == [True, False]
    assert (code, out, "was shown meanwhile: ask again" in err) == (2, "", True)


@pytest.mark.parametrize(
    "words",
    [
        ("overview", "--segment", "country==LU"),
        ("segments", "--by", "page", "--by", "event"),
        ("journey", "--by", "event", "--segment", "country==LU"),
        ("cart", "--segment", "country==LU"),
        (*FUNNEL, "--segment", "country==LU"),
    ],
    ids=lambda words: words[0],
)
def test_how_much_one_person_did_is_not_told_by_how_much_is_hidden(shop, words):
    """Whoever does six things is no more groups than whoever does one: how many is never told."""
    days = ("--from", "2027-01-01", "--to", "2027-01-31", "--json")
    database = open_engine(f"sqlite:///{shop.folder / 'privacykit-events.db'}", kind="events")
    store = EventStore(database)

    def come(numbers):
        place, visitor = EventPlace("LU", None), f"{77:032x}"
        store.add([of_one(n, visitor, name=f"did {n}", place=place) for n in numbers], NOW)
        report = json.loads(shop(*words, *days)[1])
        sets = [report, *report["compared"]]
        lists = [one for it in sets for one in it.get("breakdowns", ())]
        return [it["hidden"]["cells"] for it in sets], [one["hidden"] for one in lists]

    one, several = come([50]), come(range(51, 56))
    database.dispose()
    assert one == several
    assert max(one[0]) == 1
