"""What a clause says of itself: when it was read, how surely, and where practice differs."""

from datetime import date

import pytest

from privacykit.errors import PolicyError
from privacykit.policy.merge import merge, resolve
from privacykit.policy.override import put_over
from privacykit.policy.parse import parse_policy
from privacykit.policy.review.difference import differences
from privacykit.policy.review.lint import lint
from privacykit.policy.review.sources import Weight, clauses_of, sources
from privacykit.policy.review.wording import in_words
from privacykit.policy.words import Confidence
from privacykit.settings.policies import read_directory, shipped_directory

SURE = 'citation = "A"\nconfidence = "verified"\n'
HEAD = f"""\
id = "XA"
name = "Exampleland"
kind = "country"
places = ["XA"]
read = 2026-11-21

[law]
title = "Act"
{SURE}
[scope]
follows = ["visitor"]
{SURE}"""
SALE = f'\n[rules.sale]\nmodel = "prohibited"\nread = 2026-11-28\n{SURE}'
PRACTICE = """
[rules.sale.practice]
says = "explicit consent is accepted"
citation = "a review"
confidence = "unsure"
"""
TODAY = date(2026, 11, 28)


def policy(*tables):
    """Read a file made of the head and *tables*."""
    return parse_policy(HEAD + "".join(tables), "XA.toml").policy


def test_a_clause_carries_the_day_it_was_read():
    """The file's own day, unless the clause names another."""
    read = policy(SALE)
    assert read.law.clause.read == date(2026, 11, 21)
    assert read.rules["sale"].clause.read == date(2026, 11, 28)


def test_what_held_before_keeps_the_day_of_the_file():
    """Reading the new rule again is not reading the old one."""
    before = f'since = 2027-01-01\n[rules.sale.before]\nmodel = "notice"\n{SURE}'
    rule = policy(SALE, before).rules["sale"]
    assert (rule.clause.read, rule.before.clause.read) == (TODAY, date(2026, 11, 21))


def test_a_clause_that_names_no_day_is_a_slip():
    """Every one of them, by its key."""
    text = HEAD.replace("read = 2026-11-21\n", "") + SALE
    found = lint([parse_policy(text, "XA.toml", with_cases=True)])
    assert [p.key for p in found if p.id == "PK072"] == ["law", "scope"]


def test_every_clause_of_ours_was_read_on_a_day():
    """All files as they ship."""
    ours = [one.policy for one in read_directory(shipped_directory())]
    clauses = [clause for one in ours for clause in clauses_of(one)]
    assert len(clauses) > 1500
    assert [c.path for c in clauses if c.read is None] == []


def test_reading_again_what_stands_changes_nothing():
    """A later day is no difference, a better confidence is."""
    old, again = {"XA": policy(SALE)}, {"XA": policy(SALE.replace("11-28", "11-30"))}
    assert list(differences(old, again)) == []
    surer = {"XA": policy(SALE.replace("verified", "quoted"))}
    (change,) = differences(old, surer)
    assert change.new == "prohibited [A; quoted]"


def test_quoted_stands_between_verified_and_reported():
    """Decisions give their reasons in this order."""
    assert [one.value for one in Confidence] == ["verified", "quoted", "reported", "unsure"]


@pytest.mark.parametrize(
    ("confidence", "practice", "refused"),
    [
        ("verified", "", True),
        ("quoted", "", True),
        ("reported", "", False),
        ("reported", PRACTICE, True),
    ],
)
def test_who_relaxes_words_that_were_read_or_contested_says_why(confidence, practice, refused):
    """A reason is asked for; with one it is loaded."""
    ours = {"XA": policy(SALE.replace("verified", confidence), practice)}
    head = 'id = "XA"\nname = "X"\nkind = "country"\nextends = "XA"\n'
    looser = f'{head}[rules.sale]\nmodel = "opt_in"\n{SURE}'
    if refused:
        with pytest.raises(PolicyError, match="PK063"):
            put_over(ours, [parse_policy(looser, "x").policy])
    said = parse_policy(looser + 'override = "counsel"\n', "x").policy
    assert put_over(ours, [said])["XA"].rules["sale"].clause.override == "counsel"


def test_the_practice_of_a_law_is_told_and_decides_nothing():
    """The letter is the model."""
    rule = policy(SALE, PRACTICE).rules["sale"]
    assert rule.model.value == "prohibited"
    assert (rule.clause.practice.says, rule.clause.practice.confidence) == (
        "explicit consent is accepted",
        Confidence.UNSURE,
    )
    assert rule.clause.practice.read == date(2026, 11, 21)


def test_what_nobody_read_comes_first_and_the_oldest_of_that():
    """Of two alike the one that decides more."""
    tables = """
[rules.sale]
model = "opt_in"
citation = "unread rule"
confidence = "reported"

[records]
rule = "keep"
citation = "unread prose"
confidence = "unsure"

[gpc]
status = "mandatory"
read = 2026-11-28
citation = "read signal"
confidence = "quoted"
"""
    found = sources([policy(tables)])
    order = [(one.citation, one.weight) for one in found if one.citation != "A"]
    assert order == [
        ("unread rule", Weight.VERDICT),
        ("unread prose", Weight.PROSE),
        ("read signal", Weight.VERDICT),
    ]
    assert [one.citation for one in found][-3:] == ["read signal", "A", "A"]


def test_what_may_change_has_no_day_yet():
    """It is told with its source."""
    table = f'\n[[pending]]\nwhat = "a draft"\nexpected = 2027-06-01\n{SURE}'
    (one,) = policy(table).pending
    assert (one.what, one.expected, one.clause.path) == ("a draft", date(2027, 6, 1), "pending")


def test_periods_by_right_go_with_the_period_they_belong_to():
    """A child that replaces the deadline does not inherit what its parent had for some rights."""
    term = f'n = 10\nunit = "calendar_days"\n{SURE}'
    response = f"\n[deadlines.response]\n{term}"
    special = f'\n[[deadlines.response.by_right]]\nrights = ["delete", "port"]\n{term}'
    parent = policy(response, special)
    assert {"deadlines.response.delete", "deadlines.response.port"} <= set(parent.facts)
    head = f'id = "XB"\nname = "B"\nkind = "country"\nextends = "XA"\nplaces = ["XB"]\n[ux]\n{SURE}'
    assert "deadlines.response.delete" in merge(parse_policy(head, "x").policy, parent).facts
    child = merge(parse_policy(head + response, "x").policy, parent)
    assert "deadlines.response.delete" not in child.facts


def test_any_statement_may_say_what_held_before():
    """A threshold that changes on a day."""
    table = f"""
[threshold]
rule = "10,000"
since = 2027-01-01
{SURE}
[threshold.before]
rule = "35,000"
{SURE}"""
    read = policy(table)
    assert in_words(resolve(read, TODAY).facts["threshold"]) == "rule 35,000"
    assert in_words(resolve(read, date(2027, 1, 1)).facts["threshold"]).startswith("rule 10,000")


def test_small_operators_may_be_bound_for_some_kinds_of_data():
    """For those the rule stands, for others the parent's."""
    parent = policy(f'\n[rules.sensitive_data]\nmodel = "notice"\n{SURE}')
    text = f"""
id = "XB"
name = "B"
kind = "subdivision"
extends = "XA"
places = ["XB"]
[law]
title = "Act"
{SURE}
[threshold]
rule = "100,000"
{SURE}
[rules.sensitive_data]
model = "opt_in"
any_size_for = ["biometric"]
{SURE}"""
    child = merge(parse_policy(text, "x").policy, parent)
    small = resolve(child, TODAY, thresholds_met=False).rules["sensitive_data"]
    assert (small.model.value, small.data_types) == ("opt_in", {"biometric"})
    assert small.elsewhere.model.value == "notice"


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('[deadlines.response]\nfrom = "discovery"\n', ("PK053", "deadlines.response.from")),
        ('[breach.people]\nfrom = "receipt"\n', ("PK053", "breach.people.from")),
        ('[breach.people]\nn = 1\nunit = "month"\n', ("PK073", "breach.people")),
    ],
)
def test_a_clock_starts_with_something_of_its_kind(table, problem):
    """And a breach clock says with what."""
    with pytest.raises(PolicyError) as caught:
        policy("\n" + table + SURE)
    assert [(p.id, p.key) for p in caught.value.problems] == [problem]
