"""HTML and Markdown of a page, times and lists in words, and what is valid."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from privacykit.documents.notice.layout import notice_page
from privacykit.documents.pages.html import html_page
from privacykit.documents.pages.view import text_of
from privacykit.documents.values import Lasting, Listed, Word, Written, iso_duration, plain, written
from tests.documents.samples import CONSENTED, MAP, model, writer

VOID = {"meta", "link"}


class Balanced(HTMLParser):
    """Says whether every element is closed by itself, and which ids and links there are."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.urls = [], [], []

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.ids += [known["id"]] if "id" in known else []
        self.urls += [known[name] for name in ("href", "src") if name in known]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_a_page_is_whole_and_asks_nobody(language):
    """Every element is closed, every id is one, nothing is loaded from anywhere."""
    page = html_page(notice_page(model(CONSENTED, MAP), writer(language)))
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))
    assert all(url.startswith(("/privacy", "mailto:", "data:,")) for url in parser.urls)
    assert "<script" not in page
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Lasting(13), "13 months"),
        (Lasting(1), "1 month"),
        (Lasting(24), "2 years"),
        (Lasting(12), "1 year"),
        (Lasting(0, 1), "1 day"),
        (Lasting(1, 10), "1 month and 10 days"),
        (Lasting(12, 1), "1 year and 1 day"),
        (Lasting(), "0 days"),
        (Listed(("a", Word("id_none"))), "a, none"),
        (Word("country_NZ"), "New Zealand"),
        (Word("country_QQ"), "QQ"),
        (written("a", {"de": "b"}), "a"),
        ("a", "a"),
    ],
)
def test_a_value_is_told_in_words(value, expected):
    """In English; a country without a name by its code."""
    assert text_of(writer().value(value)) == expected


def test_a_text_is_told_in_the_language_that_it_has():
    """Its own where there is none, and then it says which."""
    value = Written("a", (("de", "b"),))
    assert [(r.text, r.lang) for r in writer("de").value(value)] == [("b", "")]
    assert [(r.text, r.lang) for r in writer("fr").value(value)] == [("a", "en")]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("/privacy/", "/privacy/"),
        ("https://shop.example/x", "https://shop.example/x"),
        ("privacy@shop.example", "mailto:privacy@shop.example"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("javascript:alert(1)", ""),
        ("/a path", ""),
        ("Weg 1", ""),
    ],
)
def test_only_what_is_an_address_is_a_link(text, link):
    """No other scheme ever is."""
    assert writer().value(text)[0].href == link


@pytest.mark.parametrize(
    ("span", "text"), [(Lasting(13), "P13M"), (Lasting(1, 2), "P1M2D"), (Lasting(), "P0D")]
)
def test_a_time_has_an_iso_form(span, text):
    """XML Schema's durations."""
    assert iso_duration(span) == text


def test_a_list_is_the_same_in_any_order():
    """Its order is for readers."""
    assert plain(Listed(("b", "a"))) == plain(Listed(("a", "b"))) == ["a", "b"]
