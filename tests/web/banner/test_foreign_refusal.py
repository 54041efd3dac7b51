"""A purpose that something else refused: not asked about, not granted, and said whose refusal."""

from __future__ import annotations

import html
import json
import sqlite3
from base64 import b64encode
from contextlib import closing
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from privacykit.signals.banners.kinds import KINDS
from privacykit.signals.choice.mask import granted
from privacykit.web.preferences.wording import ENGLISH
from tests.signals.test_readers import _tc
from tests.web.banner.conftest import NAMED, House

REFUSALS = {
    "cookiebot": ("marketing", quote("{stamp:'x',marketing:false,method:'explicit',ver:1}")),
    "didomi": ("ads", b64encode(b'{"purposes":{"enabled":[],"disabled":["ads"]}}').decode()),
    "fides": ("ads", quote(json.dumps({"consent": {"ads": False}}))),
    "klaro": ("ads", quote(json.dumps({"ads": False}))),
    "matomo": ("consent", "1"),
    "onetrust": ("C0004", "interactionCount=1&groups=C0002:1,C0004:0"),
    "orestbida": ("ads", quote(json.dumps({"categories": ["necessary"]}))),
    "tarteaucitron": ("ads", "!ads=false"),
}
"""By banner a category, and a cookie that refuses it."""
TABLES = "".join(
    f'[[banners]]\ntype = "{kind}"\ncategories = {{ {category} = ["ads"] }}\n\n'
    for kind, (category, _) in REFUSALS.items()
)
STRINGS = "[tcf]\nvendor = 755\n\n[gpp]\nus_privacy_parameters = ['us_privacy']\n\n"
CONFIG = NAMED.replace("[cookies]", TABLES + STRINGS + "[cookies]")
BY_BANNER = [
    ({KINDS[kind].cookies[-1]: value}, "in another banner of this site", KINDS[kind].cookies[-1])
    for kind, (_, value) in REFUSALS.items()
]
BY_STRING = [
    ({"usprivacy": "1YYN"}, "by the privacy string that this site stores", "usprivacy"),
    (
        {"__gpp": "DBABBg~BVYAAACA.QA", "__gpp_sid": "8"},
        "by the privacy string that this site stores",
        "__gpp",
    ),
    (
        {"euconsent-v2": _tc(purposes_consent=frozenset({1, 8, 9})).decode()},
        "by the privacy string that this site stores",
        "euconsent-v2",
    ),
]
EVERYBODY = pytest.mark.parametrize(
    ("cookies", "words", "name"),
    [*BY_BANNER, *BY_STRING],
    ids=[name for *_, name in (*BY_BANNER, *BY_STRING)],
)


@pytest.fixture(scope="module")
def managed(tmp_path_factory):
    """A shop behind every banner there is."""
    made = House(tmp_path_factory.mktemp("managed"), CONFIG)
    yield made
    made.close()


@pytest.fixture
def visitor(managed, cookies):
    """Somebody in Germany whose cookies refuse advertising, and nothing of ours."""
    made = managed.visitor("DE")
    made.cookies.update(cookies)
    return made


def records(house):
    """Return what the records say was allowed, refused and barred, the last first."""
    with closing(sqlite3.connect(house.folder / "privacykit-records.db")) as database:
        rows = database.execute(
            "select purposes, refused, barred, method from consents order by rowid desc"
        ).fetchall()
    return [(json.loads(a), json.loads(b), json.loads(c), method) for a, b, c, method in rows]


def granted_here(visitor):
    """Return the purposes that the choice of the visitor's browser grants."""
    day = visitor.house.engine.runtime.site_days["shop"]
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items()).encode()
    mask = day.choices.read(cookie, day.until - 1).mask
    return {p.id for index, p in enumerate(day.site.purposes) if granted(mask, index)}


def item(text, purpose="Advertising"):
    """Return what the page says of one purpose."""
    (found,) = [part for part in text.split("<li class=")[1:] if f">{purpose}</label>" in part]
    return html.unescape(found)


def ads(visitor):
    """Return what the status says of advertising."""
    told = visitor.get("/privacy/status.json").json()["purposes"]
    return next(purpose for purpose in told if purpose["id"] == "ads")


@EVERYBODY
def test_the_banner_does_not_question_it(visitor, words, name):  # noqa: ARG001 - of the same rows
    """Neither at first nor after everything that may be asked was allowed."""
    assert "ads" not in visitor.banner().asked
    visitor.answer("allow")
    assert not visitor.banner().asks


@EVERYBODY
def test_the_page_says_whose_refusal_it_is(visitor, words, name):
    """Beside the purpose, whose box no click can tick; the status says the same."""
    told = item(visitor.get("/privacy/").text)
    assert f"Off: refused {words} <bdi>({name})</bdi>" in told
    assert " disabled>" in told
    kind = "banner" if "banner" in words else "string"
    assert (ads(visitor)["changeable"], ads(visitor)["against"][0]) == (
        False,
        {"by": kind, "where": name},
    )


@EVERYBODY
@pytest.mark.parametrize(
    "form",
    [{"action": "allow"}, {"action": "save", "purpose": ["profile", "ads"]}],
    ids=["allow", "save"],
)
def test_allowing_it_grants_the_rest_and_says_so(visitor, words, name, form):  # noqa: ARG001
    """Cookie, record and answer tell the same: what is in force, what is not, and why."""
    answer = visitor.post("/privacy/choice", form)
    told = visitor.get(answer.headers["location"]).text
    assert "ads" not in granted_here(visitor)
    assert "Done: your choices are saved. Not in force: Advertising." in told
    allowed, refused, barred, _ = records(visitor.house)[0]
    by = "banner" if "banner" in words else "string"
    assert ("ads" in allowed, "ads" in refused, barred) == (False, False, [["ads", by]])


def test_who_is_refused_everything_asked_reads_that_nothing_came_of_it(managed):
    """No record of a grant, no cookie; the way back is kept."""
    visitor = managed.visitor("DE")
    visitor.cookies["usprivacy"] = "1YYN"
    form = {"action": "allow", "asked": "ads", "interface": "banner", "next": "/shop/1"}
    answer = visitor.post("/privacy/choice", form)
    leads_to = answer.headers["location"]
    told = visitor.get(leads_to).text
    assert dict(parse_qsl(urlsplit(leads_to).query))["next"] == "/shop/1"
    assert ('<p class="done">' in told, "Not in force: Advertising." in told) == (False, True)
    assert ENGLISH["done_saved"] not in told
    assert (granted_here(visitor), records(managed)[0]) == (
        set(),
        ([], [], [["ads", "string"]], "allow_all"),
    )


def test_the_script_is_told_before_anything_is_committed(managed):
    """It has the browser send the form itself, which leads to what there is to say."""
    visitor = managed.visitor("DE")
    visitor.cookies["usprivacy"] = "1YYN"
    form = {"action": "allow", "asked": "ads", "interface": "banner"}
    before = len(records(managed))
    answer = visitor.post("/privacy/choice", form, **{"sec-fetch-mode": "cors"})
    assert (answer.status_code, len(records(managed))) == (409, before)


def test_a_refusal_in_the_address_is_named_on_that_page(managed):
    """The parameter says it, on this page alone."""
    visitor = managed.visitor("DE")
    told = item(visitor.get("/privacy/?us_privacy=1YYN").text)
    assert "by a privacy string in the address of this page <bdi>(us_privacy)</bdi>" in told
    assert "Off until you allow it" in item(visitor.get("/privacy/").text)
    inside = visitor.get("/shop/1?us_privacy=1YYN").text
    assert ('value="profile"' in inside, 'name="asked" value="ads"' in inside) == (True, False)


def test_what_the_other_banner_takes_back_is_asked_again(managed):
    """Once the refusal is gone it is a purpose like any other."""
    visitor = managed.visitor("DE")
    visitor.cookies["klaro"] = quote('{"ads": false}')
    visitor.answer("allow")
    del visitor.cookies["klaro"]
    assert visitor.banner().asked == ["ads"]
    visitor.answer("allow")
    assert visitor.banner().purposes["ads"] is True


def test_a_grant_of_before_is_not_shown_as_one_in_force(managed):
    """The other banner was asked later, and says no."""
    visitor = managed.visitor("DE")
    visitor.answer("allow")
    visitor.cookies["klaro"] = quote('{"ads": false}')
    assert "in another banner of this site" in item(visitor.get("/privacy/").text)
    assert not visitor.banner().asks
    visitor.post("/privacy/choice", {"action": "allow"})
    assert "ads" not in granted_here(visitor)


@pytest.mark.parametrize("place", ["DE", "US-CA"])
@pytest.mark.parametrize("form", [{"action": "allow"}, {"action": "save", "purpose": "ads"}])
def test_without_the_notice_nothing_is_granted_against_the_signal(house, place, form):
    """The signal stands against it: neither cookie nor record grants it, and the answer says so."""
    visitor = house.visitor(place, **{"sec-gpc": "1"})
    answer = visitor.post("/privacy/choice", form)
    told = visitor.get(answer.headers["location"]).text
    assert "ads" not in granted_here(visitor)
    assert "Not in force:" in told
    assert "Advertising" in told.partition("Not in force:")[2].partition("</p>")[0]
    assert "Off: refused by your browser's signal (Global Privacy Control)" in item(told)
    allowed, _, barred, _ = records(house)[0]
    assert ("ads" in allowed, dict(map(tuple, barred))["ads"]) == (False, "gpc")


def test_after_the_notice_the_signal_does_not_bar_it(house):
    """The form of the page has the notice, so that the choice in it counts."""
    visitor = house.visitor("US-CA", **{"sec-gpc": "1"})
    assert ads(visitor)["changeable"] is True
    visitor.post("/privacy/choice", {"action": "allow", "gpc_notice": "1"})
    assert ("ads" in granted_here(visitor), ads(visitor)["against"]) == (True, [])


def test_do_not_track_is_named_where_it_is_an_objection(house):
    """Where the policy honours it no choice here lifts it, and the answer does not say saved."""
    visitor = house.visitor("DE", dnt="1")
    told = item(visitor.get("/privacy/").text, "Analytics")
    assert "Off: refused by your browser's signal (Do Not Track)" in told
    answer = visitor.post("/privacy/choice", {"action": "allow", "asked": "analytics"})
    told = visitor.get(answer.headers["location"]).text
    assert ENGLISH["done_saved"] not in told
    assert "Not in force: Analytics." in told


@pytest.mark.parametrize("action", ["allow", "save"])
def test_a_purpose_that_the_site_has_not_is_no_question(house, action):
    """Nothing was cleared by it."""
    visitor = house.visitor("DE")
    form = {"action": action, "asked": "nonsense", "purpose": "nonsense"}
    assert visitor.post("/privacy/choice", form).status_code == 400
    assert visitor.post("/privacy/choice", {**form, "action": "refuse"}).status_code == 303
