"""Sentences that a published page should have and has not: somebody changed it by hand. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from privacykit.documents.pages.view import PageView, Runs, ViewSection, text_of

_MARKUP = re.compile(
    r"<(style|script)\b.*?</\1>|<[^>]*>|\[[a-z]{2,3}(-\w+)?\]", re.DOTALL | re.IGNORECASE
)
"""Tags, what is no text, and how Markdown of ours says a language."""
_NO_WORD = re.compile(r"[\W_]+")


def lines_of(page: PageView) -> tuple[str, ...]:
    """Return each sentence and each cell that *page* prints, but for its title and foot."""
    shown = (text_of(runs) for section in page.sections for runs in _printed(section))
    return tuple(dict.fromkeys(text for text in shown if _words(text)))


def edited(published: str, candidates: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """
    Return the sentences that *published* lacks, whatever its markup is or stands around it.

    Args:
        published: The page, as HTML, Markdown or JSON.
        candidates: Its sentences in each language that it may be in; that of which it says most
            is taken. What somebody added is not seen.
    """
    said = _words(unescape(_MARKUP.sub(" ", published)))
    likeliest: tuple[int, int] = (-1, 0)
    missing: tuple[str, ...] = ()
    for lines in candidates:
        left = tuple(line for line in lines if _words(line) not in said)
        if (like := (len(lines) - len(left), -len(left))) > likeliest:
            likeliest, missing = like, left
    return missing


def _words(text: str) -> str:
    """Return the letters and digits of *text*: markup and line breaks change none of them."""
    return _NO_WORD.sub("", text).casefold()


def _printed(section: ViewSection) -> Iterator[Runs]:
    yield section.heading
    for line in section.lines:
        yield line.runs
    for table in section.tables:
        for row in (table.head, *table.rows):
            yield from row
    for inner in section.inner:
        yield from _printed(inner)
