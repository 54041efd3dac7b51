"""Plans: put together from shared terms, and bounded in cost and memory whatever visitors say."""

from __future__ import annotations

import random
import tracemalloc
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.collect.counters import MOST_SETS, DecisionCounts
from privacykit.collect.memo import KIBIBYTE, MEBIBYTE
from privacykit.collect.plans.compile import plan_weight
from privacykit.collect.plans.plan import CompiledPlan
from privacykit.collect.site import PageRule, Purpose, SinkRule, Site, measured
from privacykit.collect.site_day import SiteDay
from privacykit.decide.decision import Consent, Signals, decide
from privacykit.decide.rulings import Rulings
from privacykit.policy.audience import Audience
from privacykit.pseudonym.addresses.ip import Truncate
from privacykit.settings.policies import shipped_policies
from privacykit.signals.choice import mask as choice
from privacykit.signals.choice.cookies import ChoiceCookies

TODAY = date(2026, 11, 28)
NOON = 1_795_863_600.0
LAW = shipped_policies()
USES = (
    ("strictly_necessary",),
    ("analytics_no_storage",),
    ("analytics_storage",),
    ("targeted_ads", "sale"),
    ("profiling_significant",),
    ("sensitive_data",),
)
SITE = Site(
    "shop",
    ("shop.example",),
    "Europe/Berlin",
    Audience(establishments=("DE",)),
    tuple(Purpose(f"p{i}", USES[i % len(USES)], properties={"n": i}) for i in range(12)),
    PageRule("p1"),
    sinks=(SinkRule("all", frozenset({"p1", "p3"}), "third_party"),),
)


def _site_day(most_bytes: int = 32 * MEBIBYTE, rulings: Rulings | None = None) -> SiteDay:
    return SiteDay(
        SITE,
        TODAY,
        NOON + 43_200,
        salt=None,
        choices=ChoiceCookies(
            site="shop", purposes=[p.id for p in SITE.purposes], sign_keys=[b"k" * 32]
        ),
        policies=LAW,
        ip=Truncate(24, 48),
        tallies=DecisionCounts(),
        rulings=rulings,
        most_bytes=most_bytes,
    )


@cache
def _prepared() -> SiteDay:
    site_day = _site_day()
    for _ in site_day.prepare():
        pass
    return site_day


def _refusal(dice: random.Random) -> bytes:
    names = dice.sample([p.id for p in SITE.purposes], dice.randrange(1, 12))
    month = f"{dice.randrange(1990, 2027)}-{dice.randrange(1, 13):02d}"
    return f"__Host-pk-no={'/'.join(names)}:{month}".encode()


def _chosen(site_day: SiteDay, cookie: bytes) -> tuple[int, str | None]:
    return site_day.read_signals(cookie, None, None, NOON)


def _masks(site_day: SiteDay, count: int, seed: int = 1) -> list[int]:
    """Return the masks of made-up refusals, with and without browser signals."""
    dice = random.Random(seed)
    return [_chosen(site_day, _refusal(dice))[0] | dice.randrange(4) for _ in range(count)]


said = st.lists(st.sampled_from([0, 1, 2]), min_size=12, max_size=12).flatmap(
    lambda own: st.builds(
        lambda low, age: low | age << choice.AGE_SHIFT | _packed(own),
        st.integers(0, 15).map(lambda bits: bits & ~choice.REFUSED),
        st.integers(0, choice.OLDEST),
    )
)


def _packed(own: list[int]) -> int:
    return sum(bits << choice.PURPOSE_SHIFT + 2 * index for index, bits in enumerate(own))


def _signals(mask: int, index: int) -> Signals:
    granted, refused = choice.granted(mask, index), choice.refused(mask, index)
    return Signals(
        gpc=bool(mask & choice.GPC),
        dnt=bool(mask & choice.DNT),
        consent=Consent.DENIED if refused else Consent.GRANTED if granted else Consent.NONE,
        opted_out=refused,
        consent_after_gpc=granted and bool(mask & choice.GRANT_AFTER_GPC),
        months_since_consent=choice.age_months(mask) if granted else None,
    )


@settings(deadline=None)
@given(st.sampled_from(["ZZ", "US", "XX", *sorted(LAW.places())]), said)
def test_a_plan_is_what_decide_says(place, mask):
    """Folded, shared and remembered, the verdicts are those of `privacykit explain`."""
    site_day = _prepared()
    plan = site_day.plans[place, site_day.compiler.fold(mask)]
    policies = LAW.applicable(place, on=TODAY, audience=SITE.audience)
    assert {id_: made.verdict for id_, made in plan.decisions.items()} == {
        purpose.id: max(
            decide(
                policies,
                use,
                signals=_signals(mask, index),
                audience=SITE.audience,
                properties=measured(SITE, purpose, plan.ip),
                on=TODAY,
            ).verdict
            for use in purpose.uses
        )
        for index, purpose in enumerate(SITE.purposes)
    }


def _without_memory(plan: CompiledPlan) -> list[object]:
    return [plan.decisions, plan.purposes, plan.page, plan.renews, plan.signalled, plan.campaign]


@settings(deadline=None)
@given(st.sampled_from(["ZZ", "DE", "US-CA"]), said)
def test_a_plan_without_room_is_equal(place, mask):
    """When no memory is left, visitors get the same decision, made again."""
    starved = _starved()
    plan = starved.plans[place, starved.compiler.fold(mask)]
    again = _prepared().plans[place, starved.compiler.fold(mask)]
    assert (len(starved.plans), _without_memory(plan)) == (0, _without_memory(again))


@cache
def _starved() -> SiteDay:
    return _site_day(most_bytes=16 * KIBIBYTE, rulings=_prepared().compiler._rulings)


def test_made_up_refusals_ask_no_policy():
    """What strangers make up is put together from what the policies answered before."""
    rulings = Rulings()
    site_day = _site_day(rulings=rulings)
    for _ in site_day.prepare():
        pass
    before = rulings.made
    for mask in _masks(site_day, 300):
        site_day.plans["ZZ", mask]
    assert (before > 0, rulings.made) == (True, before)


@pytest.mark.parametrize("most", [MEBIBYTE, 4 * MEBIBYTE], ids=["1 MiB", "4 MiB"])
def test_made_up_refusals_buy_no_memory(most):
    """Two thousand of them fill the bound, as the interpreter counts bytes, and stay within."""
    site_day = _site_day(most, _prepared().compiler._rulings)
    masks = _masks(site_day, 2000)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for mask in masks:
        site_day.plans["ZZ", mask]
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert most // 8 < taken <= most


GRANT = (
    ChoiceCookies(site="shop", purposes=[p.id for p in SITE.purposes], sign_keys=[b"k" * 32])
    .grant("record", ["p1", "p2"], NOON - 60)
    .partition(";")[0]
)
COOKIES = st.sampled_from(
    [
        "__Host-pk-no=p1/p2:2026-10",
        "__Host-pk-no=*:2025-01 ",
        "__Host-pk-no=",
        "__Host-pk-no",
        "__Host-pk-not=p3:2026-10",
        "__Host-pk-for-seen=p1",
        "seen=__Host-pk-",
        GRANT,
        f"__Host-pk-no=p1:2026-10 {GRANT}",
        "__Host-pk-yes=made up",
        "a=1",
        "",
    ]
)


@settings(deadline=None)
@given(
    st.lists(COOKIES, max_size=4),
    st.sampled_from([";", "; "]),
    st.sampled_from([frozenset(), frozenset({"record"})]),
)
def test_what_is_remembered_of_a_choice_is_what_its_cookies_say(cookies, between, ended):
    """A refusal that stands alone is known by its value; with others of ours all are read."""
    site_day, header = _prepared(), between.join(cookies).encode()
    said = site_day.choices.read(header, NOON, ended)
    expected = site_day.compiler.fold(said.mask), said.record or said.ended
    assert expected == site_day.read_signals(header, None, None, NOON, ended)


def test_the_age_of_a_refusal_is_one_bit():
    """Months that change nothing make no plan of their own."""
    site_day = _prepared()
    refusals = [
        f"__Host-pk-no=p1:{year}-{month:02d}"
        for year in range(2020, 2027)
        for month in range(1, 13)
    ]
    masks = {_chosen(site_day, value.encode())[0] for value in refusals}
    assert {choice.age_months(mask) for mask in masks} == {0, 6}


def test_the_age_of_a_grant_is_one_of_the_waits():
    """A grant's age tells only which policies' time for it is over."""
    site_day = _prepared()
    granted = 1 << choice.PURPOSE_SHIFT
    folded = {
        choice.age_months(site_day.compiler.fold(granted | age << choice.AGE_SHIFT))
        for age in range(choice.OLDEST + 1)
    }
    assert folded == {0, *site_day.compiler.waits}


def test_a_plan_weighs_what_it_takes():
    """The bound is counted in bytes that are true within a third."""
    site_day, masks = _prepared(), _masks(_prepared(), 100, seed=9)
    compiled = [site_day.compiler.compile("ZZ", mask) for mask in masks]  # terms are known now
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    compiled = [site_day.compiler.compile("ZZ", mask) for mask in masks[:50]]
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    weighed = sum(plan_weight(("ZZ", plan.mask), plan) for plan in compiled)
    assert 0.66 < weighed / taken < 1.5


def test_verdicts_in_too_many_sets_are_counted_apart():
    """However many sets visitors make up, their number is bounded and no count is lost."""
    tallies = DecisionCounts()
    for number in range(MOST_SETS + 50):
        tallies.of("shop", (("a", "allow"), (f"p{number % 7}", "deny"), ("x", str(number)))).n += 1
    told = tallies.snapshot()
    assert (told["shop", "a", "allow"], told["shop", "p0", "deny"]) == (MOST_SETS + 50, 154)


def test_sites_that_ask_alike_share_the_answers():
    """A thousand sites of one operator ask the policies once."""
    rulings = Rulings()
    first, second = _site_day(rulings=rulings), _site_day(rulings=rulings)
    for _ in first.prepare():
        pass
    made = rulings.made
    second.plans["ZZ", 0]
    assert (len(list(second.prepare())) < 200, rulings.made) == (True, made)


def test_stated_properties_are_compared_with_their_type():
    """To a condition 1 is no ``true``, though Python calls them equal."""
    rulings = Rulings()
    alike = [
        rulings.answers("sale", audience=SITE.audience, properties={"conditions_met": value})
        for value in (True, 1, True)
    ]
    assert (alike[0] is alike[1], alike[0] is alike[2]) == (False, True)
