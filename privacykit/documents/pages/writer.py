"""
The writer: statements and values in one language; what a language lacks is marked. Pure.

A sentence that a language does not have is said in English, a text of the operator's that was not
translated in the language it was written in; either carries its language, so that readers see it
and a screen reader speaks it rightly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter

from privacykit.documents.pages.view import Run, Runs
from privacykit.documents.statement import NoticeStatement
from privacykit.documents.values import (
    MONTHS_A_YEAR,
    Lasting,
    Listed,
    Value,
    Word,
    Written,
)

SOURCE = "en"
COUNTRY = "country_"
_FORMATTER = Formatter()
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}", re.IGNORECASE)


class Writer:
    """
    Writes in one language.

    Args:
        language: BCP 47 tag of the page.
        words: The words that the language has, by key.
        source: The English words: every key.
        written_in: The language of what the operator wrote and did not translate.
    """

    def __init__(
        self, language: str, words: Mapping[str, str], source: Mapping[str, str], written_in: str
    ) -> None:
        self.language = language
        self._words = words
        self._source = source
        self._written_in = written_in

    def say(self, key: str, **values: Value) -> Runs:
        """Return the sentence *key* with *values* in its places."""
        return _joined(self._said(key, values))

    def statement(self, statement: NoticeStatement) -> Runs:
        """Return what *statement* says."""
        return self.say(statement.words, **dict(statement.values))

    def value(self, value: Value) -> Runs:
        """Return *value* alone."""
        return _joined(self._valued(value))

    def _said(self, key: str, values: Mapping[str, Value]) -> Iterator[Run]:
        known = self._words.get(key)
        lang = "" if known is not None or self.language == SOURCE else SOURCE
        template = self._source[key] if known is None else known
        for text, place, _, _ in _FORMATTER.parse(template):
            if text:
                yield Run(text, lang)
            if place is not None:
                yield from self._valued(values[place])

    def _valued(self, value: Value) -> Iterator[Run]:
        match value:
            case Word(key):
                yield from self._word(key)
            case Lasting():
                yield from self._lasting(value)
            case Written(text, others):
                known = dict(others).get(self.language)
                same = known is not None or self._written_in == self.language
                told = known or text
                lang = "" if same or not text else self._written_in
                yield Run(told, lang, _link_of(told))
            case Listed(values):
                for number, one in enumerate(values):
                    if number:
                        yield Run(", ")
                    yield from self._valued(one)
            case _:
                yield Run(value, href=_link_of(value))

    def _word(self, key: str) -> Iterator[Run]:
        if key.startswith(COUNTRY) and key not in self._words:
            # A code is the same in every language, which a name in English is not.
            yield Run(key.removeprefix(COUNTRY))
            return
        yield from self._said(key, {})

    def _lasting(self, span: Lasting) -> Iterator[Run]:
        years, months = divmod(span.months, MONTHS_A_YEAR)
        if years and not months:
            first = self._counted("year", years)
        else:
            first = self._counted("month", span.months) if span.months else ()
        second = self._counted("day", span.days) if span.days or not span.months else ()
        if first and second:
            yield from self._both(first, second)
        else:
            yield from first or second

    def _both(self, first: Runs, second: Runs) -> Iterator[Run]:
        known = self._words.get("and", self._source["and"])
        for text, place, _, _ in _FORMATTER.parse(known):
            if text:
                yield Run(text)
            if place is not None:
                yield from first if place == "first" else second

    def _counted(self, unit: str, count: int) -> Runs:
        key = f"{unit}_one" if count == 1 else f"{unit}_many"
        return tuple(self._said(key, {"count": str(count)}))


def _link_of(text: str) -> str:
    """Return where *text* leads by itself: a path of the site, a page, an address for mail."""
    if " " in text:
        return ""
    if text.startswith(("/", "https://", "mailto:")):
        return text
    return f"mailto:{text}" if _MAIL.fullmatch(text) else ""


def _joined(runs: Iterator[Run]) -> Runs:
    """Return *runs*, neighbours alike in one."""
    found: list[Run] = []
    for run in runs:
        if found and (found[-1].lang, found[-1].href) == (run.lang, run.href) and not run.href:
            found[-1] = Run(found[-1].text + run.text, run.lang)
        elif run.text:
            found.append(run)
    return tuple(found)
