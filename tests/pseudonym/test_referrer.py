"""Referrers at five levels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from privacykit.pseudonym.url.referrer import LEVELS, host_of, reduce_referrer

VECTORS = Path(__file__).parents[1] / "vectors"
MATOMO = json.loads((VECTORS / "text/matomo_referrer_anonymiser.json").read_text(encoding="utf-8"))
PLAUSIBLE = json.loads(
    (VECTORS / "channels/plausible_source_url_visitor.json").read_text(encoding="utf-8")
)
FULL = "https://jane:pw@www.blog.example:8443/users/jane?q=x&token=1#secret"


@pytest.mark.parametrize(
    ("level", "kept"),
    [
        ("none", ""),
        ("host", "blog.example"),
        ("origin", "https://www.blog.example:8443"),
        ("path", "https://www.blog.example:8443/users/[id]"),
        ("query", "https://www.blog.example:8443/users/[id]?q=x"),
    ],
)
def test_each_level_keeps_what_it_says(level, kept):
    """User, password, fragment and parameters that nobody listed survive no level."""
    assert reduce_referrer(FULL, level, frozenset({"q", "token"})) == kept


@pytest.mark.parametrize(
    "url",
    [
        FULL,
        "https://a.example",
        "https://a.example#f",
        "https://a.example?q=1",
        "http://a.example/?q=/#q",
    ],
)
def test_levels_have_no_gaps(url):
    """Each level holds the one before it, so none shows what a higher one hides."""
    none, host, *urls = [reduce_referrer(url, level, frozenset({"q"})) for level in LEVELS]
    assert (none, host, len(urls)) == ("", "a.example" if url != FULL else "blog.example", 3)
    assert [host in text for text in urls] == [True] * 3
    assert [(urls[0] in text, "#" in text) for text in urls[1:]] == [(True, False)] * 2
    assert (urls[1] in urls[2], "#" in urls[0]) == (True, False)


@pytest.mark.parametrize(
    "referrer", [None, "", b"", "ftp://wat", "/relative", "https://192.0.2.1/x", b"\xff"]
)
def test_what_is_no_referrer_is_nothing(referrer):
    """Malformed, local and numeric referrers are dropped at every level."""
    assert {reduce_referrer(referrer, level) for level in LEVELS} == {""}


def test_bytes_are_read_as_utf_8():
    """Headers come as bytes."""
    assert host_of("https://www.münchen.example/x".encode()) == "xn--mnchen-3ya.example"


@pytest.mark.parametrize("case", MATOMO["url"], ids=lambda case: f"{case['option']} {case['url']}")
def test_matomos_cases_keep_no_more_than_matomo(case):
    """
    Its options map to our levels, and none of ours keeps a part that its expectation lacks.

    Decided otherwise: a referrer without a scheme is malformed to us and dropped.
    """
    level = {"exclude_all": "none", "exclude_query": "path", "exclude_path": "origin"}[
        case["option"]
    ]
    url = case["url"] or ""
    expected = case["expected"].rstrip("/") if url.startswith("https://") else ""
    assert reduce_referrer(url, level) == expected


WITHOUT_AN_ANSWER = {  # Plausible's case speaks of the source only
    "https://facebook.com": "facebook.com",
    "https://betalist.com/my-produxct": "betalist.com/my-produxct",
    "http://localhost:4000/": "",
    None: "",
}


@pytest.mark.parametrize("case", PLAUSIBLE["referrer"], ids=lambda case: str(case["referrer"]))
def test_plausibles_cases_keep_the_same_host_and_path(case):
    """What Plausible stores as a referrer is our level `path` without scheme and `www.`."""
    expected = case["expected"].get("referrer", WITHOUT_AN_ANSWER.get(case["referrer"]))
    kept = reduce_referrer(case["referrer"], "path").removeprefix("https://").removesuffix("/")
    assert kept == expected
