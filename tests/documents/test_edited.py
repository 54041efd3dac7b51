"""What somebody took out of a published page is noticed, wherever its words stand besides."""

from __future__ import annotations

import re

import pytest

from privacykit.documents.notice.edited import edited, lines_of
from privacykit.documents.notice.layout import cookie_page, notice_page
from privacykit.documents.pages.html import html_page
from privacykit.documents.pages.markdown import markdown_page
from tests.documents.samples import CONSENTED, MAP, model, writer

HIDDEN = ("<!-- {} -->", "<template>{}</template>", "<div hidden>{}</div>")
HIDDEN = (*HIDDEN, '<p style="display: none">{}</p>', "<script>{}</script>")


@pytest.fixture(scope="module", params=[notice_page, cookie_page])
def page(request):
    """A page."""
    return request.param(model(CONSENTED, MAP), writer())


@pytest.mark.parametrize("form", [html_page, markdown_page])
def test_each_line_and_row_that_is_gone_is_noticed(page, form):
    """A row of a table, too, each word of which stands in another."""
    text, lines = form(page), lines_of(page)
    assert edited(text, [lines]) == ()
    parts = re.findall(r"<li>.*?</li>|<tr>.*?</tr>", text, re.DOTALL) or [
        line for line in text.splitlines() if line.startswith("- ")
    ]
    assert len(parts) >= 2
    assert [part for part in parts if edited(text.replace(part, "", 1), [lines]) == ()] == []


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_nobody_sees_is_not_said(page, hidden):
    """Though it stands in the file."""
    text = html_page(page)
    main = re.search(r"<main>.*</main>", text, re.DOTALL)[0]
    assert len(edited(text.replace(main, hidden.format(main)), [lines_of(page)])) > 5


def test_what_stands_around_it_is_the_sites_own(page):
    """As are its markup and its line breaks."""
    text = html_page(page).replace("<main>", "<nav>Home</nav><div class=x><main>")
    text = text.replace(" ", "\n").replace("<li>", '<li class="y">\n<b>').replace("</li>", "</b>")
    assert edited(text, [lines_of(page)]) == ()
