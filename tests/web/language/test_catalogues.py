"""The catalogues are whole, say the same with the same placeholders, and are compiled."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from string import Formatter

import pytest

from privacykit.web.language.catalogues import catalogue
from privacykit.web.preferences.wording import ENGLISH
from tests.web.language.update import TRANSLATED, place_of, translations

SAME = {"Global Privacy Control", "Do Not Track"}
"""Names that no language translates."""
PLACES = ("banner_title", "refuse", "allow", "choose", "withdraw", "title")
SCRIPTS = {"zh": "[\u4e00-\u9fff]", "ja": "[\u3040-\u30ff\u4e00-\u9fff]", "ar": "[\u0600-\u06ff]"}


def placeholders(text):
    """Return the names in braces."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_has_every_text_and_no_other(tag):
    """A text that changed in English is missing until somebody translates it again."""
    known = translations(tag)
    assert set(known) == set(ENGLISH.items())
    assert [key for (key, _), text in known.items() if not text.strip()] == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translation_has_the_placeholders_of_the_original(tag):
    """What is filled in is filled in everywhere."""
    words = catalogue(tag)
    wrong = [key for key in ENGLISH if placeholders(words[key]) != placeholders(ENGLISH[key])]
    assert wrong == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translation_is_one(tag):
    """Whole sentences differ from English, names do not, and no markup slips in."""
    words = catalogue(tag)
    assert [key for key, text in ENGLISH.items() if " " in text and words[key] == text] == []
    for key, text in ENGLISH.items():
        assert not set("<>\n") & set(words[key]), key
        assert all(name in words[key] for name in SAME if name in text), key
    script = SCRIPTS.get(tag, "[a-zA-Z]")
    assert all(re.search(script, words[key]) for key in PLACES)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_what_is_compiled_is_what_is_written(tag):
    """`python -m tests.web.language.update` makes the one from the other."""
    with place_of(tag, "mo").open("rb") as file:
        compiled = GNUTranslations(file)
    written = translations(tag)
    assert {pair: compiled.pgettext(*pair) for pair in written} == written


@pytest.mark.parametrize("tag", TRANSLATED)
def test_refuse_and_allow_are_about_equally_long(tag):
    """No language makes one button a sentence and the other a word."""
    words = catalogue(tag)
    shorter, longer = sorted(len(words[key]) for key in ("refuse", "allow"))
    assert longer <= 1.5 * shorter


def test_english_is_the_wording_itself():
    """It needs no catalogue."""
    assert catalogue("en") is ENGLISH
