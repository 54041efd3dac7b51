"""Tests of what keys of one file say of each other: cookies, reasons, places, days."""

from __future__ import annotations

import pytest

from privacykit.collect.cookies.gate import CookieGate
from privacykit.errors import ConfigurationError
from privacykit.settings.checks.establishments import unknown_establishments
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.load import parse
from privacykit.settings.paths import Paths
from privacykit.settings.policies import shipped_policies
from privacykit.testing.layout import CONFIG

ALONE = CONFIG.replace('session = "necessary"\n"_ga*" = "ads"\n', "")


def problems(text):
    """Return the ids and keys that are wrong with *text*."""
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    return [(problem.id, problem.key) for problem in caught.value.problems]


def cookies(*globs):
    """Return a configuration with these cookies."""
    return ALONE.replace("[cookies]\n", "[cookies]\n" + "".join(f"{g} = 'ads'\n" for g in globs))


@pytest.mark.parametrize(
    "glob", ["''", "' _ga'", "'_ga '", "'_ga;x'", "'_ga=1'", '"_ga\\n"', '"a\\u007f"'], ids=repr
)
def test_a_cookie_that_no_browser_sends_is_said(glob):
    """It would be there for nothing."""
    assert [id_ for id_, _ in problems(cookies(glob))] == ["PK032"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("'*'", "_ga"),
        ("'_ga*'", "_ga_x"),
        ("'_g*'", "'_ga*'"),
        ("'_ga*'", "'_ga?x*'"),
        ("'_g?'", "_ga"),
    ],
)
def test_a_cookie_that_an_earlier_line_takes_is_said(first, second):
    """The first match counts, and the other order is right."""
    parse(cookies(second, first))
    assert problems(cookies(first, second)) == [("PK032", f"cookies.{second.strip(chr(39))}")]


def test_a_cookies_name_is_looked_at_whatever_stands_beside_it():
    """Both are said at once, and what a wrong line would take from a later one."""
    text = cookies("a").replace("a = 'ads'", "'a;' = 3\n'b*' = 3\nbc = 'ads'")
    assert sorted(problems(text)) == [
        ("PK014", "cookies.a;"),
        ("PK014", "cookies.b*"),
        ("PK032", "cookies.a;"),
        ("PK032", "cookies.bc"),
    ]


def test_what_is_wrong_in_a_list_hides_nothing_else_in_it():
    """Each under its own place, as the file has it."""
    text = f'{ALONE}\n[pages]\npatterns = ["a", 3, "b", 4, "/c", "d"]\n'
    where = [("PK014", 1), ("PK014", 3), ("PK025", 0), ("PK025", 2), ("PK025", 5)]
    assert sorted(problems(text)) == [(id_, f"pages.patterns.{place}") for id_, place in where]


def test_a_vendor_that_there_is_none_of_is_told_which_there_are():
    """Whoever writes one down wants to know whom our script can tell."""
    with pytest.raises(ConfigurationError) as caught:
        parse(f'{CONFIG}\n[tags.facebook]\nad_storage = ["ads"]\n')
    [problem] = caught.value.problems
    assert (problem.id, problem.key) == ("PK012", "tags.facebook")
    assert "google, microsoft, matomo" in problem.hint


@pytest.mark.parametrize(
    ("first", "second"), [("'_ga*'", "'*'"), ("'a*b'", "'a*'"), ("'_ga?'", "_gabc"), ("a", "A")]
)
def test_a_cookie_that_something_can_match_is_not(first, second):
    """In doubt nothing is said."""
    settings = parse(cookies(first, second))
    assert len(CookieGate(tuple(settings.cookies.items())).rules) == 2


@pytest.mark.parametrize("reason", ["''", "'  '", '"\\t"'])
def test_whole_addresses_want_a_reason(reason):
    """An empty one is none."""
    text = f"{CONFIG}\n[raw_address]\nsecurity = {reason}\n"
    assert problems(text) == [("PK033", "raw_address.security")]


def law_problems(text):
    """Return what is wrong with the places in *text*."""
    with pytest.raises(ConfigurationError) as caught:
        ConfiguredLaw(parse(text), Paths.beside("privacykit.toml"))
    return [(problem.id, problem.key, problem.hint) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Germany", "did you mean 'DE'?"),
        ("germany", "did you mean 'DE'?"),
        ("Kalifornia", "did you mean 'US-CA'?"),
        ("US_CA", "did you mean 'US-CA'?"),
        ("QQ", "write an ISO 3166 code such as DE or US-CA"),
        ("", "write an ISO 3166 code such as DE or US-CA"),
    ],
)
def test_an_establishment_that_is_no_place_is_said(written, meant):
    """No law would ever follow the operator from there."""
    text = f'[controller]\nestablishments = ["FR", "{written}"]\n'
    found = law_problems(text)
    assert [each[:2] for each in found] == [("PK030", "controller.establishments.1")]
    if written in {"Germany", "germany", "Kalifornia", "US_CA"}:
        assert found[0][2] == meant


def test_a_site_that_has_the_controller_s_places_says_nothing_twice():
    """Its own ones are said."""
    controller = '[controller]\nestablishments = ["Nowhere"]\n'
    assert len(law_problems(controller + CONFIG)) == 1
    own = CONFIG.replace('id = "shop"\n', 'id = "shop"\nestablishments = ["Nowhere"]\n')
    assert [each[1] for each in law_problems(own)] == ["site.0.establishments.0"]


@pytest.mark.parametrize(
    "place", ["DE", "EU", "de", "UK", "GB", "US-CA", "DE-BY", "AQ", "AE-DIFC", "BO"]
)
def test_a_place_without_a_policy_of_ours_is_a_place(place):
    """Whether we know its law is another question."""
    settings = parse(f'[controller]\nestablishments = ["{place}"]\n')
    assert list(unknown_establishments(settings, shipped_policies())) == []


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
    ],
)
def test_a_time_zone_is_guessed(zone, meant):
    """By its city, too."""
    with pytest.raises(ConfigurationError, match=f"did you mean '{meant}'") as caught:
        parse(CONFIG.replace("Europe/Berlin", zone))
    assert caught.value.problems[0].line == 4


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30"])
def test_a_day_that_the_calendar_has_not_is_said(day):
    """Its form alone is not enough."""
    text = CONFIG.replace("[choice]\n", f'[choice]\ngpc_last_update = "{day}"\n')
    assert problems(text) == [("PK014", "choice.gpc_last_update")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('heading = "Choice"', ("PK012", "choice.texts.de.heading")),
        ('months = "{years} years ago"', ("PK014", "choice.texts.de.months")),
        ('months = "{} months ago"', ("PK014", "choice.texts.de.months")),
        ('months = "{ months ago"', ("PK014", "choice.texts.de.months")),
        ('months = "{months:zz} ago"', ("PK014", "choice.texts.de.months")),
        ('months = "{months!r} ago"', ("PK014", "choice.texts.de.months")),
    ],
)
def test_words_of_ones_own_have_our_keys_and_placeholders(line, expected):
    """A sentence that nothing shows, or that could not be filled in."""
    assert problems(f"{CONFIG}\n[choice.texts.de]\n{line}\n") == [expected]


def test_words_of_ones_own_may_leave_a_placeholder_out():
    """The age of a grant need not be told."""
    parse(f'{CONFIG}\n[choice.texts.de]\nmonths = "long ago"\n')
