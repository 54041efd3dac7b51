"""The links to a page in its other languages: which there are, where they lead, what they carry."""

from __future__ import annotations

import dataclasses
import html
import re
from typing import get_args
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.settings.asking.tables import Language
from privacykit.web.language.catalogues import catalogue
from privacykit.web.language.switch import OWN_NAMES
from privacykit.web.preferences.wording import ENGLISH

from .conftest import Shop

TAGS = ("en", "de", "ar")
LINK = re.compile(r'<li><a href="([^"]*)" lang="(\w+)" hreflang="(\w+)"( aria-current="true")?>')
READ = {"next", "done", "is", "lang"}
"""Parameters that the preferences page reads."""


def site(**options):
    """Return a shop in three languages."""
    return Shop(options={"languages": {tag: catalogue(tag) for tag in TAGS}, **options})


def links(answer):
    """Return reference, tag and whether it is the present one of each link."""
    return [
        (html.unescape(query), lang, bool(current))
        for query, lang, hreflang, current in LINK.findall(answer.text)
        if lang == hreflang
    ]


ONE = site().client()
"""A browser that has chosen nothing."""


def test_every_language_has_its_own_name():
    """None is called by a code, and no two alike."""
    assert set(OWN_NAMES) == set(get_args(Language))
    assert len(set(OWN_NAMES.values())) == len(OWN_NAMES)


@pytest.mark.parametrize("path", ["/privacy", "/privacy/", "/privacy/opt-out", "/privacy/nothing"])
def test_each_language_is_a_link_to_the_same_page(path):
    """The one that is shown says so; following one shows the page in it, and links back."""
    client = site().client()
    found = links(client.get(path))
    assert [(tag, now) for _, tag, now in found] == [("en", True), ("de", False), ("ar", False)]
    there = client.get(urljoin(path, found[2][0]))
    assert '<html lang="ar" dir="rtl">' in there.text
    assert [tag for _, tag, now in links(there) if now] == ["ar"]


def test_a_site_of_one_language_has_no_links():
    """There is nothing to switch to."""
    assert "languages" not in Shop().client().get("/privacy/").text
    one = site(languages={"en": catalogue("en")})
    assert "languages" not in one.client().get("/privacy/").text


def test_where_one_came_from_is_kept():
    """The way back is the same in the other language."""
    client = site().client()
    query, *_ = links(client.get("/privacy/?next=/goods%3Fa=1%26b=2"))[1]
    assert 'href="/goods?a=1&amp;b=2">' in client.get(f"/privacy/{query}").text


def test_what_was_done_is_said_in_the_other_language_too(own_page):
    """The page compares it with the browser's cookies again."""
    client = site().client()
    answer = client.post("/privacy/choice", data={"action": "refuse"}, headers=own_page)
    shown = client.get(answer.headers["location"])
    german = client.get(f"/privacy/{links(shown)[1][0]}")
    assert catalogue("de")["done_refused"] in html.unescape(german.text)


@pytest.mark.parametrize("done", ["refused", "withdrawn", "saved", "cleared", "marker"])
@pytest.mark.parametrize(
    "path", ["/privacy/", "/privacy/opt-out", "/privacy/no", "/privacy/status"]
)
def test_words_of_a_stranger_are_not_said_back(path, done, own_page):
    """Whatever their link says was done, and whether it was."""
    client = site().client()
    client.post("/privacy/choice", data={"action": "refuse"}, headers=own_page)
    query = {"done": done, "is": "marker", "next": "marker", "held": "marker", "t": "marker"}
    answer = client.get(path, params=query)
    assert links(answer)
    assert "marker" not in answer.text


def test_an_answer_to_a_form_has_no_links(own_page):
    """No link sends a form again."""
    answer = site().client().post("/privacy/choice", data={"action": "x"}, headers=own_page)
    assert (answer.status_code, links(answer)) == (400, [])


@given(
    st.dictionaries(
        st.sampled_from(["next", "done", "is", "lang", "t", "held", "x"]),
        st.text("/\\?&#=%.:\"'<a\x00é", max_size=8)
        | st.sampled_from(["/goods", "//evil.example", "saved", "de", "a.b"]),
        max_size=4,
    ),
    st.sampled_from(["/privacy/", "/privacy/opt-out", "/privacy/nothing"]),
)
def test_whatever_is_asked_a_link_stays_and_carries_only_what_is_read(asked, path):
    """No host, no other path, no parameter of a stranger's; a way out of the site is none."""
    client = ONE
    here = f"https://shop.example{path}"
    for query, tag, _ in links(client.get(f"{path}?{urlencode(asked)}")):
        there = urlsplit(urljoin(here, query))
        sent = parse_qs(there.query, strict_parsing=True)
        assert (there.netloc, there.path, sent["lang"]) == ("shop.example", path, [tag])
        assert set(sent) <= READ
        assert all(asked[name] == value for name, [value] in sent.items() if name != "lang")
        assert not any(value.startswith("//") for [value] in sent.values())


def test_words_that_a_language_lacks_are_marked_as_what_they_are(shop):
    """A screen reader reads them by their own rules, and they run in their own direction."""
    known = shop.context
    arabic = dict.fromkeys(("ads",), ("إعلانات", ""))
    purposes = tuple(
        dataclasses.replace(p, texts={"ar": arabic[p.id]} if p.id in arabic else {})
        for p in known.purposes
    )
    shop.options = {"purposes": purposes, "languages": {"en": ENGLISH, "ar": catalogue("ar")}}
    text = shop.client().get("/privacy/?lang=ar").text
    assert '<span lang="en" dir="ltr">Visitor statistics</span></label>' in text
    assert '<span lang="en" dir="ltr">Shows what may interest you.</span>' in text
    assert ">إعلانات</label>" in text
    assert '<span lang="en"' not in shop.client().get("/privacy/?lang=en").text
