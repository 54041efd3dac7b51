"""The fragment, the frame and the function for templates: what they hold, and what they never do."""

from __future__ import annotations

import gzip
import re
from importlib.resources import files
from urllib.parse import urlencode

import pytest

from privacykit.collect.privacy import NO_PRIVACY
from privacykit.web.banner.inline import privacy_banner
from privacykit.web.preferences.assets import body
from tests.web.banner.conftest import NAMED

LARGEST_SCRIPT = 3 * 1024
"""Bytes of the script as it travels."""


def test_the_three_buttons_are_equal_by_construction(house):
    """Refuse, allow and choose have one class, one element, one parent; nothing is to be ticked."""
    shown = house.visitor("DE").banner()
    actions = shown.html[shown.html.index("privacy-actions") :]
    buttons = re.findall(r'<button class="([^"]*)"[^>]*>([^<]*)</button>', actions)
    assert buttons == [
        ("privacy-button", "Refuse all"),
        ("privacy-button", "Allow all"),
        ("privacy-button", "Choose"),
    ]
    assert "checkbox" not in shown.html


def test_purposes_and_recipients_stand_on_the_first_layer_where_the_law_asks_for_them(another):
    """France wants the purposes there; a place whose law does not ask gets a sentence."""
    house = another()
    french = house.visitor("FR").banner().html
    assert "<b>Advertising</b>" in french
    assert "Also received by: Ad Company Ltd" in french
    assert "Ad Company" not in house.visitor("JP").banner().html


def test_the_operator_may_always_list_purposes(another):
    """`first_layer = "always"`."""
    house = another(
        NAMED.replace("[choice]", '[choice]\nfirst_layer = "always"\npolicy = "/legal/privacy"')
    )
    html = house.visitor("DE").banner().html
    assert "Ad Company Ltd" in html
    assert '<a href="/legal/privacy">Privacy policy</a>' in html


def test_italy_gets_a_cross_that_refuses(house):
    """Closing means refusing (Garante, 10 June 2021)."""
    assert 'class="privacy-close" name="action" value="refuse"' in house.visitor("IT").banner().html
    assert "privacy-close" not in house.visitor("DE").banner().html


def test_the_fragment_is_never_cached_and_stores_nothing(house):
    """Whatever is asked of it."""
    answer = house.visitor("DE").get("/privacy/banner?next=/shop/1&after=1")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in answer.headers


def test_a_plain_form_leads_back_to_the_page(house):
    """Without JavaScript the answer is a redirection to where the question stood."""
    visitor = house.visitor("DE")
    html = visitor.get("/shop/42?colour=red").text
    assert 'name="next" value="/shop/42?colour=red"' in html
    answer = visitor.answer("refuse", next="/shop/42?colour=red")
    assert answer.headers["location"] == "/shop/42?colour=red"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", '/"><script>'])
def test_what_leads_away_or_out_of_the_attribute_is_not_kept(house, path):
    """A path of the site, escaped, or none."""
    html = house.visitor("DE").get("/privacy/banner?" + urlencode({"next": path})).text
    assert "evil.example" not in html
    assert "<script" not in html


@pytest.mark.parametrize("named", ["de", "de-AT", "DE"])
def test_the_record_names_the_language_that_was_shown(house, named):
    """However the page spells it, and whatever the browser likes better."""
    visitor = house.visitor("DE", **{"accept-language": "fr"})
    shown = visitor.banner(f"?lang={named}")
    address = re.search(r'method="post" action="([^"]*)"', shown.html)[1]
    visitor.post(address, {"action": "allow", "asked": shown.asked, "interface": "banner"})
    receipt = visitor.post("/privacy/receipt", {"format": "iso-27560"}).json()
    (notice,) = receipt["dpv:hasRecordOfActivity"]["dpv:hasNotice"]
    assert ('lang="de"' in shown.html, notice["dct:language"]) == (True, "de")


def test_a_page_that_holds_the_banner_is_private(house):
    """It depends on the visitor, so no shared cache may keep it."""
    answer = house.visitor("DE").get("/")
    assert 'data-privacy-banner="asks"' in answer.text
    assert "private" in answer.headers["cache-control"]


def test_below_a_mount_the_banner_posts_to_the_pages_of_the_whole(house):
    """An inner application's root path is not where our pages are."""
    html = house.visitor("DE").get("/mounted/").text
    assert 'action="/privacy/choice"' in html
    assert 'name="next" value="/mounted/"' in html


@pytest.mark.parametrize(
    "request_", [None, {}, {"type": "http", "privacykit": NO_PRIVACY}, object()]
)
def test_where_nothing_was_decided_there_is_no_banner(request_):
    """The application's page goes on without it (P9)."""
    assert privacy_banner(request_) == ""


def test_a_banner_that_fails_leaves_the_page(house, monkeypatch):
    """What breaks in ours ends as no banner, counted."""
    monkeypatch.setattr("privacykit.web.banner.endpoints.question_of", None)
    answer = house.visitor("DE").get("/")
    assert answer.status_code == 200
    assert "privacy-banner" not in answer.text


def test_the_script_stays_small():
    """Three kilobytes at most, compressed, the comments in it included."""
    assert len(gzip.compress(body("banner.js"), 9)) <= LARGEST_SCRIPT


def test_others_may_frame_the_opt_out_alone(house):
    """Every other page of ours says `frame-ancestors 'self'`."""
    visitor = house.visitor("DE")
    paths = ["", "opt-out", "opt-out/frame", "banner", "status.json", "nothing"]
    framed = [
        path
        for path in paths
        if "frame-ancestors *" in visitor.get(f"/privacy/{path}").headers["content-security-policy"]
    ]
    assert framed == ["opt-out/frame"]


def test_the_frame_refuses_and_says_so(house):
    """One button, everything off, the same frame again."""
    visitor = house.visitor("DE")
    answer = visitor.post("/privacy/opt-out/frame", {}, origin="https://other.example")
    assert answer.headers["location"] == "/privacy/opt-out/frame"
    assert "You are opted out." in visitor.get("/privacy/opt-out/frame").text


def test_in_a_frame_on_another_site_a_link_leads_out(house):
    """No third-party cookie: the browser would keep none."""
    html = (
        house.visitor("DE").get("/privacy/opt-out/frame", **{"sec-fetch-site": "cross-site"}).text
    )
    assert 'href="/privacy/opt-out" target="_blank"' in html
    assert "<form" not in html


def test_templates_hold_no_inline_script_or_style():
    """A strict Content-Security-Policy of the page needs no exception for us."""
    for item in (files("privacykit.web.preferences") / "templates").iterdir():
        text = item.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*src)|<style|\sstyle=|\son\w+=", text), item.name
