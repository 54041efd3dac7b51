"""What is asked, of whom, and when again: real laws, real cookies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.web.banner.conftest import NAMED


def months_ago(months):
    """Return the month so many months ago, as a refusal cookie writes it."""
    now = datetime.now(UTC)
    index = now.year * 12 + now.month - 1 - months
    return f"{index // 12}-{index % 12 + 1:02}"


@pytest.mark.parametrize("place", ["DE", "FR", "IT", "GB"])
def test_where_consent_is_needed_it_is_asked_for(house, place):
    """The banner asks about what needs consent, and about nothing that is necessary or exempt."""
    shown = house.visitor(place).banner()
    assert shown.asks
    assert set(shown.asked) >= {"profile", "ads"}
    assert "necessary" not in shown.asked


@pytest.mark.parametrize("place", ["US-CA", "US-TX", "US-VA"])
def test_where_the_law_asks_for_no_consent_nothing_is_asked(house, place):
    """An opt-out regime gets the way to the choices and no question."""
    shown = house.visitor(place).banner()
    assert (shown.asks, shown.asked) == (False, [])
    assert shown.purposes["ads"] is True
    assert 'action="/privacy/"' in shown.html


def test_california_reads_the_words_and_the_sign_of_its_regulation(house):
    """The alternative link is "Your Privacy Choices" with the icon (11 CCR 7015)."""
    assert "Your Privacy Choices <svg" in house.visitor("US-CA").banner().html
    assert "<svg" not in house.visitor("US-VA").banner().html


@pytest.mark.parametrize("place", ["US-CA", "US-TX", "ZZ"])
def test_a_signal_is_honoured_shown_and_not_questioned(house, place):
    """Where GPC binds, nothing pops up in answer to it (11 CCR 7025(c)(6), (f))."""
    address = {} if place != "ZZ" else {"x-forwarded-for": "192.0.2.1"}
    visitor = house.visitor("US-CA" if place == "ZZ" else place, **{"sec-gpc": "1"}, **address)
    shown = visitor.banner()
    assert not shown.asks
    assert shown.purposes["ads"] is False
    assert "Opt-out request honoured" in shown.html


def test_against_a_signal_a_permission_says_so(house):
    """Where GPC does not bind and something is asked, the conflict stands in the question."""
    visitor = house.visitor("DE", **{"sec-gpc": "1"})
    shown = visitor.banner()
    assert "profile" in shown.asked
    assert 'name="gpc_notice" value="1"' in shown.html
    assert "goes before that signal" in shown.html
    visitor.answer("allow")
    assert visitor.banner().purposes["profile"] is True


@pytest.mark.parametrize("action", ["refuse", "allow"])
def test_who_answered_is_not_asked_again(house, action):
    """After an answer there is the way to the choices, whatever the answer was."""
    visitor = house.visitor("DE")
    visitor.answer(action)
    shown = visitor.banner()
    assert not shown.asks
    assert shown.purposes["ads"] is (action == "allow")
    assert shown.purposes["profile"] is (action == "allow")


@pytest.mark.parametrize(
    ("place", "months", "asks"),
    [("FR", 4, False), ("FR", 8, True), ("DE", 4, False), ("DE", 8, True), ("US-CA", 30, False)],
)
def test_a_refusal_is_not_questioned_within_the_wait(house, place, months, asks):
    """Six months by default (CNIL) or what a law says; where nothing is asked, never."""
    visitor = house.visitor(place)
    visitor.cookies["pk-no"] = f"*:{months_ago(months)}"
    assert visitor.banner().asks is asks


def test_the_operator_may_wait_longer(another):
    """`ask_again_months` is a least wait."""
    visitor = another(NAMED.replace("[choice]", "[choice]\nask_again_months = 24")).visitor("DE")
    visitor.cookies["pk-no"] = f"*:{months_ago(12)}"
    assert not visitor.banner().asks


def test_a_partial_refusal_is_an_answer(house):
    """Who allowed one purpose and refused another is asked about neither."""
    visitor = house.visitor("DE")
    visitor.post("/privacy/choice", {"action": "save", "purpose": ["profile"]})
    shown = visitor.banner()
    assert (shown.asks, shown.purposes["profile"], shown.purposes["ads"]) == (False, True, False)


def test_what_was_allowed_beside_a_picture_is_answered(house):
    """The rest is still asked, and the answer to it leaves the one permission as it is."""
    visitor = house.visitor("DE")
    before = visitor.banner().asked
    placeholder = {"action": "save", "asked": "profile", "purpose": "profile"}
    visitor.post("/privacy/choice", placeholder)
    after = visitor.banner().asked
    visitor.answer("allow")
    shown = visitor.banner()
    assert (after, shown.asks) == ([id_ for id_ in before if id_ != "profile"], False)
    assert (shown.purposes["profile"], shown.purposes["ads"]) == (True, True)


NEW = '[purposes.maps]\nuses = ["analytics_storage"]\nlabel = "Maps"\n\n[cookies]'


def test_a_new_purpose_is_asked_about_and_the_refused_ones_are_not(another):
    """To allow the new one leaves refused what was refused."""
    visitor = another().visitor("DE")
    visitor.post("/privacy/choice", {"action": "save", "purpose": ["profile"]})
    visitor.house = another(NAMED.replace("[cookies]", NEW))
    assert visitor.banner().asked == ["maps"]
    visitor.answer("allow")
    shown = visitor.banner()
    assert not shown.asks
    states = {id_: shown.purposes[id_] for id_ in ("profile", "ads", "maps")}
    assert states == {"profile": True, "ads": False, "maps": True}


BROKER = """\
[[sinks]]
type = "memory"
name = "broker"
role = "third_party"
purposes = ["ads"]

"""


@pytest.mark.parametrize(
    ("purpose", "before", "after"),
    [
        (
            "ads",
            'recipients = ["Ad Company Ltd"]',
            'recipients = ["Ad Company Ltd", "Broker Inc"]',
        ),
        (
            "profile",
            'uses = ["analytics_storage"]',
            'uses = ["analytics_storage", "targeted_ads"]',
        ),
        (
            "ads",
            "[cookies]",
            BROKER + "[cookies]",
        ),
    ],
    ids=["recipients", "uses", "third party"],
)
def test_what_changes_materially_is_asked_for_again(another, purpose, before, after):
    """A grant covers the uses and recipients it was given for; more of them is another question."""
    visitor = another().visitor("DE")
    visitor.answer("allow")
    visitor.house = another(NAMED.replace(before, after))
    shown = visitor.banner()
    assert purpose in shown.asked
    assert [id_ for id_ in ("ads", "profile") if not shown.purposes[id_]] == [purpose]
    visitor.answer("allow")
    assert visitor.banner().purposes[purpose] is True


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('label = "Advertising"', 'label = "Ads"\ndescription = "Shows what you may like."'),
        ("[choice]", '[choice.texts.en]\nbanner_title = "May we?"\n\n[choice]'),
        ('retention = "3 months"', 'retention = "2 months"'),
    ],
    ids=["label", "wording", "retention"],
)
def test_other_words_ask_nobody_again(another, before, after):
    """What the visitor agreed to is still the same."""
    visitor = another().visitor("DE")
    visitor.answer("allow")
    visitor.house = another(NAMED.replace(before, after))
    assert (visitor.banner().asks, visitor.banner().purposes["ads"]) == (False, True)


def test_the_record_of_a_grant_names_the_banner_and_its_language(house):
    """What was shown, where: a record that the banner made is not one of the page."""
    visitor = house.visitor("DE", **{"accept-language": "de"})
    visitor.answer("allow")
    with closing(sqlite3.connect(house.folder / "privacykit-records.db")) as records:
        rows = records.execute("select interface, language from consents").fetchall()
    assert ("banner", "de") in rows


def test_what_is_too_old_takes_no_new_permission_with_it(house):
    """A permission beside a picture counts from now, where an earlier one is over by the law."""
    visitor, year = house.visitor("FR"), 366 * 86_400
    choices = house.engine.runtime.site_days["shop"].choices
    old = choices.grant("r" * 22, ["profile"], house.engine.runtime.clock() - year)
    visitor.cookies["pk-yes"] = old.partition("=")[2].partition(";")[0]
    assert visitor.banner().purposes["profile"] is False
    visitor.post("/privacy/choice", {"action": "save", "asked": "ads", "purpose": "ads"})
    assert visitor.banner().purposes["ads"] is True
