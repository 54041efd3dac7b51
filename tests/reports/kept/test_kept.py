"""Figures that outlive the events: the same as before, of nobody, and said where there are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from privacykit.errors import BackendError, StoreError
from privacykit.operate.context import OperatorContext
from privacykit.operate.retention import RetentionService
from privacykit.reports import asking
from privacykit.stores.events.event_periods import EventPeriods
from tests.reports.kept.visits import (
    ASKED,
    FEBRUARY,
    FIRST_GONE,
    JANUARY,
    KEEP,
    lay_shop,
    made,
)

ALL_GONE = datetime(2027, 3, 10, tzinfo=UTC)
FUNNEL = ASKED[2]
FUNNEL_KEPT = 'keep = ["funnel --definition goals.toml --name shop"]\n'


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    """A shop of which nothing is kept yet, with visits of January and February 2026."""
    return lay_shop(tmp_path, monkeypatch, capsys, made())


def keeping(shop, text=FUNNEL_KEPT):
    """Have figures kept from now on."""
    shop.configure(text)
    assert shop("retention", "run")[0] == 0
    return shop


def told(shop, *words, at):
    """Return the figures of a report, without what says when they were counted."""
    report = json.loads(shop.report(*words, "--json", at=at))
    kept = [one.pop("kept", None) for one in report["periods"]]
    del report["generated_at"]
    report["notes"] = [one for one in report["notes"] if not one.startswith("kept_figures")]
    return report, kept


def test_kept_figures_are_those_of_the_events(shop):
    """Funnel, goals and overview with a segment: to the last digit, in every writing."""
    keeping(shop, KEEP)
    asked = [words for words in ASKED if words != ("overview",)]
    before = [told(shop, *words, *JANUARY, at=FIRST_GONE - timedelta(9))[0] for words in asked]
    csv = shop.report(*FUNNEL, *JANUARY, "--csv", at=FIRST_GONE - timedelta(9))
    there = shop.left()

    planned = json.loads(shop("retention", "plan", "--json", at=FIRST_GONE)[1])["figures"]
    ran = json.loads(shop("retention", "run", "--json", at=FIRST_GONE)[1])

    assert [one["report"] for one in planned] == [one["report"] for one in ran["figures"]]
    assert {(one["first"], one["last"], one["reason"]) for one in planned} == {
        ("2026-01-01", "2026-01-31", "")
    }
    assert 0 < ran["events"]["rows"] == there - shop.left()
    for words, was in zip(asked, before, strict=True):
        now, kept = told(shop, *words, *JANUARY, at=ALL_GONE)
        assert (now, kept) == (was, ["2027-02-03T12:00:00Z"])
    with_column = shop.report(*FUNNEL, *JANUARY, "--csv", at=ALL_GONE).splitlines()
    assert [line.rpartition(",")[0] for line in with_column] == csv.splitlines()
    assert with_column[1].endswith(",2027-02-03T12:00:00Z")
    shop.report(*FUNNEL, *JANUARY, "--html", "funnel.html", at=ALL_GONE)
    for text in (
        shop.report(*FUNNEL, *JANUARY, at=ALL_GONE),
        (shop.folder / "funnel.html").read_text(),
    ):
        assert "2026-01-31 were kept on 2027-02-03, before the events went" in text


def test_a_month_that_began_quietly_is_kept_as_well(tmp_path, monkeypatch, capsys):
    """Before its first event goes, and right after reports cannot know that none has gone."""
    late = [row for row in made() if row.envelope.expires_at > FIRST_GONE.timestamp()]
    shop = keeping(lay_shop(tmp_path, monkeypatch, capsys, late))
    month_over = datetime(2027, 1, 31, 23, tzinfo=UTC)  # and 396 days since it began
    before, _ = told(shop, *FUNNEL, *JANUARY, at=month_over - timedelta(seconds=1))
    there = shop.left()

    ran = json.loads(shop("retention", "run", "--json", at=month_over)[1])

    assert [(one["first"], one["reason"]) for one in ran["figures"]] == [("2026-01-01", "")]
    assert shop.left() == there
    for at in (month_over, ALL_GONE):
        assert told(shop, *FUNNEL, *JANUARY, at=at) == (before, ["2027-01-31T23:00:00Z"])
    assert json.loads(shop("retention", "run", "--json", at=month_over)[1])["figures"] == []


def test_nobody_is_in_what_is_kept(shop):
    """No visitor id, no subject, no event's id: results as they may be shown."""
    keeping(shop)
    assert shop("retention", "run", at=FIRST_GONE)[0] == 0

    listed = shop("report", "kept", "list", "--json", at=FIRST_GONE)[1]
    removed = shop("report", "kept", "remove", "--kind", "funnel", at=FIRST_GONE)[1]
    shown = f"{listed}{removed}".encode()
    kept = (shop.folder / "privacykit-records.db").read_bytes() + shown

    assert b'"funnel"' in listed.encode()
    assert b'"funnel"' in kept
    for row in made():
        envelope = row.envelope
        for text in (envelope.visitor, envelope.subject, envelope.id):
            assert text.encode() not in kept


def test_who_is_erased_before_is_not_counted_and_afterwards_is(shop):
    """Until they are kept, figures are those of who is there."""
    keeping(shop)
    first = json.loads(shop.report(*FUNNEL, *JANUARY, "--json"))["entered"]
    of_january = [row for row in made() if b'"time":"2026-01-1' in row.body]
    early, late = (row.envelope.subject.removeprefix("subject-") for row in of_january[:8:7])
    assert shop.forget(early)
    assert shop("retention", "run", at=FIRST_GONE)[0] == 0
    assert shop.forget(late)

    assert told(shop, *FUNNEL, *JANUARY, at=FIRST_GONE)[0]["entered"] == first - 1


def test_a_crash_between_keeping_and_dropping_repeats(shop, monkeypatch):
    """What was kept stays as it is, and the events go the next time."""
    keeping(shop)
    there = shop.left()

    def crash(*_):
        raise StoreError("out of order")

    with monkeypatch.context() as broken:
        broken.setattr(EventPeriods, "drop_expired", crash)
        code, _, err = shop("retention", "run", at=FIRST_GONE)
    assert (code, "out of order" in err, shop.left()) == (1, True, there)
    kept = shop.report(*FUNNEL, *JANUARY, "--json", at=FIRST_GONE)

    later = FIRST_GONE + timedelta(1)
    ran = json.loads(shop("retention", "run", "--json", at=later)[1])

    assert (ran["figures"], ran["events"]["rows"] > 0) == ([], True)
    assert shop.report(*FUNNEL, *JANUARY, "--json", at=later) == kept


def test_what_cannot_be_kept_does_not_go(shop, monkeypatch):
    """Neither by the command nor by the worker; both say so."""
    keeping(shop)
    there = shop.left()

    def fail(*_):
        raise BackendError("no engine today")

    with monkeypatch.context() as broken:
        broken.setattr(asking, "ask", fail)
        code, _, err = shop("retention", "run", at=FIRST_GONE)
        worked = shop("worker", "--once", at=FIRST_GONE)
    assert (code, "no engine today" in err, shop.left()) == (1, True, there)
    assert "no event was dropped, since figures could not be kept: no engine today" in worked[2]


def test_the_worker_keeps_before_it_drops(shop):
    """And nothing else drops the events of a store whose figures are kept."""
    keeping(shop)
    there = shop.left()
    assert shop("worker", "--once", at=FIRST_GONE)[0] == 0
    assert shop.left() < there
    assert told(shop, *FUNNEL, *JANUARY, at=FIRST_GONE)[1] == ["2027-02-03T12:00:00Z"]


def test_what_was_not_kept_is_said_and_never_nought(shop):
    """Another question, another segment, more people than kept: each with its reason."""
    keeping(shop)
    assert shop("retention", "run", at=FIRST_GONE)[0] == 0

    def refused(*words, at=FIRST_GONE):
        code, out, err = shop("report", *words, at=at)
        assert (code, out) == (1, "")
        return err

    assert refused("cart", *JANUARY).startswith("partly_gone: some of the events")
    assert refused("cart", *JANUARY, at=ALL_GONE).startswith("gone: what events there were")
    segment = refused(*FUNNEL, *JANUARY, "--segment", "country==DE")
    assert segment.startswith("not_kept: the events of that period are gone")
    assert refused(*FUNNEL, *JANUARY, "--k", "20").startswith(
        "not_kept: the figures that were kept"
    )


def test_a_period_whose_events_had_begun_to_go_is_not_kept(shop):
    """Who begins too late keeps the next one; the first is never told as if it were whole."""
    shop.configure("")
    assert shop("retention", "run", at=FIRST_GONE)[0] == 0
    shop.configure(FUNNEL_KEPT)
    later = FIRST_GONE + timedelta(1)

    code, out, _ = shop("retention", "run", at=later)

    assert code == 0
    assert "2026-01-01 to 2026-01-31: not kept (partly_gone)" in out
    err = shop("report", *FUNNEL, *JANUARY, at=later)[2]
    assert "some of the events had gone, or may have, before figures" in err
    out = shop("retention", "run", at=FIRST_GONE + timedelta(31))[1]
    assert "2026-02-01 to 2026-02-28: kept" in out


def test_who_stops_keeping_begins_anew(shop):
    """What went meanwhile went unkept."""
    keeping(shop)
    shop.configure("")
    assert shop("retention", "run", at=FIRST_GONE)[0] == 0
    shop.configure(FUNNEL_KEPT)
    out = shop("retention", "run", at=FIRST_GONE + timedelta(1))[1]
    assert "not kept (partly_gone)" in out


def test_a_period_that_overlaps_what_was_shown_is_not_kept(shop):
    """The difference would tell of a few; the events go all the same, and it is said."""
    keeping(shop)
    week = ("--from", "2026-01-20", "--to", "2026-02-03")
    code, _, err = shop("report", *FUNNEL, *week)
    assert (code, err.startswith("overlaps_kept: the figures of funnel are kept by the month")) == (
        1,
        True,
    )
    shop.report(*FUNNEL, *week, "--accept-overlap")

    out = shop("retention", "run", at=FIRST_GONE)[1]

    assert "2026-01-31: not kept (overlaps_published)" in out
    assert "19 rows deleted" in out
    err = shop("report", *FUNNEL, *JANUARY, at=FIRST_GONE)[2]
    assert "a period that overlaps it was shown" in err


def test_what_was_shown_before_cuts_what_is_kept(shop):
    """Germany shown, France kept: the few of Luxembourg are no difference of the two."""
    days = (*JANUARY, "--json")
    shown = json.loads(shop.report("overview", "--segment", "country==DE", *days))
    keeping(shop, 'keep = ["overview --segment country==FR"]\n')
    assert shop("retention", "run", at=FIRST_GONE)[0] == 0

    kept = json.loads(shop.report("overview", "--segment", "country==FR", *days, at=ALL_GONE))

    few = [row for row in made() if b'"country":"LU"' in row.body]
    assert few
    parts = [shown["compared"][0]["visits"], kept["compared"][0]["visits"]]
    rest = kept["visits"] - sum(parts) if None not in parts else None
    assert rest is None or rest >= 10


def test_kept_figures_stand_beside_counted_ones(shop):
    """January is gone, February is there: each by its own way, as if both were."""
    keeping(shop)
    words = (*FUNNEL, *FEBRUARY, "--compare")
    before = told(shop, *words, at=FIRST_GONE - timedelta(9))[0]
    assert shop("retention", "run", at=FIRST_GONE)[0] == 0

    now, kept = told(shop, *words, at=FIRST_GONE)

    assert kept == [None, "2027-02-03T12:00:00Z"]
    assert now == before


def test_nobody_drops_where_nobody_keeps(shop):
    """A caller that cannot keep figures does not drop events either."""
    shop.configure(FUNNEL_KEPT)
    context = OperatorContext(str(shop.folder / "privacykit.toml"), FIRST_GONE.timestamp)
    there = shop.left()
    with pytest.raises(StoreError, match="figures are to be kept before events go"):
        RetentionService(context).events()
    context.close()
    assert shop.left() == there


def test_purposes_that_end_sooner_are_left_out(shop):
    """What is whole is answered, and what is not is named."""
    text = '[purposes.ads]\nuses = ["targeted_ads"]\nretention = "40 days"\n'
    config = shop.folder / "privacykit.toml"
    config.write_text(config.read_text().replace("[reports]", text + "[reports]"))
    at = datetime(2026, 3, 5, tzinfo=UTC)
    report = json.loads(shop.report("funnel", "--steps", "page,order", *JANUARY, "--json", at=at))
    assert report["notes"][0] == (
        "partly_gone: of the purposes ads some events of the period are gone; the others are left "
        "out."
    )
