"""Which policies apply, and when."""

from datetime import date

import pytest

from privacykit.errors import PolicyError
from privacykit.policy.audience import Audience
from privacykit.policy.clause import Clause
from privacykit.policy.model import Departure, Law, Policy
from privacykit.policy.policyset import PolicySet
from privacykit.policy.words import Confidence, Follows, Kind
from privacykit.settings.policies import shipped_policies

TODAY = date(2026, 11, 21)


def ids(place, on=TODAY, residence=None, **audience):
    """Give the ids of what applies among the shipped policies."""
    found = shipped_policies().applicable(
        place, on=on, audience=Audience(**audience), residence=residence
    )
    return [policy.id for policy in found]


def policy(policy_id, **fields):
    """Make a small policy."""
    law = Law("Act", None, Clause("law", "Act", Confidence.VERIFIED))
    follows = frozenset({Follows.VISITOR})
    return Policy(
        **{
            "id": policy_id,
            "name": policy_id,
            "kind": Kind.COUNTRY,
            "places": (policy_id,),
            "follows": follows,
            "law": law,
            "hash": policy_id.lower(),
            **fields,
        }
    )


def test_a_place_has_its_policy():
    """One country, one policy."""
    assert ids("DE") == ["DE"]


@pytest.mark.parametrize(
    ("place", "policy_id"),
    [
        ("RE", "FR"),
        ("AX", "FI"),
        ("SJ", "NO"),
        ("JE", "CROWN"),
        ("PF", "FR"),
        ("CA-ON", "CA-ALL-OTHER"),
    ],
)
def test_territories_have_the_policy_that_covers_them(place, policy_id):
    """Territories with codes of their own are not unknown."""
    assert ids(place) == [policy_id]


@pytest.mark.parametrize("place", ["HK", "TW"])
def test_colliding_neighbours_are_not_china(place):
    """China's policy covers the mainland only."""
    assert "CN" not in ids(place, establishments=("DE",))


def test_a_subdivision_without_policy_has_that_of_its_country():
    """Bavaria is Germany."""
    assert ids("DE-BY") == ["DE"]


def test_a_state_without_an_act_has_the_federal_baseline():
    """And the overlay for children."""
    assert ids("US-OH") == ["US", "US-COPPA"]


@pytest.mark.parametrize("place", ["US", "US-ZQ"])
def test_an_unknown_state_is_every_state(place):
    """No guess is made."""
    found = ids(place)
    assert {"US", "US-CA", "US-MD", "US-WA", "US-COPPA"} <= set(found)
    assert all(policy_id.startswith("US") for policy_id in found)


def test_an_unknown_province_is_every_province():
    """Quebec included."""
    assert ids("CA") == ["CA", "CA-AB", "CA-ALL-OTHER", "CA-BC", "CA-QC"]


@pytest.mark.parametrize("place", ["ZZ", "BO"])
def test_an_unknown_place_is_every_policy(place):
    """So is a country nobody wrote a policy for; on a day when every act is in force."""
    assert set(ids(place, on=date(2028, 1, 1))) == {p.id for p in shipped_policies()}


def test_an_establishment_only_adds():
    """A German site owes the GDPR to a Texan."""
    assert ids("US-TX", establishments=("DE",)) == ["US-TX", "DE", "US-COPPA"]


def test_state_acts_do_not_follow_the_operator():
    """An operator in California owes a German no Californian act, but COPPA."""
    assert ids("DE", establishments=("US-CA",)) == ["DE", "US-COPPA"]


@pytest.mark.parametrize("regime", ["MY", "HK"])
def test_some_laws_follow_the_operator_only(regime):
    """A mere visitor does not trigger them; then our floor holds."""
    assert ids(regime) == ["ZZ"]
    assert ids("NZ", establishments=(regime,)) == ["NZ", regime]


@pytest.mark.parametrize("regime", ["AE-DIFC", "AE-ADGM", "EU"])
def test_regimes_are_named_by_their_id(regime):
    """Free zones and the EU have no code of a visitor."""
    assert ids("NZ", establishments=(regime,)) == ["NZ", regime]


def test_an_operator_nobody_knows_brings_the_floor():
    """Its law is unknown, so the cautious one is added."""
    assert ids("NZ", establishments=("BO",)) == ["NZ", "ZZ"]


def test_a_declared_residence_replaces_the_state():
    """State acts protect residents, wherever they are."""
    assert ids("US-TX", residence="US-CA") == ["US-CA", "US-COPPA"]


def test_a_declared_residence_elsewhere_is_added():
    """The strictest of both holds."""
    assert ids("FR", residence="US-CA") == ["FR", "US-CA", "US-COPPA"]
    assert ids("US-CA", residence="FR") == ["US-CA", "FR", "US-COPPA"]


@pytest.mark.parametrize("residence", ["US", "ZZ", "nonsense", "BO"])
def test_a_residence_that_says_nothing_changes_nothing(residence):
    """The country alone, or an unknown place, is no better than what the address says."""
    assert ids("US-TX", residence=residence) == ["US-TX", "US-COPPA"]


def test_washingtons_health_act_protects_visitors_too():
    """Whoever's data is collected there is a consumer."""
    assert ids("US-WA", residence="US-CA") == ["US-WA", "US-CA", "US-COPPA"]


@pytest.mark.parametrize(
    ("on", "policy_id"), [(date(2024, 6, 30), "US"), (date(2024, 7, 1), "US-TX")]
)
def test_before_its_first_day_an_act_is_silent(on, policy_id):
    """The federal baseline stands in."""
    assert ids("US-TX", on=on)[0] == policy_id


@pytest.mark.parametrize(
    ("state", "day"),
    [
        ("US-OK", date(2027, 1, 1)),
        ("US-LA", date(2027, 1, 1)),
        ("US-VT", date(2027, 1, 1)),
        ("US-AL", date(2027, 5, 1)),
    ],
)
def test_a_state_has_an_act_of_its_own_from_its_first_day(state, day):
    """On the eve it is under the federal baseline."""
    eve = date.fromordinal(day.toordinal() - 1)
    assert ids(state, on=eve) == ["US", "US-COPPA"]
    assert ids(state, on=day) == [state, "US-COPPA"]


def test_a_place_leaves_when_an_act_of_its_own_starts_that_nobody_has_read():
    """It is then asked of every part of the country."""
    day, clause = date(2027, 1, 1), Clause("departures", "Act", Confidence.VERIFIED)
    leaves = (Departure("XA-01", day, clause),)
    whole = policy("XA", places=("XA", "XA-01"), departures=leaves)
    part = policy("XA-02", kind=Kind.SUBDIVISION)
    law = PolicySet.from_policies([whole, part])
    found = {
        on: [p.id for p in law.applicable("XA-01", on=on, audience=Audience())]
        for on in (date(2026, 12, 31), day)
    }
    assert found == {date(2026, 12, 31): ["XA"], day: ["XA", "XA-02"]}


def test_below_the_threshold_the_baseline_stands_in():
    """But clauses for operators of any size stay."""
    assert ids("US-VA", thresholds_met=False) == ["US", "US-COPPA"]
    assert ids("US-NJ", thresholds_met=False) == ["US-NJ", "US-COPPA"]


def test_answers_are_remembered_and_bounded():
    """The same question gives the same tuple; the memory never grows without end."""
    law = PolicySet.from_policies([policy("AA")])
    audience = Audience()
    first = law.applicable("AA", on=TODAY, audience=audience)
    assert law.applicable("AA", on=TODAY, audience=audience) is first
    for n in range(5000):
        law.applicable(f"AA-{n:03}", on=TODAY, audience=audience)
    assert len(law._memory) <= 4096


def test_a_set_without_fallback_may_be_empty():
    """Then nothing applies, and nothing may happen."""
    law = PolicySet.from_policies([policy("AA", follows=frozenset({Follows.OPERATOR}))])
    assert law.applicable("AA", on=TODAY, audience=Audience()) == ()


def test_an_overlay_may_lie_everywhere():
    """A house rule joins every set."""
    house = policy("HOUSE", kind=Kind.OVERLAY, over="*", places=())
    law = PolicySet.from_policies([policy("AA"), house])
    found = law.applicable("AA", on=TODAY, audience=Audience())
    assert [p.id for p in found] == ["AA", "HOUSE"]
    assert len(law) == 2
    assert law.get("AA") is not None
    assert law.places() == {"AA"}


def test_an_overlay_that_follows_visitors_ignores_the_operator():
    """It lies over the country's policies, not over its operators abroad."""
    over = policy("KIDS", kind=Kind.OVERLAY, over="AA", places=())
    law = PolicySet.from_policies([policy("AA"), policy("BB"), over])
    abroad = law.applicable("BB", on=TODAY, audience=Audience(establishments=("AA",)))
    at_home = law.applicable("AA", on=TODAY, audience=Audience())
    assert ([p.id for p in abroad], [p.id for p in at_home]) == (["BB"], ["AA", "KIDS"])


@pytest.mark.parametrize(
    ("policies", "problem"),
    [
        ([policy("AA"), policy("AA")], ("PK062", "id")),
        ([policy("AA", extends="BB")], ("PK062", "extends")),
        ([policy("AA", extends="BB"), policy("BB", extends="AA")], ("PK062", "extends")),
        ([policy("AA"), policy("BB", places=("AA",))], ("PK059", "places")),
        ([policy("AA", law=None)], ("PK068", "law")),
        ([policy("AA", follows=frozenset())], ("PK068", "law")),
    ],
)
def test_sets_that_cannot_be_put_together_are_refused(policies, problem):
    """Twice the same id or code, a parent nobody has, or a circle."""
    with pytest.raises(PolicyError) as caught:
        PolicySet.from_policies(policies)
    assert problem in {(p.id, p.key) for p in caught.value.problems}
