"""A report as one page: the same bytes, everything escaped, nothing from elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest

from privacykit.errors import BackendError
from privacykit.reports.output import page
from privacykit.reports.output.sentence import sentence
from tests.reports.output.samples import (
    CHANNELS,
    COHORTS,
    DAYS,
    EVERY,
    HOSTILE,
    NOTHING,
    NOVEMBER,
    OCTOBER,
    WALK,
    funnel,
    report,
    step,
    table,
    tables_report,
    told,
)

GOLDEN = Path(__file__).parent / "golden"
VOID = {"meta", "link", "input"}

FUNNEL = report(funnel(hidden=3), funnel(segment="country==DE", hidden=4))
COMPARED = report(funnel(), funnel(period=1), periods=(NOVEMBER, OCTOBER))
TABLES = tables_report(*EVERY)
BOTH = tables_report(*EVERY, periods=(NOVEMBER, OCTOBER))
EMPTY = report(funnel(NOTHING, None, None))
REPORTS = {"funnel": FUNNEL, "compared": COMPARED, "tables": TABLES, "both": BOTH, "empty": EMPTY}


def bare(text):
    """Return a page without its style, which would be in every golden file."""
    text = re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.DOTALL)
    return re.sub(r"sha256-[\w+/=]+", "sha256-", text)


class Seen(HTMLParser):
    """What is in a page: its elements with their attributes, and whether each is ended."""

    def __init__(self, text):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        """Keep an element."""
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        """End one: the one that began last."""
        assert self._open.pop() == tag

    def of(self, *tags):
        """Return the attributes of all elements of *tags*."""
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_the_same_report_is_the_same_bytes(name):
    """As they are in the repository: a page that is looked at again shows no change."""
    assert bare(page.text(REPORTS[name])) == (GOLDEN / f"{name}.html").read_text()
    assert page.text(REPORTS[name]) == page.text(REPORTS[name])


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_nothing_comes_from_elsewhere_and_nothing_runs(name):
    """No script, no handler, no style of an attribute, no address but a place on the page."""
    text = page.text(REPORTS[name])
    seen = Seen(text)
    assert not seen.of("script", "img", "iframe", "object", "image", "use", "a", "base")
    told = [pair for _, attributes in seen.elements for pair in attributes.items()]
    assert not [key for key, _ in told if key == "style" or key.startswith("on")]
    assert [value for key, value in told if key in {"href", "src"}] == ["data:,"]
    assert "//" not in re.sub(r"sha256-[^']+", "", text)
    assert all(one.startswith("#") for one in re.findall(r"url\((.)", text))


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_its_style_is_the_one_that_its_policy_names(name):
    """A page whose style the browser refuses is of no use."""
    text = page.text(REPORTS[name])
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    (policy,) = [one["content"] for one in Seen(text).of("meta") if "http-equiv" in one]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_charts_are_named_and_have_a_table_beside_them(name):
    """Each drawing has a title and a description of its own; each id is there once."""
    text = page.text(REPORTS[name])
    seen = Seen(text)
    ids = [one["id"] for _, one in seen.elements if "id" in one]
    assert len(set(ids)) == len(ids)
    assert seen.of("svg")
    for drawing in seen.of("svg"):
        assert drawing["role"] == "img"
        assert set(drawing["aria-labelledby"].split()) <= set(ids)
    assert len(seen.of("caption")) == len(seen.of("table")) > 0
    assert all("scope" in one for one in seen.of("th"))


def test_what_visitors_wrote_is_escaped():
    """In headings, tables and charts: no element, no attribute, no direction, no code comes of it."""
    hostile = [step(HOSTILE, 90, 90, 0, 60, 30), step("buy", 0, 30, 0, 0, 0)]
    rows = [(HOSTILE, HOSTILE + "2", 5), ("b", "c", 7)]
    named = table("top", [(HOSTILE, 5), ("b", 3)], f"{HOSTILE}:text", "visits:count")
    named_pairs = table("pairs", rows, "here:text", "next:text", "visits:count", caption=HOSTILE)
    texts = [
        page.text(report(funnel(hostile, 90, 30, segment=None), title=HOSTILE, site=HOSTILE)),
        page.text(report(funnel(), funnel(segment=HOSTILE), notes=(HOSTILE,), policies=(HOSTILE,))),
        page.text(tables_report(named, named_pairs, CHANNELS)),
    ]
    for text in texts:
        seen = Seen(text)
        assert "&lt;script&gt;" in text
        assert not seen.of("script")
        assert not {"\u202e", "\x1b"} & set(text)


def test_what_is_hidden_is_an_outline_and_never_nought():
    """In every chart: no bar, no point, no shade stands for a figure that is not shown."""
    for one in (FUNNEL, TABLES, EMPTY):
        for drawing in re.findall(r"<svg.*?</svg>", page.text(one), re.DOTALL):
            assert "unseen" in drawing
            assert ">hidden<" in drawing or "hidden in the funnel" in drawing
    only = table("top", [("a", None), ("b", None)], "name:text", "visits:count")
    (drawing,) = re.findall(r"<svg.*?</svg>", page.text(tables_report(only)), re.DOTALL)
    assert (drawing.count("unseen"), drawing.count("performed")) == (2, 0)


@pytest.mark.parametrize(
    ("tables", "classes"),
    [
        ((DAYS,), {"line"}),
        ((CHANNELS,), {"performed"}),
        ((COHORTS,), {"shade-4"}),
        ((table("one", [("a", 3)], "name:text", "visits:count"),), None),
        ((table("words", [("a", "b"), ("c", "d")], "name:text", "what:text"),), None),
        ((table("bare", [(3,), (4,)], "visits:count"),), None),
        ((table("none", [], "name:text", "visits:count"),), None),
    ],
    ids=["days", "names", "field", "one-row", "words", "nameless", "empty"],
)
def test_a_chart_is_chosen_by_what_a_table_holds(tables, classes):
    """A kind of report that is new has one; one row, or no figures, need none."""
    text = page.text(tables_report(*tables))
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert (classes is None) == (drawings == [])
    assert all(f'class="{one}"' in drawings[0] for one in classes or ())


def test_more_rows_than_there_is_room_for_are_in_the_table():
    """A chart says how many it leaves out."""
    many = table("top", [(f"/{at}", 99 - at) for at in range(30)], "page:text", "visits:count")
    text = page.text(tables_report(many))
    assert "and 10 more in the table" in text
    assert text.count('<th scope="row">') == 30


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            report(funnel()),
            (
                "Of 1,204 visits that entered, 38 (3.2 %) reached buy; most were lost between "
                "landing and product: only 3.2 % went on."
            ),
        ),
        (report(funnel(NOTHING, None, None)), "Too few visits entered to say more."),
        (report(funnel(WALK, 0, 0)), "None of the visits entered."),
        (
            report(
                funnel((step("a", 50, 50, 0, 20, 30), step("b", 0, 30, 0, 0, 0)), 50, None),
                unit="person",
            ),
            (
                "Of 50 people who entered, so few reached b that we may not say how many; most "
                "were lost between a and b: 60 % went on."
            ),
        ),
        (
            tables_report(CHANNELS),
            ("Where visits came from: the most at search, 420 (visits; 84 % of all shown here)."),
        ),
        (
            tables_report(table("w", [(120, "0.0320")], "visits:count", "rate:share")),
            "What there was: visits: 120; rate: 3.2 %.",
        ),
        (tables_report(table("w", [("a", None), ("b", None)], "n:text", "visits:count")), ""),
        (tables_report(), ""),
        (
            told("cart", carts=591, abandoned=231),
            "Of 591 visits with a cart, 231 (39.1 %) left it.",
        ),
        (told("cart", carts=591, abandoned=None), ""),
        (told("overview", visits=500, channels=[]), ""),
        (
            told(
                "overview",
                visits=500,
                channels=[
                    {"channel": "(other)", "visits": None},
                    {"channel": "search", "visits": 210},
                ],
            ),
            "500 visits; the most by search: 210 (42 %).",
        ),
    ],
    ids=[
        "walk",
        "hidden",
        "nobody",
        "few",
        "names",
        "one-row",
        "all-hidden",
        "no-table",
        "carts",
        "carts-hidden",
        "overview-bare",
        "overview",
    ],
)
def test_the_first_sentence_says_what_was_found(one, said):
    """In plain words; where the figure is hidden, that it is."""
    assert sentence(one, one.sets[0]) == said


def test_a_page_is_written_whole_or_not_at_all(tmp_path):
    """In one step, for its owner alone; a folder at its place is an error in words."""
    path = tmp_path / "report.html"
    page.write(FUNNEL, str(path))
    assert (path.read_text(), path.stat().st_mode & 0o777) == (page.text(FUNNEL), 0o600)
    with pytest.raises(BackendError, match="cannot write"):
        page.write(FUNNEL, str(tmp_path))


def _luminance(colour):
    full = colour if len(colour) == 6 else "".join(one * 2 for one in colour)
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def _contrast(one, other):
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


WORDS = [
    *product(("ink", "quiet", "accent"), ("ground", "card")),
    ("ink", "band"),
    ("ink", "note-ground"),
    ("on-accent", "accent"),
    *(("on-light", f"shade-{at}") for at in (0, 1, 2)),
    *(("on-dark", f"shade-{at}") for at in (3, 4)),
]
SHAPES = [("edge", "card"), ("accent", "card"), ("edge", "ground")]


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_colours_can_be_told_apart(scheme):
    """Words 4.5 to 1 and shapes 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11), inside charts too."""
    css = page.text(FUNNEL)
    block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]+);", block))
    assert [pair for pair in WORDS if _contrast(*(colours[one] for one in pair)) < 4.5] == []
    assert [pair for pair in SHAPES if _contrast(*(colours[one] for one in pair)) < 3] == []
