"""Sentences that a published page should have and has not: somebody changed it by hand. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape

from privacykit.documents.pages.view import PageView, Runs, ViewSection, text_of

_UNSEEN = re.compile(
    r"<!--.*?-->|<(style|script|template|noscript)\b.*?</\1\s*>"
    r"|<(\w+)\b[^>]*(?:\shidden\b|display\s*:\s*none)[^>]*>.*?</\2\s*>",
    re.DOTALL | re.IGNORECASE,
)
"""What nobody sees of a page: comments, what is no text, what is said to be hidden."""
_MARKUP = re.compile(r"<[^>]*>|\[[a-z]{2,3}(-\w+)?\]")
"""Tags, and how Markdown of ours says a language."""
_NO_WORD = re.compile(r"[\W_]+")


def lines_of(page: PageView) -> tuple[str, ...]:
    """Return each sentence and each cell that *page* prints, in order, but for title and foot."""
    shown = (text_of(runs) for section in page.sections for runs in _printed(section))
    return tuple(text for text in shown if _words(text))


def edited(published: str, candidates: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """
    Return the sentences that *published* lacks in their place, whatever markup is around them.

    Args:
        published: The page, as HTML, Markdown or JSON.
        candidates: Its sentences in each language that it may be in, in their order; that of which
            it says most is taken. What somebody added is not seen.
    """
    said = _words(unescape(_MARKUP.sub(" ", _UNSEEN.sub(" ", published))))
    likeliest: tuple[int, int] = (-1, 0)
    missing: tuple[str, ...] = ()
    for lines in candidates:
        left = tuple(_missing(said, lines))
        if (like := (len(lines) - len(left), -len(left))) > likeliest:
            likeliest, missing = like, left
    return missing


def _missing(said: str, lines: Sequence[str]) -> Iterator[str]:
    """Yield those of *lines* that *said* does not say one after another."""
    # A row that is gone is said nowhere between its neighbours, though each word of it elsewhere.
    place = 0
    for number, line in enumerate(lines):
        words = _words(line)
        found = said.find(words, place)
        following = _words(lines[number + 1]) if number + 1 < len(lines) else ""
        nearest = said.find(following, place) if following else -1
        if found < 0 or (0 <= nearest < found):
            yield line
        else:
            place = found + len(words)


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
