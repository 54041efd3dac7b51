"""The notice as people read it: golden texts, each element once and gone when it is gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from privacykit.documents.notice.layout import cookie_page, notice_page
from privacykit.documents.pages.html import html_page
from privacykit.documents.pages.markdown import markdown_page
from tests.documents.samples import (
    ALL,
    CONSENTED,
    COOKIELESS,
    LAWS,
    MAP,
    SOLD,
    by_law,
    model,
    said,
    writer,
)

GOLDEN = Path(__file__).parent / "golden"


def markdown(text=CONSENTED, datamap="", language="en", **more):
    """Return the notice as Markdown, without its stamp."""
    write = writer(language, "de" if text == COOKIELESS else "en")
    page = notice_page(model(text, datamap), write, **more)
    return markdown_page(page).partition("<!--")[0]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", sorted(ALL))
def test_the_notice_is_the_golden_one(name, language):
    """`WRITE_GOLDEN=1` writes the files anew, for somebody to read the difference."""
    path = GOLDEN / f"{name}.{language}.md"
    text = markdown(*ALL[name], language)
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


REMOVED = {
    "sink": (
        (
            '[[sinks]]\ntype = "http"\nname = "mirror"\nurl = "https://mirror.internal/events"\n'
            'purposes = ["analytics"]\n'
        ),
        '[notice.recipients.mirror]\nname = "Mirror SARL"\ncountry = "FR"\n',
    ),
    "cookie": ('"_pk*" = "analytics"\n', '[notice.cookies."_pk*"]\nlife = "13 months"\n'),
    "host": ('[[notice.hosts]]\nname = "Hoster AG"\ncountry = "DE"\nkind = "hosting"\n',),
    "authority": ('authority = "Berlin Commissioner for Data Protection"\n',),
    "requests": ('requests = "Write to privacy@shop.example."\n',),
}


@pytest.mark.parametrize(
    ("name", "gone", "new"),
    [
        ("sink", {"recipient.mirror"}, set()),
        ("cookie", {"cookie._pk*"}, set()),
        ("host", {"recipient.host Hoster AG"}, set()),
        ("authority", {"complaint.gdpr"}, {"complaint.DE"}),
        ("requests", {"ask"}, set()),
    ],
)
def test_what_is_removed_is_gone_and_nothing_else(name, gone, new):
    """Exactly its statements; the others say what they said."""
    text = CONSENTED
    for part in REMOVED[name]:
        assert part in text
        text = text.replace(part, "")
    before, after = said(model(CONSENTED, MAP)), said(model(text, MAP))
    assert (set(before) - set(after), set(after) - set(before)) == (gone, new)
    assert {id_: before[id_] for id_ in set(before) & set(after) if before[id_] != after[id_]} == {}


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_a_public_notice_names_nothing_inner(name, language):
    """No credential, no inner host, no database, no name of a sink; in no form."""
    found = model(*ALL[name])
    page = html_page(notice_page(found, writer(language)))
    page += html_page(cookie_page(found, writer(language)))
    for inner in (
        "s3cret",
        "t0ken",
        "10.1.2.3",
        "internal",
        "postgresql",
        "mirror.",
        "sinks.",
        "stats",
    ):
        assert inner not in page, inner


@pytest.mark.parametrize("family", LAWS)
def test_no_text_promises_too_much(family):
    """No law of ours makes anything compliant, guaranteed or anonymous."""
    text = markdown(by_law(CONSENTED, family), MAP).lower()
    for word in ("compliant", "guarantee", "anonymous", "anonymis"):
        assert word not in text


def test_texas_is_told_word_for_word():
    """Tex. Bus. & Com. Code 541.102(b), (c): as the law has it, whatever the language."""
    for language in ("en", "de"):
        text = markdown(SOLD, language=language)
        assert "NOTICE: We may sell your sensitive personal data." in text
        assert "NOTICE: We may sell your biometric personal data." in text
    assert "NOTICE" not in markdown(SOLD.replace(', "sensitive_sale"', ""))
    assert "biometric" not in markdown(SOLD.replace('["biometric"]', "[]"))


def test_california_has_its_categories_and_its_link():
    """Civ. Code 1798.140(v)(1), each letter with what it holds, its time and whether it is sold."""
    told = said(model(SOLD))
    assert told["california.A"].startswith("(A) Identifiers: how to reach a person, an identifier")
    assert "6 months" in told["california.F"]
    assert told["california.link.sale"] == (
        "Do Not Sell or Share My Personal Information: /privacy/opt-out"
    )
    assert told["california.link.limit"].startswith("Limit the Use of My Sensitive Personal")


def test_who_sells_nothing_says_so():
    """Derived: no purpose is a sale or an advertisement, no recipient has ends of its own."""
    told = said(model(by_law(CONSENTED, "california"), MAP))
    assert told["selling"].startswith("We do not sell your data")
    assert told["across_sites"].startswith("Nobody else collects")


def test_the_law_of_the_visitor_stands_in_front():
    """The others stand folded behind; none is left out."""
    page = notice_page(model(by_law(CONSENTED, "gdpr", "lgpd")), writer(), first=("lgpd",))
    *_, front, behind = page.sections
    assert (front.id, behind.id, [one.id for one in behind.inner]) == (
        "law-lgpd",
        "elsewhere",
        ["law-gdpr"],
    )


def test_whoever_is_from_elsewhere_sees_all_laws_in_their_order():
    """No law of a place that nobody wrote a notice for."""
    page = notice_page(model(by_law(CONSENTED, "gdpr", "lgpd")), writer(), first=("pipl",))
    assert [one.id for one in page.sections[-1].inner] == ["law-gdpr", "law-lgpd"]
    page = notice_page(model(by_law(CONSENTED, "gdpr", "lgpd")), writer())
    assert [one.id for one in page.sections[-2:]] == ["law-gdpr", "law-lgpd"]


def test_what_is_not_translated_is_marked():
    """A text of the operator's keeps its language, a sentence of ours is English."""
    page = html_page(notice_page(model(CONSENTED, MAP), writer("de")))
    assert '<span lang="en">Running the shop</span>' in page
    assert "Statistik" in page
    assert "Was nicht übersetzt" in page
    unknown = html_page(notice_page(model(CONSENTED, MAP), writer("xx")))
    assert '<h1 lang="en"><span lang="en">Privacy notice</span></h1>' in unknown


def test_a_cookie_is_told_with_its_life_and_whoever_sets_it():
    """C-673/17: duration and third parties belong to the information."""
    text = markdown_page(cookie_page(model(CONSENTED, MAP), writer()))
    row = next(line for line in text.splitlines() if line.startswith("| \\_pk"))
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "\\_pk\\*",
        "Statistics",
        "We count visits to see which pages are read.",
        "13 months",
        "this site",
        "cookie",
        "by your choice",
    ]


def test_what_an_operator_writes_is_no_markup():
    """Neither in HTML nor in Markdown, and no comment of ours can be left."""
    hostile = '<script>alert(1)</script> --> [x](javascript:y) | "'
    text = CONSENTED.replace("We deliver what you order.", hostile.replace('"', '\\"'))
    page = notice_page(model(text, MAP), writer())
    assert "<script" not in html_page(page)
    assert "[x](javascript" not in markdown_page(page)
