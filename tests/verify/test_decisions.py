"""What an event says of its decision, against the policies, the law and their files."""

from __future__ import annotations

import time

import pytest

from privacykit.settings.load import load
from privacykit.settings.policies import shipped_policies
from privacykit.testing.layout import lay_out
from privacykit.verify.law import LawAlone
from privacykit.verify.places.place import KeptEvent, PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.decisions import DecisionClaim, versions
from tests.verify.installation import CONFIG

NOW = time.time()
GERMAN = shipped_policies().get("DE").label
THREE_DAYS = 3 * 86_400


@pytest.fixture(scope="module")
def claim_of(tmp_path_factory):
    """Makes a claim about a shop whose policy files came two hours ago."""
    config = lay_out(tmp_path_factory.mktemp("shop"), CONFIG.format(own="sqlite:///own.db"))
    stated = Stated.of(load(str(config)), None, NOW)
    policies = shipped_policies()
    law, moved = LawAlone(stated, policies), NOW - 7200
    known = versions(policies)

    def make():
        return DecisionClaim(stated, known, dict.fromkeys(known, moved), moved, law)

    return make


def _row(purpose="profile", at=NOW, **consent):
    decided = {"purposes": {purpose: "allow"}, "source": "law", "signals": []}
    decided |= {"policies": [GERMAN]} | consent
    place = {"country": "DE", "region": None}
    data = {"site": "shop", "purpose": purpose, "consent": decided, "place": place}
    time_ = {"time": round(at * 1000)}
    return StoredRow("s", "t", PlaceKind.EVENTS, {}, KeptEvent({"data": data}, time_))


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (_row("analytics"), []),
        (_row("analytics", signals=["dnt"]), ["PK460"]),
        (_row(source="consent"), []),
        (_row(source="law"), ["PK460"]),
        (_row("ads", source="law"), ["PK460"]),
        (_row(source="banana"), ["PK460"]),
        (_row(source=None), ["PK460"]),
        (_row("analytics", policies=["ZZ-ALL@000000000000"]), ["PK311"]),
        (_row("analytics", NOW + THREE_DAYS, policies=["ZZ-ALL@000000000000"]), ["PK311"]),
        (_row("analytics", policies=["DE@000000000000"]), ["PK311"]),
        (_row("analytics", NOW - THREE_DAYS, policies=["DE@000000000000"]), []),
        (_row("analytics", NOW - THREE_DAYS, policies=["OLD@000000000000"]), []),
        (_row("profile", policies=["OLD@000000000000"], at=NOW - THREE_DAYS), []),
        (_row("nothing"), []),
    ],
)
def test_a_decision_is_held_against_the_files_and_the_law(claim_of, row, found):
    """Of what was decided by files that are gone it cannot be told."""
    claim = claim_of()
    claim.look(row)
    assert [one.id for one in claim.result().violations] == found


@pytest.mark.parametrize("place", ["ZZ", "US"])
def test_one_label_for_many_policies_is_that_of_the_law_now(claim_of, place):
    """Of a visitor of an unknown place, or of a land with many laws, as most without a geo file."""
    claim = claim_of()
    asked = _row("analytics", policies=[])
    asked.event.data["place"] = {"country": place, "region": None}
    _, labels, _ = claim._law._anew(asked.event, NOW)
    assert [label.partition("@")[0] for label in labels] == ["ZZ-ALL"]
    asked.event.data["consent"]["policies"] = labels
    claim.look(asked)
    assert claim.result().violations == ()
    asked.event.data["consent"]["policies"] = ["ZZ-ALL@000000000000"]
    claim.look(asked)
    assert [one.id for one in claim.result().violations] == ["PK311"]


def test_one_label_for_policies_of_no_land_is_none(claim_of):
    """No file is of it."""
    claim = claim_of()
    claim.look(_row("analytics", policies=["QQ-ALL@000000000000"]))
    assert [one.id for one in claim.result().violations] == ["PK311"]


def test_what_cannot_be_judged_is_not(claim_of):
    """An event of a site, place or shape that is none of ours says nothing of the law."""
    claim = claim_of()
    for data in ({"site": "other"}, {"place": None}, {"consent": {"source": "law"}}):
        row = _row()
        row.event.body["data"].update(data)
        claim.look(row)
    assert claim.result().violations == ()
