"""Lint: what parses and cannot be right."""

import pytest

from privacykit.policy.parse import parse_policy
from privacykit.policy.review.lint import lint
from privacykit.settings.policies import read_directory, shipped_directory

HEAD = """\
id = "XA"
name = "Exampleland"
kind = "country"
read = 2026-11-21
places = ["XA"]

[law]
title = "Example Act"
in_force = 2020-01-01
citation = "EA"
confidence = "verified"

[scope]
follows = ["visitor"]
citation = "EA 1"
confidence = "verified"
"""
FALLBACK = """\
id = "ZZ"
name = "Unknown"
kind = "fallback"
read = 2026-11-21

[law]
title = "None"
citation = "ours"
confidence = "verified"

[scope]
follows = ["visitor"]
citation = "ours"
confidence = "verified"
"""
SOURCE = 'citation = "EA"\nconfidence = "verified"\n'
CASES = '\n[[cases]]\npurpose = "sale"\ndate = 2026-12-31\n' * 5


def codes(*texts, known=()):
    """Lint files and give the ids of what is wrong with the first."""
    parsed = [parse_policy(text, "x.toml", with_cases=True) for text in texts]
    found = lint(parsed, known=[parse_policy(text, "k.toml").policy for text in known])
    return [problem.id for problem in found if problem.file != "ZZ.toml"]


def rule(more):
    """A rule for sale with *more* in it."""
    return f'\n[rules.sale]\nmodel = "opt_in"\n{more}{SOURCE}'


def amendment(day):
    """An amendment on *day*."""
    return f'\n[[amendments]]\non = {day}\nwhat = "more"\n{SOURCE}'


def test_our_own_files_are_clean():
    """All of them."""
    assert lint(read_directory(shipped_directory(), with_cases=True)) == []


def test_a_sound_file_passes():
    """With an amendment for its change and a case at the boundary."""
    text = HEAD + amendment("2027-01-01") + rule("since = 2027-01-01\n") + CASES
    assert codes(text, FALLBACK + CASES) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + rule("since = 1066-10-14\n") + CASES, "PK055"),
        (HEAD + rule("since = 2027-01-01\n") + CASES, "PK061"),
        (HEAD.replace('["XA"]', "[]") + CASES, "PK058"),
        (HEAD.replace('["XA"]', '["XA", "UK"]') + CASES, "PK058"),
        (HEAD.replace('["XA"]', '["XA", "YY-01"]') + CASES, "PK058"),
        (HEAD + f'\n[[departures]]\nplace = "XA-01"\non = 2020-01-01\n{SOURCE}' + CASES, "PK058"),
        (HEAD.replace('"country"', '"overlay"') + CASES, "PK068"),
        (HEAD.replace('kind = "country"', 'kind = "country"\nover = "US"') + CASES, "PK068"),
        (HEAD.replace('name = "Exampleland"', 'name = "E"\ndrop = ["gpc"]') + CASES, "PK068"),
        (HEAD.partition("[scope]")[0] + CASES, "PK068"),
        (HEAD + rule("").replace("opt_in", "exempt_if") + CASES, "PK068"),
        (HEAD, "PK065"),
        (HEAD + amendment("2030-01-01") + rule("since = 2030-01-01\n") + CASES, "PK066"),
    ],
)
def test_each_fault_has_its_id(text, problem):
    """Dates, places, building blocks, amendments, cases."""
    assert codes(text, FALLBACK + CASES)[0] == problem


@pytest.mark.parametrize(
    "minor",
    [
        "below = 16\nsince = 2020-01-01\nuntil = 2020-01-01\n",
        "below = 13\nfrom = 13\nsince = 2020-01-01\n",
    ],
)
def test_a_minors_rule_covers_some_day_and_some_age(minor):
    """Ending before it begins, or above the age it ends at, is a slip."""
    table = f'\n[minors.x]\neffect = "own_consent"\nuses = ["sale"]\n{minor}{SOURCE}'
    assert "PK055" in codes(HEAD + table + CASES, FALLBACK + CASES)


@pytest.mark.parametrize("later", ["", "since = 2021-01-01\n"])
def test_what_was_before_lies_before(later):
    """A rule without first day, or one older than what it replaced, is a slip."""
    since = "since = 2020-01-01\n" if later else ""
    before = f'\n[rules.sale.before]\nmodel = "notice"\n{later}{SOURCE}'
    assert "PK055" in codes(HEAD + rule(since) + before + CASES, FALLBACK + CASES)


def test_there_must_be_a_fallback():
    """Unknown places need a floor."""
    assert codes(HEAD + CASES) == ["PK067"]


def test_users_files_need_no_cases_over_ours():
    """Changing a clause of ours is not writing a policy."""
    over = 'id = "XA"\nname = "Exampleland"\nkind = "country"\nextends = "XA"\n'
    assert codes(over, known=(HEAD, FALLBACK)) == []


def test_a_drop_may_reach_up_the_chain():
    """Whatever an ancestor says can be dropped."""
    child = 'id = "XB"\nname = "B"\nkind = "country"\nextends = "XA"\nplaces = ["XB"]\nread = 2026-11-21\n'
    grandchild = (
        child.replace("XA", "XB").replace('id = "XB"', 'id = "XC"').replace('["XB"]', '["XC"]')
    )
    dropping = grandchild + 'drop = ["rules.sale"]\n' + CASES
    assert codes(dropping, child + CASES, HEAD + rule("") + CASES, FALLBACK + CASES) == []
