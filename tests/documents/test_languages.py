"""The message files: whole where they must be, with the places of the original, and used."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from privacykit.documents.facts.visits import ALWAYS, WHERE_LET
from privacykit.settings.asking.tables import Language
from privacykit.web.notice_page.messages import messages

PACKAGE = Path(__file__).parents[2] / "privacykit"
TAGS = [tag for tag in get_args(Language) if tag != "en"]
WHOLE = ["de"]
"""Languages in which nothing falls back."""
ENGLISH = messages("en")
MADE = re.compile(
    r"^(heading|category|country|right|basis|confidence|record|column|role|storage|leave|own|"
    r"trigger|dpia|id|address|kept|month|year|day|measure|officer|"
    r"representative|automated|recipients|transfers|cookie)_"
)
"""Keys that code puts together of two parts."""


def places(text):
    """Return the names in braces."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


@pytest.mark.parametrize("tag", TAGS)
def test_a_file_knows_no_other_key_and_has_the_places(tag):
    """What is filled in is filled in everywhere; no markup slips in."""
    known = messages(tag)
    assert set(known) <= set(ENGLISH)
    assert [key for key in known if places(known[key]) != places(ENGLISH[key])] == []
    assert [key for key, text in known.items() if set("<>\n") & set(text) or not text] == []


@pytest.mark.parametrize("tag", WHOLE)
def test_a_whole_language_has_every_key(tag):
    """Nobody who reads it meets English."""
    assert set(ENGLISH) - set(messages(tag)) == set()


OPERATORS = ("record_", "dpia_", "trigger_", "measure_", "id_", "country_", "category_")
"""Keys that visitors seldom meet: in other languages than German they may be English, marked."""


@pytest.mark.parametrize("tag", TAGS)
def test_whatever_a_visitor_is_told_stands_in_every_language(tag):
    """Countries have codes, and kinds of data that no visit brings may be English, marked."""
    wanted = [key for key in ENGLISH if not key.startswith(OPERATORS)]
    wanted += [f"category_{key}" for key in {*ALWAYS.values(), *WHERE_LET.values()}]
    assert [key for key in wanted if key not in messages(tag)] == []


@pytest.mark.parametrize("tag", TAGS)
def test_a_sentence_is_translated(tag):
    """A whole sentence that is the English one was forgotten."""
    known = messages(tag)
    told = [key for key, text in ENGLISH.items() if len(text.split()) > 4 and "{" not in text]
    assert [key for key in told if known.get(key) == ENGLISH[key]] == []


def test_english_sentences_are_short():
    """CEFR B1: whoever reads seldom meets a sentence of more than twenty words, never of thirty."""
    sentences = [
        len(one.split())
        for key, text in ENGLISH.items()
        if not key.startswith("category_")
        for one in re.split(r"(?<=[.?!])\s", text)
    ]
    assert max(sentences) < 30
    assert sum(length > 20 for length in sentences) <= len(sentences) // 50
    assert sum(sentences) / len(sentences) < 10


def test_every_word_is_used():
    """A sentence that nobody says is translated for nothing."""
    code = set()
    for path in PACKAGE.rglob("*.py"):
        if "documents" in path.parts:
            tree = ast.parse(path.read_text())
            code |= {
                word
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
                for word in re.findall(r"[\w.-]+", node.value)
            }
    assert [key for key in ENGLISH if key not in code and not MADE.match(key)] == []


def test_a_language_that_nobody_wrote_has_no_words():
    """Everything falls back, and is marked."""
    assert messages("xx") == {}
