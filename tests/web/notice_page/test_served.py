"""The notice as a wrapped site serves it: by language and place, and nothing of the visitor."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import get_args

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.runtime.documents.served import ServedNotice
from privacykit.settings.asking.tables import Language
from privacykit.settings.load import load
from privacykit.settings.paths import Paths
from privacykit.testing.canary import Canary
from privacykit.testing.layout import CONFIG, lay_out

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
NOTICE = """
[controller]
name = "Shop GmbH"
contact = "privacy@shop.example"
establishments = ["DE"]
[notice]
laws = ["gdpr", "california", "lgpd"]
effective = "2026-12-01"
security_contact = "mailto:security@shop.example"
changes = "changes.toml"
"""
CHANGES = """
[[changes]]
on = "2026-01-01"
what = "We began."
[[changes]]
on = "2026-12-01"
what = "We keep statistics for 13 months instead of 25."
criticism = "two years are long"
texts.de = { what = "Wir bewahren Statistik 13 statt 25 Monate auf." }
"""


def client_of(folder, config=CONFIG + NOTICE, changes=CHANGES):
    """Return a browser at a site of this configuration."""
    if changes is not None:
        (folder / "changes.toml").write_text(changes)

    async def goods(_):
        return PlainTextResponse("goods")

    inner = Starlette(routes=[Route("/{rest:path}", goods)])
    app = PrivacyMiddleware(inner, lay_out(folder, config))
    return TestClient(app, client=("127.0.0.1", 5000), base_url="http://shop.example")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A site with a notice."""
    with client_of(tmp_path_factory.mktemp("notice")) as made:
        yield made


def get(client, path, place="DE", language="en", **more):
    """Return the answer to a visitor from *place*."""
    sent = {
        "x-forwarded-for": address_of(place, 9),
        "user-agent": FIREFOX,
        "accept-language": language,
    }
    return client.get(path, headers=sent | more)


def front(page):
    """Return the ids of the sections of laws that stand before those of elsewhere."""
    return re.findall(r'<details id="law-([a-z-]+)">', page.partition('id="elsewhere"')[0])


@pytest.mark.parametrize(
    ("place", "expected"),
    [("DE", ["gdpr"]), ("US-CA", ["gdpr", "california"]), ("BR", ["gdpr", "lgpd"])],
)
def test_the_law_of_the_visitor_stands_in_front(client, place, expected):
    """With that of the establishment, which follows the operator everywhere; the rest is behind."""
    page = get(client, "/privacy/notice", place).text
    assert sorted(front(page)) == sorted(expected)
    assert all(f'id="law-{law}"' in page for law in ("gdpr", "california", "lgpd"))


def test_a_visitor_from_nowhere_sees_every_law(client):
    """All policies may apply."""
    page = client.get("/privacy/notice", headers={"user-agent": FIREFOX}).text
    assert sorted(front(page)) == ["california", "gdpr", "lgpd"]


@pytest.mark.parametrize(
    ("language", "title"),
    [("de", "Datenschutzhinweise"), ("fr", "Avis de confidentialité"), ("ja", "プライバシー通知")],
)
def test_the_language_is_the_visitor_s(client, language, title):
    """By what the browser accepts, or what the address names."""
    assert f"<h1>{title}</h1>" in get(client, "/privacy/notice", language=language).text
    assert f"<h1>{title}</h1>" in get(client, f"/privacy/notice?lang={language}").text


@pytest.mark.parametrize("path", ["/privacy/notice", "/privacy/notice/changes"])
def test_the_page_leads_to_its_other_languages(client, path):
    """By a query alone; what is asked for by name stays on the way to the list of changes."""
    links = dict(re.findall(r'<a href="(\?lang=\w+)" lang="(\w+)"', get(client, path).text))
    assert list(links.values()) == list(get_args(Language))
    other = get(client, f"{path}?lang=de").text
    assert 'lang="de" hreflang="de" aria-current="true">Deutsch</a>' in other
    assert re.search(r'href="/privacy/notice(/changes)?\?lang=de"', other)


def test_the_page_says_what_it_is(client):
    """A policy without scripts that lets its own style through, and a link relation (RFC 6903)."""
    answer = get(client, "/privacy/notice")
    policy = answer.headers["content-security-policy"]
    assert "script" not in policy
    assert re.search(r"style-src 'sha256-[\w+/=]{44}'", policy)
    assert answer.headers["link"] == '</privacy/notice>; rel="privacy-policy"'
    assert "noindex" not in answer.headers.get("x-robots-tag", "")
    assert '<link rel="privacy-policy" href="/privacy/notice">' in answer.text


def test_the_document_is_the_same_notice(client):
    """The version of the page, and the laws in it."""
    told = get(client, "/privacy/notice.json").json()
    assert told["version"] in get(client, "/privacy/notice").text
    assert told["laws"] == ["gdpr", "california", "lgpd"]


def test_the_changes_are_told_the_newest_first(client):
    """What changed when, and what because somebody criticised it; in the visitor's language."""
    page = get(client, "/privacy/notice/changes").text
    assert page.index("Since 2026-12-01") < page.index("Since 2026-01-01")
    assert "Somebody criticised: two years are long" in page
    german = get(client, "/privacy/notice/changes", language="de").text
    assert "Wir bewahren Statistik 13 statt 25 Monate auf." in german
    assert '<span lang="en">two years are long</span>' in german


def test_the_pages_lead_to_the_notice(client):
    """Footer and head of the choices, and the banner's own link."""
    page = get(client, "/privacy/").text
    assert '<a href="/privacy/notice">Privacy notice</a>' in page
    assert '<link rel="privacy-policy" href="/privacy/notice">' in page
    assert "/privacy/notice" in get(client, "/privacy/banner").text


def test_there_is_a_door_for_weaknesses(client):
    """RFC 9116: contact and an end within a year."""
    answer = get(client, "/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert re.fullmatch(
        r"Contact: mailto:security@shop.example\nExpires: 20\d\d-\d\d-\d\dT00:00:00Z\n", answer.text
    )


def chosen(folder):
    """Return the records of the choices made at the site in *folder*."""
    with closing(sqlite3.connect(folder / "privacykit-records.db")) as store:
        return store.execute("select method, notice from consents order by method").fetchall()


def choose(client, action):
    """Choose on the page, as a browser does."""
    sent = {"origin": "http://shop.example", "user-agent": FIREFOX}
    sent["x-forwarded-for"] = address_of("DE", 9)
    return client.post("/privacy/choice", data={"action": action}, headers=sent)


def test_a_choice_names_the_notice_that_was_in_force(tmp_path):
    """Its version and its day, in the record of a refusal and of a consent."""
    with client_of(tmp_path) as client:
        version = get(client, "/privacy/notice.json").json()["version"]
        assert choose(client, "refuse").status_code == 200
        assert choose(client, "allow").status_code == 200
        receipt = client.post("/privacy/receipt", data={"format": "kantara"}).json()
    assert [notice for _, notice in chosen(tmp_path)] == [f"{version}@2026-12-01"] * 2
    assert receipt["policyUrl"].endswith(f"/privacy/notice#{version}@2026-12-01")


def test_without_a_notice_a_choice_names_none(tmp_path):
    """And nothing in its place."""
    with client_of(tmp_path, CONFIG) as client:
        assert choose(client, "allow").status_code == 200
    assert [notice for _, notice in chosen(tmp_path)] == [""]


def test_a_notice_that_cannot_be_made_keeps_nobody_from_choosing(tmp_path):
    """The data map was damaged meanwhile (P9)."""
    with client_of(tmp_path) as client:
        (tmp_path / "datamap.toml").write_text("[")
        assert choose(client, "refuse").status_code == 200
    assert [notice for _, notice in chosen(tmp_path)] == [""]


def test_a_request_for_a_page_asks_for_no_notice(tmp_path, monkeypatch):
    """Naming it costs choices alone something."""

    def asked(_):
        raise AssertionError

    with client_of(tmp_path) as client:
        monkeypatch.setattr(ServedNotice, "in_force", asked)
        assert get(client, "/goods").text == "goods"


@pytest.mark.parametrize(
    ("stated", "expected"), [('effective = "2026-12-01"', "2026-12-01"), ("", "2027-03-05")]
)
def test_the_notice_is_made_ahead_but_not_at_the_start(tmp_path, stated, expected):
    """At the second look, and once a day; without a stated day it is that of its law."""
    config = load(lay_out(tmp_path, f"{CONFIG}\n[notice]\n{stated}\n"))
    now = [datetime(2027, 3, 5, tzinfo=UTC).timestamp()]
    notice = ServedNotice(config, Paths(tmp_path), lambda: now[0])
    made = notice._stated.cache_info
    notice.look_ahead()
    assert made().misses == 0
    notice.look_ahead()
    notice.look_ahead()
    assert (made().misses, notice.in_force().partition("@")[2]) == (1, expected)
    now[0] += 86_400
    notice.look_ahead()
    assert made().misses == 2


def test_without_the_table_nothing_is_ours(tmp_path):
    """The notice is off, and the application's own door stays its own."""
    with client_of(tmp_path, CONFIG) as client:
        assert get(client, "/privacy/notice").status_code == 404
        assert get(client, "/privacy/notice.json").status_code == 404
        assert get(client, "/.well-known/security.txt").text == "goods"
        assert "privacy-policy" not in get(client, "/privacy/").text


def test_without_changes_it_says_so(tmp_path):
    """And a site without a door leaves the path to the application."""
    config = CONFIG + '\n[notice]\neffective = "2026-12-01"\n'
    with client_of(tmp_path, config, changes=None) as client:
        assert "Nothing has changed" in get(client, "/privacy/notice/changes").text
        assert get(client, "/.well-known/security.txt").text == "goods"


@pytest.mark.parametrize("changes", ["[[changes]]\non = 3\n", "x", None])
def test_a_broken_file_of_changes_fails_no_other_page(tmp_path, changes):
    """It is a page that says sorry, and the notice stands (P9)."""
    with client_of(tmp_path, changes=changes) as client:
        assert get(client, "/privacy/notice/changes").status_code == 503
        assert get(client, "/privacy/notice").status_code == 200


def test_nothing_of_the_visitor_comes_out(client):
    """Whatever they send: a canary goes in, and is searched for in every answer."""
    canary = Canary.hatch(address_of("DE", 77), address_of("DE", 77, ipv6=True))
    sent = dict(canary.headers())
    query = canary.path("x").partition("?")[2]
    paths = (
        "/privacy/notice",
        "/privacy/notice.json",
        "/privacy/notice/changes",
        "/.well-known/security.txt",
    )
    for path in paths:
        answer = client.get(f"{path}?{query}", headers=sent)
        told = json.dumps(dict(answer.headers)) + answer.text
        assert canary.search(told, path) == []


def test_a_site_under_a_path_links_to_itself(tmp_path):
    """As the browser sees it."""
    with client_of(tmp_path) as client:
        inner = TestClient(
            client.app,
            client=("127.0.0.1", 5000),
            root_path="/shop",
            base_url="http://shop.example",
        )
        page = get(inner, "/shop/privacy/notice").text
        assert 'href="/shop/privacy/notice/changes"' in page


@pytest.mark.parametrize("report", ["{}", None], ids=["forged", "none"])
def test_a_report_that_cannot_be_believed_leaves_every_claim_out(tmp_path, report):
    """Nothing is said that a test could disprove, and the page stands (P2, P9)."""
    if report is not None:
        (tmp_path / "privacykit.verified.json").write_text(report)
    with client_of(tmp_path) as client:
        page = get(client, "/privacy/notice").text
    assert "Shop GmbH is responsible" in page
    assert ("In what we measure your network address is shortened" in page) is (report is None)


def test_a_path_that_is_markup_is_text(tmp_path):
    """Whoever sets the path that we are mounted at writes no element into the page."""
    with client_of(tmp_path) as client:
        hostile = '/x"><script>'
        inner = TestClient(
            client.app,
            client=("127.0.0.1", 5000),
            root_path=hostile,
            base_url="http://shop.example",
        )
        answer = get(inner, f"{hostile}/privacy/notice")
    assert "<script" not in answer.text
