"""Merging clause by clause: what is taken over, under which name, and on which day it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from privacykit.policy.clause import Clause
from privacykit.policy.merge import dates_of, merge, resolve
from privacykit.policy.model import (
    Age,
    Departure,
    Dnt,
    Fact,
    Gpc,
    Law,
    Minor,
    Policy,
    Rule,
)
from privacykit.policy.words import (
    Confidence,
    DntEffect,
    Follows,
    GpcStatus,
    Kind,
    Model,
    SignalEffect,
)

FIRST, SECOND, THIRD = date(2024, 3, 1), date(2025, 3, 1), date(2026, 3, 1)
ONE_DAY = timedelta(days=1)


def _clause(path: str) -> Clause:
    return Clause(path, "Art. 1", Confidence.VERIFIED)


def _rule(model: Model, **changes) -> Rule:
    return Rule("sale", model, _clause("rules.sale"), **changes)


def _minor(**changes) -> Minor:
    return Minor(SignalEffect.PROHIBITED, _clause("minors.ads"), **changes)


def _fact(n: int, **changes) -> Fact:
    return Fact(_clause("deadlines.response"), {"n": n}, **changes)


def _age(years: int, **changes) -> Age:
    return Age(years, _clause("consent_age"), **changes)


def _policy(id_: str, **changes) -> Policy:
    visitor = frozenset({Follows.VISITOR})
    return Policy(id_, id_, Kind.COUNTRY, (id_,), visitor, law=None, hash=id_.lower(), **changes)


GPC = Gpc(GpcStatus.MANDATORY, _clause("gpc"), frozenset({"sale"}), SECOND, THIRD)
DNT = Dnt(DntEffect.OBJECTION, _clause("dnt"))
LAW = Law("An act", SECOND, _clause("law"))
PARENT = _policy(
    "PA",
    rules={"sale": _rule(Model.NOTICE)},
    minors={"ads": _minor()},
    facts={"deadlines.response": _fact(45)},
    age=_age(16),
    gpc=GPC,
    dnt=DNT,
)


def _named(one):
    return replace(one, clause=_clause(f"PA: {one.clause.path}"))


def test_what_is_left_open_is_taken_over_whole():
    """Every kind of clause, each with the parent's name before its path."""
    merged = merge(_policy("CH"), PARENT)
    assert (merged.rules, merged.minors, merged.facts, merged.age, merged.gpc, merged.dnt) == (
        {"sale": _named(_rule(Model.NOTICE))},
        {"ads": _named(_minor())},
        {"deadlines.response": _named(_fact(45))},
        _named(_age(16)),
        _named(GPC),
        _named(DNT),
    )


def test_what_is_said_replaces_the_parents():
    """The same clause, whole, under its own name."""
    gpc = Gpc(GpcStatus.PERMISSIVE, _clause("gpc"))
    dnt = Dnt(DntEffect.NONE, _clause("dnt"))
    own = _policy(
        "CH",
        rules={"sale": _rule(Model.OPT_IN)},
        minors={"ads": _minor(below=13)},
        facts={"deadlines.response": _fact(30)},
        age=_age(13),
        gpc=gpc,
        dnt=dnt,
    )
    merged = merge(own, PARENT)
    assert (merged.rules, merged.minors, merged.facts, merged.age, merged.gpc, merged.dnt) == (
        own.rules,
        own.minors,
        own.facts,
        own.age,
        gpc,
        dnt,
    )


def test_a_parent_that_says_nothing_leaves_nothing():
    """No clause appears that nobody wrote."""
    merged = merge(_policy("CH"), _policy("PA"))
    assert (merged.rules, merged.minors, merged.facts, merged.age, merged.gpc, merged.dnt) == (
        {},
        {},
        {},
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("drop", "left"),
    [
        ("rules.sale", (0, 1, 1, 1, 1, 1)),
        ("minors.ads", (1, 0, 1, 1, 1, 1)),
        ("deadlines.response", (1, 1, 0, 1, 1, 1)),
        ("consent_age", (1, 1, 1, 0, 1, 1)),
        ("gpc", (1, 1, 1, 1, 0, 1)),
        ("dnt", (1, 1, 1, 1, 1, 0)),
        ("sale", (1, 1, 1, 1, 1, 1)),
        ("ads", (1, 1, 1, 1, 1, 1)),
    ],
)
def test_a_dropped_clause_does_not_come(drop, left):
    """By its whole path, and no other clause with it."""
    merged = merge(_policy("CH", drop=(drop,)), PARENT)
    tables = (merged.rules, merged.minors, merged.facts)
    single = (merged.age, merged.gpc, merged.dnt)
    assert (*map(len, tables), *(one is not None for one in single)) == left


def test_a_hash_is_twelve_digits_over_both():
    """SHA-256 of "ch pa", computed outside of this project."""
    assert merge(_policy("CH"), PARENT).hash == "56632fb55797"


def test_what_held_before_keeps_its_place_in_the_name():
    """Earlier rules and rules for other data are the parent's too."""
    rule = _rule(
        Model.OPT_IN,
        before=_rule(Model.NOTICE),
        elsewhere=_rule(Model.OPT_OUT),
        data_types=frozenset({"health"}),
        since=SECOND,
    )
    taken = merge(_policy("CH"), _policy("PA", rules={"sale": rule})).rules["sale"]
    paths = [each.clause.path for each in (taken, taken.before, taken.elsewhere)]
    assert paths == ["PA: rules.sale"] * 3


def test_a_rule_for_some_data_leaves_other_data_to_the_parent():
    """Whoever speaks of health only says nothing of the rest."""
    some = _rule(Model.OPT_IN, data_types=frozenset({"health"}))
    taken = merge(_policy("CH", rules={"sale": some}), PARENT).rules["sale"]
    assert (taken.model, taken.elsewhere) == (Model.OPT_IN, _named(_rule(Model.NOTICE)))


@pytest.mark.parametrize(
    "own",
    [
        _rule(Model.OPT_IN),
        _rule(
            Model.OPT_IN, data_types=frozenset({"health"}), elsewhere=_rule(Model.EXPLICIT_OPT_IN)
        ),
    ],
    ids=["for all data", "for all the rest too"],
)
def test_a_rule_that_says_all_takes_nothing_over(own):
    """Neither for other data nor for earlier days."""
    assert merge(_policy("CH", rules={"sale": own}), PARENT).rules["sale"] == own


def test_a_dated_rule_continues_the_parents_behind_what_it_says_itself():
    """Own text of earlier days first, then the parent's."""
    own = _rule(Model.OPT_IN, since=THIRD, before=_rule(Model.OPT_OUT, since=SECOND))
    taken = merge(_policy("CH", rules={"sale": own}), PARENT)
    models = [resolve(taken, day).rules["sale"].model for day in (FIRST, SECOND, THIRD)]
    assert models == [Model.NOTICE, Model.OPT_OUT, Model.OPT_IN]


@pytest.mark.parametrize(
    ("own", "before"),
    [
        (_fact(30), None),
        (_fact(30, since=SECOND), _named(_fact(45))),
        (_fact(30, since=SECOND, before=_fact(40)), _fact(40)),
        (_fact(30, before=_fact(40)), _fact(40)),
    ],
    ids=["undated", "dated", "dated, with an own past", "undated, with an own past"],
)
def test_a_fact_continues_the_parents_when_it_begins_some_day(own, before):
    """And only when it does not say itself what held until then."""
    taken = merge(_policy("CH", facts={"deadlines.response": own}), PARENT)
    assert taken.facts["deadlines.response"].before == before


@pytest.mark.parametrize(
    ("own", "before"),
    [
        (_age(13), None),
        (_age(13, since=SECOND), _named(_age(16))),
        (_age(13, since=SECOND, before=_age(14)), _age(14)),
    ],
    ids=["undated", "dated", "dated, with an own past"],
)
def test_an_age_continues_the_parents_when_it_begins_some_day(own, before):
    """The same for the age of consent."""
    taken = merge(_policy("CH", age=own), PARENT).age
    assert taken is not None
    assert (taken.years, taken.before) == (13, before)


@pytest.mark.parametrize(
    ("days_after", "id_"), [(-1, "PA"), (0, "CH"), (1, "CH")], ids=["before", "first day", "after"]
)
def test_an_act_holds_from_its_first_day(days_after, id_):
    """The day before it is still the parent's."""
    merged = replace(merge(_policy("CH"), PARENT), law=LAW)
    assert resolve(merged, SECOND + days_after * ONE_DAY).id == id_


@pytest.mark.parametrize(
    ("days_after", "new"), [(-1, False), (0, True), (1, True)], ids=["before", "first day", "after"]
)
def test_every_dated_clause_holds_from_its_first_day(days_after, new):
    """Rules, rules for other data, facts, ages, and both days of GPC."""
    rule = _rule(
        Model.OPT_IN,
        since=SECOND,
        before=_rule(Model.NOTICE),
        data_types=frozenset({"health"}),
    )
    elsewhere = replace(rule, data_types=frozenset(), elsewhere=None)
    policy = _policy(
        "CH",
        rules={
            "sale": rule,
            "ads": _rule(Model.OPT_OUT, data_types=frozenset({"geo"}), elsewhere=elsewhere),
        },
        minors={"ads": _minor(since=SECOND), "teens": _minor(until=SECOND)},
        facts={"n": _fact(30, since=SECOND, before=_fact(45)), "later": _fact(1, since=SECOND)},
        age=_age(13, since=SECOND, before=_age(16)),
        gpc=replace(GPC, shown_since=None),
    )
    now = resolve(policy, SECOND + days_after * ONE_DAY)
    assert now.age is not None
    assert now.gpc is not None
    assert (
        now.rules["sale"].model,
        now.rules["ads"].elsewhere.model,
        list(now.minors),
        {path: fact.values["n"] for path, fact in now.facts.items()},
        now.age.years,
        (now.gpc.status, now.gpc.uses),
    ) == (
        (Model.OPT_IN, Model.OPT_IN, ["ads"], {"n": 30, "later": 1}, 13, ("mandatory", {"sale"}))
        if new
        else (Model.NOTICE, Model.NOTICE, ["teens"], {"n": 45}, 16, ("not_mandated", set()))
    )


def test_a_clause_without_a_past_holds_on_no_day_before_its_first():
    """A rule for other data that begins later is none until then."""
    rule = _rule(
        Model.OPT_OUT, data_types=frozenset({"geo"}), elsewhere=_rule(Model.OPT_IN, since=SECOND)
    )
    policy = _policy("CH", rules={"ads": rule, "sale": _rule(Model.OPT_IN, since=SECOND)})
    rules = resolve(policy, FIRST).rules
    assert (list(rules), rules["ads"].elsewhere) == (["ads"], None)


@pytest.mark.parametrize(
    ("day", "shown_since"),
    [(THIRD - ONE_DAY, None), (THIRD, THIRD), (THIRD + ONE_DAY, THIRD)],
    ids=["before", "first day", "after"],
)
def test_the_duty_to_show_a_signal_begins_on_its_day(day, shown_since):
    """Later than the duty to honour it."""
    now = resolve(_policy("CH", gpc=GPC), day).gpc
    assert now is not None
    assert (now.status, now.shown_since) == (GpcStatus.MANDATORY, shown_since)


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": {"sale": _rule(Model.OPT_IN, since=SECOND)}},
        {"rules": {"sale": _rule(Model.OPT_IN, before=_rule(Model.NOTICE, since=SECOND))}},
        {"rules": {"sale": _rule(Model.OPT_IN, elsewhere=_rule(Model.NOTICE, since=SECOND))}},
        {"facts": {"n": _fact(1, since=SECOND)}},
        {"facts": {"n": _fact(1, before=_fact(2, since=SECOND))}},
        {"age": _age(13, since=SECOND)},
        {"age": _age(13, before=_age(14, since=SECOND))},
        {"minors": {"ads": _minor(since=SECOND)}},
        {"minors": {"ads": _minor(until=SECOND)}},
        {"gpc": replace(GPC, shown_since=None)},
        {"gpc": replace(GPC, since=None, shown_since=SECOND)},
        {"law": LAW},
        {"departures": (Departure("CH-1", SECOND, _clause("departures")),)},
        {"parent": _policy("PA", facts={"n": _fact(1, since=SECOND)})},
    ],
    ids=[
        "rule", "earlier rule", "rule for other data", "fact", "earlier fact", "age", "earlier age",
        "minors begin", "minors end", "gpc", "gpc is shown", "law", "departure", "parent",
    ],
)  # fmt: skip
def test_every_day_of_change_is_known(changes):
    """Each kind of clause alone: no day is missed because another clause has the same."""
    assert dates_of(replace(_policy("CH"), **changes)) == {SECOND}


def test_a_policy_without_days_never_changes():
    """Nor does an act whose first day nobody knows."""
    assert dates_of(replace(PARENT, gpc=None, law=replace(LAW, in_force=None))) == frozenset()


@pytest.mark.parametrize(
    ("changes", "rules", "minors", "id_"),
    [
        ({}, {"sale": Model.NOTICE}, {"ads"}, "PA"),
        (
            {"rules": {"ads": _rule(Model.OPT_IN, any_size=True), "x": _rule(Model.OPT_IN)}},
            {"sale": Model.NOTICE, "ads": Model.OPT_IN},
            {"ads"},
            "CH",
        ),
        (
            {"minors": {"teens": _minor(any_size=True), "all": _minor()}},
            {"sale": Model.NOTICE},
            {"ads", "teens"},
            "CH",
        ),
        ({"minors": {"teens": _minor(any_size=True, since=THIRD)}}, {"sale": Model.NOTICE}, {"ads"}, "PA"),
        ({"rules": {"ads": _rule(Model.OPT_IN, any_size=True, since=THIRD)}}, {"sale": Model.NOTICE}, {"ads"}, "PA"),
    ],
    ids=["none", "a rule", "a rule for minors", "not yet for minors", "not yet a rule"],
)  # fmt: skip
def test_below_the_threshold_clauses_of_any_size_stay(changes, rules, minors, id_):
    """Each kind alone; without one that holds on the day the parent stands in."""
    own = _policy("CH", has_threshold=True, **changes)
    policy = resolve(replace(merge(own, PARENT), law=LAW), SECOND, thresholds_met=False)
    found = {use: rule.model for use, rule in policy.rules.items()}
    assert (found, set(policy.minors), policy.id) == (rules, minors, id_)
