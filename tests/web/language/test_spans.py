"""How long cookies are kept: as the configuration states it, and in the words of a page."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.cookies.kept import KeptCookie
from privacykit.runtime.sites import purposes_of
from privacykit.settings.asking.tables import Language
from privacykit.settings.load import parse
from privacykit.testing.layout import CONFIG
from privacykit.web.language.catalogues import catalogue
from privacykit.web.language.spans import life_words
from privacykit.web.preferences.context import wording_hash

STATED = """
"_fbp" = "ads"
prefs = "profile"
[notice.cookies."_ga*"]
life = "2 years"
by = "Example Ads"
[notice.cookies.session]
life = "session"
"""
CONFIGURED = CONFIG.replace('"_ga*" = "ads"\n', '"_ga*" = "ads"\n' + STATED)


def words(tag):
    """Return what fills in the wording of a language, as pages do."""
    return lambda key, **values: catalogue(tag)[key].format(**values)


def kept(config):
    """Return the cookies of each purpose."""
    return {purpose.id: purpose.kept for purpose in purposes_of(parse(config))}


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        (KeptCookie("a"), "how long is not stated"),
        (KeptCookie("a", session=True), "until you close the browser"),
        (KeptCookie("a", days=1), "1 day"),
        (KeptCookie("a", days=400), "400 days"),
        (KeptCookie("a", months=1), "1 month"),
        (KeptCookie("a", months=13), "13 months"),
        (KeptCookie("a", months=12), "1 year"),
        (KeptCookie("a", months=24), "2 years"),
        (KeptCookie("a", months=6, days=2), "6 months and 2 days"),
    ],
)
def test_a_life_is_said_in_words(cookie, expected):
    """In the largest unit that is exact."""
    assert life_words(words("en"), cookie) == expected


@given(
    st.builds(KeptCookie, st.just("a"), st.just(""), st.integers(0, 99), st.integers(0, 99)),
    st.sampled_from(get_args(Language)),
)
def test_every_language_says_every_life(cookie, tag):
    """No placeholder is left, and what is stated reads differently from what is not."""
    told = life_words(words(tag), cookie)
    assert "{" not in told
    unstated = told == catalogue(tag)["kept_unstated"]
    assert unstated is not bool(cookie.months or cookie.days)


def test_cookies_are_told_as_the_configuration_states_them():
    """By `[notice.cookies]`; a purpose has those that `[cookies]` gives it, in the file's order."""
    assert kept(CONFIGURED) == {
        "necessary": (KeptCookie("session", session=True),),
        "analytics": (),
        "profile": (KeptCookie("prefs"),),
        "ads": (KeptCookie("_ga*", "Example Ads", months=24), KeptCookie("_fbp")),
    }


@pytest.mark.parametrize(("said", "months"), [("13", 13), ("true", 0), ('"x"', 0), ("0", 0)])
def test_what_an_exemption_declares_is_stated_too(said, months):
    """Where nothing else is, `cookie_lifetime_months` is what lines are cut to."""
    line = f"[purposes.ads]\nproperties = {{ cookie_lifetime_months = {said} }}\n"
    found = kept(CONFIG.replace("[purposes.ads]\n", line))
    assert found["ads"] == (KeptCookie("_ga*", months=months),)


def test_another_life_is_another_version_of_the_text():
    """It is a part of what a visitor reads before choosing."""
    before, after = (purposes_of(parse(it)) for it in (CONFIG, CONFIGURED))
    assert wording_hash(before, {}) != wording_hash(after, {})
    assert [it.mark for it in before] == [it.mark for it in after]
