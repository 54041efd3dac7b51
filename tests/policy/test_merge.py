"""Merging with what is extended, and resolving for a day."""

from datetime import date

from privacykit.policy.merge import dates_of, merge, resolve
from privacykit.policy.parse import parse_policy
from privacykit.policy.words import GpcStatus, Model

SOURCE = 'citation = "A"\nconfidence = "verified"\n'
PARENT = f"""id = "PA"
name = "Parent"
kind = "country"
places = ["PA"]
[law]
title = "Parent act"
in_force = 2020-01-01
{SOURCE}
[scope]
follows = ["visitor"]
{SOURCE}
[rules.sale]
model = "opt_out"
{SOURCE}
[rules.targeted_ads]
model = "opt_in"
{SOURCE}
[minors.ads]
effect = "prohibited"
below = 18
uses = ["targeted_ads"]
{SOURCE}
[consent_age]
years = 16
{SOURCE}
[gpc]
status = "mandatory"
since = 2024-01-01
uses = ["sale"]
shown_since = 2026-01-01
{SOURCE}
[deadlines.response]
n = 45
unit = "calendar_days"
{SOURCE}
"""
CHILD = f"""id = "CH-1"
name = "Child"
kind = "subdivision"
extends = "PA"
places = ["CH-1"]
drop = ["minors.ads"]
[law]
title = "Child act"
in_force = 2025-01-01
{SOURCE}
[threshold]
rule = "many"
{SOURCE}
[rules.sale]
model = "opt_in"
since = 2026-01-01
{SOURCE}
[rules.sensitive_data]
model = "opt_in"
data_types = ["health"]
any_size = true
{SOURCE}
[minors.teens]
effect = "own_consent"
from = 13
below = 16
uses = ["sale"]
since = 2025-06-01
until = 2027-01-01
any_size = true
{SOURCE}
[consent_age]
years = 13
since = 2026-01-01
{SOURCE}
[deadlines.response]
n = 30
unit = "calendar_days"
since = 2026-01-01
{SOURCE}
"""


def merged(parent=PARENT, child=CHILD):
    """Merge the two policies."""
    return merge(parse_policy(child, "c").policy, merge(parse_policy(parent, "p").policy, None))


def test_what_a_policy_leaves_open_comes_from_its_parent():
    """Named as what it is."""
    policy = merged()
    assert policy.rules["targeted_ads"].clause.path == "PA: rules.targeted_ads"
    assert policy.gpc is not None
    assert policy.gpc.clause.path == "PA: gpc"
    assert policy.follows == {"visitor"}


def test_dropped_clauses_do_not_come():
    """The child says which do not hold."""
    assert set(merged().minors) == {"teens"}


def test_a_dated_clause_continues_the_parents():
    """Before its first day the parent's holds."""
    before, after = (resolve(merged(), date(year, 7, 1)) for year in (2025, 2026))
    assert (before.rules["sale"].model, after.rules["sale"].model) == (Model.OPT_OUT, Model.OPT_IN)
    assert before.age is not None
    assert after.age is not None
    assert (before.age.years, after.age.years) == (16, 13)
    assert before.facts["deadlines.response"].values["n"] == 45
    assert after.facts["deadlines.response"].values["n"] == 30


def test_before_its_first_day_the_parent_stands_in():
    """The act of the child begins in 2025."""
    assert resolve(merged(), date(2024, 12, 31)).id == "PA"


def test_below_the_threshold_only_clauses_of_any_size_stay():
    """The rest is the parent's."""
    policy = resolve(merged(), date(2026, 7, 1), thresholds_met=False)
    assert policy.id == "CH-1"
    assert policy.rules["sale"].model is Model.OPT_OUT
    assert policy.rules["sensitive_data"].model is Model.OPT_IN
    assert set(policy.minors) == {"ads", "teens"}


def test_below_the_threshold_a_policy_without_such_clauses_is_its_parent():
    """Nothing of it is left."""
    child = CHILD.replace("any_size = true\n", "")
    assert resolve(merged(child=child), date(2026, 7, 1), thresholds_met=False).id == "PA"


def test_rules_for_minors_begin_and_end():
    """The last day is the one before `until`."""
    days = [date(2025, 5, 31), date(2025, 6, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert ["teens" in resolve(merged(), day).minors for day in days] == [False, True, True, False]


def test_the_duty_to_honour_a_signal_begins_on_its_day():
    """And the duty to show it on another."""
    parent = merge(parse_policy(PARENT, "p").policy, None)
    early, middle, late = (resolve(parent, date(year, 1, 1)).gpc for year in (2023, 2025, 2026))
    assert early is not None
    assert middle is not None
    assert late is not None
    assert early.status is GpcStatus.NOT_MANDATED
    assert (middle.status, middle.shown_since) == (GpcStatus.MANDATORY, None)
    assert late.shown_since == date(2026, 1, 1)


def test_resolving_twice_changes_nothing():
    """A resolved policy stays as it is."""
    once = resolve(merged(), date(2026, 7, 1))
    assert resolve(once, date(2020, 1, 1)) is once


def test_every_day_of_change_is_known():
    """Own and inherited ones."""
    assert dates_of(merged()) == {
        date(2020, 1, 1),
        date(2024, 1, 1),
        date(2025, 1, 1),
        date(2025, 6, 1),
        date(2026, 1, 1),
        date(2027, 1, 1),
    }


def test_what_is_inherited_twice_keeps_its_first_name():
    """A grandchild sees where the clause stands, not who passed it on."""
    text = f'id = "GC"\nname = "G"\nkind = "country"\nextends = "CH-1"\n[dnt]\neffect = "none"\n{SOURCE}'
    grandchild = merge(parse_policy(text, "g").policy, merged())
    assert grandchild.rules["targeted_ads"].clause.path == "PA: rules.targeted_ads"
    assert grandchild.rules["sensitive_data"].clause.path == "CH-1: rules.sensitive_data"


def test_a_policy_without_law_has_the_days_of_its_clauses():
    """Before it is merged."""
    text = CHILD.partition("[law]")[0] + "[rules.sale]" + CHILD.partition("[rules.sale]")[2]
    assert min(dates_of(parse_policy(text, "c").policy)) == date(2025, 6, 1)


def test_the_hash_follows_the_parent():
    """A change to the parent is a change to the child."""
    assert merged().hash != merged(parent=PARENT.replace('"A"', '"B"', 1)).hash
