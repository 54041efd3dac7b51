"""What changed for whom, from when; what changes when; clauses in words."""

from datetime import date

from privacykit.policy.override import statements
from privacykit.policy.parse import parse_policy
from privacykit.policy.review.calendar import calendar
from privacykit.policy.review.difference import differences
from privacykit.policy.review.wording import in_words
from privacykit.settings.policies import read_directory, shipped_directory, shipped_policies

OURS = {one.policy.id: one.policy for one in read_directory(shipped_directory())}
SOURCE = 'citation = "A"\nconfidence = "verified"\n'


def edited(policy_id, *changes):
    """Give our policies with one file changed as text."""
    text = (shipped_directory() / f"{policy_id}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return OURS | {policy_id: parse_policy(text, "x").policy}


def test_nothing_changed_is_no_change():
    """The same twice."""
    assert list(differences(OURS, OURS)) == []


def test_a_change_to_the_gdpr_is_one_change_that_reaches_all():
    """Written once, told once, with everybody who inherits it."""
    (change,) = differences(OURS, edited("EU", ("years = 16", "years = 13")))
    assert (change.policy, change.path, change.looser) == ("EU", "consent_age", True)
    assert change.old.startswith("16 years [GDPR")
    assert {"FR", "DE", "ZZ", "CROWN"} <= set(change.reaches)
    assert change.reaches[0] == "EU"


def test_a_dated_change_names_its_day():
    """From when it counts."""
    (change,) = differences(
        OURS,
        edited(
            "US-OR",
            (
                '[gpc]\nstatus = "mandatory"\nuses = ["targeted_ads", "sale"]\nsince = 2026-01-01',
                '[gpc]\nstatus = "mandatory"\nuses = ["targeted_ads", "sale"]\nsince = 2025-01-01',
            ),
        ),
    )
    assert (change.path, change.since, change.looser) == ("gpc", date(2025, 1, 1), False)


def test_clauses_and_policies_come_and_go():
    """What is gone is looser."""
    fewer = {key: policy for key, policy in OURS.items() if key != "NZ"}
    (gone,) = differences(OURS, fewer)
    (come,) = differences(fewer, OURS)
    assert (gone.policy, gone.path, gone.new, gone.looser) == ("NZ", "", "", True)
    assert (come.old, come.new, come.looser) == ("", "New Zealand", False)
    assert come.since == date(2020, 12, 1)


def test_a_clause_that_is_gone_is_looser():
    """Nothing is said any more."""
    text = (shipped_directory() / "DE.toml").read_text(encoding="utf-8")
    start, end = text.index("[dnt]"), text.index("[fine]")
    new = OURS | {"DE": parse_policy(text[:start] + text[end:], "x").policy}
    (change,) = differences(OURS, new)
    assert (change.path, change.new, change.looser) == ("dnt", "", True)


def test_scope_dates_and_departures_are_compared():
    """Whom it covers is part of the law."""
    leaves = f'[[departures]]\nplace = "US-HI"\non = 2029-01-01\n{SOURCE}\n'
    new = edited("US", ('"US-AK", ', ""), ("[rules.sale]", f"{leaves}[rules.sale]"))
    assert [change.path for change in differences(OURS, new)] == ["places", "departures"]
    new = edited("NZ", ("in_force = 2020-12-01", "in_force = 2021-12-01"))
    assert [change.path for change in differences(OURS, new)] == ["law.in_force"]


def test_the_calendar_is_in_order_and_knows_what_is_coming():
    """From our own dates."""
    entries = calendar(shipped_policies())
    assert [entry.on for entry in entries] == sorted(entry.on for entry in entries)
    coming = {(entry.on.isoformat(), entry.policy) for entry in entries}
    assert {
        ("2026-12-01", "CL"),
        ("2026-12-10", "AU"),
        ("2027-01-01", "US-OK"),
        ("2027-01-01", "US-LA"),
        ("2027-01-01", "US-VT"),
        ("2027-01-01", "US-CA"),
        ("2027-01-01", "US-DE"),
        ("2027-01-16", "ID"),
        ("2027-05-01", "US-AL"),
        ("2027-05-13", "IN"),
        ("2027-07-01", "US-KY"),
        ("2028-01-01", "US-VT"),
        ("2028-07-16", "JP"),
    } <= coming
    assert ("2018-05-25", "DE") not in coming


def test_every_statement_of_ours_can_be_said():
    """Nothing is shown as code."""
    for policy in shipped_policies():
        for statement in statements(policy).values():
            said = in_words(statement)
            assert said
            assert "Condition" not in said


def test_statements_in_words():
    """One of each kind."""
    text = f"""id = "XA"
name = "X"
kind = "country"
[rules.sale]
model = "opt_in"
data_types = ["health"]
since = 2026-01-01
prohibited = [{{ prop = "data_type", is = "precise" }}]
{SOURCE}
[rules.sale.conditions]
all = [{{ prop = "a", is = true }}, {{ prop = "b", max = 3, min = 1 }}]
any_of = [{{ all = [{{ prop = "c", is = "x" }}] }}, {{ prop = "d", is = false }}]
[rules.sale.stricter]
model = "explicit_opt_in"
any_of = [{{ prop = "e", is = true }}]
[minors.x]
effect = "joint_consent"
from = 7
uses = ["any", "consent_based", "sale"]
only_if = "online_platform"
exceptions = ["y"]
until = 2027-01-01
{SOURCE}
[consent_age]
{SOURCE}
[gpc]
status = "permissive"
{SOURCE}
[dnt]
effect = "none"
{SOURCE}
[requests.free]
n = 2
applies_to = ["access"]
{SOURCE}
[retention]
{SOURCE}
[ip_address]
is = true
{SOURCE}
"""
    said = {p: in_words(s) for p, s in statements(parse_policy(text, "x").policy).items()}
    assert said == {
        "rules.sale": (
            "opt_in if a is yes and b at most 3 and at least 1 and (c is x or d is no), else opt_in"
            "; explicit_opt_in if (e is yes); never if data_type is precise (of health)"
            " since 2026-01-01"
        ),
        "consent_age": "none set",
        "gpc": "permissive: no use",
        "dnt": "none",
        "minors.x": (
            "joint_consent 7 to the age of consent: sale, every use, whatever rests on consent"
            " on online platforms, except y until 2027-01-01"
        ),
        "ip_address": "is yes",
        "requests.free": "n 2, applies_to access",
        "retention": "stated",
    }
