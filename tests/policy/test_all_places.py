"""Every place of the set has a law on every day on which something changes."""

from datetime import date

import pytest

from privacykit.decide.decision import USES, Signals, decide
from privacykit.policy.audience import Audience
from privacykit.policy.place import country_of, normalise_place
from privacykit.policy.words import Follows, Kind
from privacykit.settings.policies import shipped_policies

LAW = shipped_policies()
DAYS = ["2026-11-28", "2026-12-01", "2027-01-01", "2027-05-01", "2027-05-13", "2028-01-01"]
VISITORS = Audience()
HOMES = {place: policy for policy in LAW for place in policy.places}


@pytest.fixture(params=DAYS)
def day(request):
    """A day on which an act starts, and today."""
    return date.fromisoformat(request.param)


def test_there_are_as_many_places_as_were_read():
    """The 147 codes first read and five French territories; the unknown place is beside them."""
    assert len(LAW.places()) == 152


def test_every_place_resolves(day):
    """To policies of its own country, or to the floor where a law follows operators only."""
    for place in sorted(LAW.places()):
        assert normalise_place(place) == place
        found = LAW.applicable(place, on=day, audience=VISITORS)
        assert found, place
        own = [p for p in found if p.kind is not Kind.OVERLAY]
        if HOMES[place].follows & {Follows.VISITOR, Follows.RESIDENT}:
            lands = {country_of(at) for policy in own for at in policy.places}
            assert country_of(place) in lands, place
        else:
            assert [policy.kind for policy in own] == [Kind.FALLBACK], place
        assert all(policy.resolved_on is not None for policy in found)


def test_every_place_answers_every_question(day):
    """With a verdict, and a reason that names its source."""
    for place in sorted(LAW.places()):
        policies = LAW.applicable(place, on=day, audience=VISITORS)
        for use in USES:
            asked = {"signals": Signals(), "audience": VISITORS, "properties": {}, "on": day}
            decision = decide(policies, use, **asked)
            assert decision.reasons, (place, use)
            assert all(reason.citation for reason in decision.reasons), (place, use)
