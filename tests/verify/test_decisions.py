"""What an event says of its decision, against the policies, the law and their files."""

from __future__ import annotations

import re
import time

import msgspec
import pytest

from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.settings.policies import shipped_policies
from privacykit.testing.layout import lay_out
from privacykit.verify.law import LawAlone
from privacykit.verify.places.place import KeptEvent, PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.decisions import DecisionClaim, versions
from privacykit.web.edge import admit
from tests.verify.installation import CONFIG
from tests.waiting import eventually

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


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    """What serves a shop, and the law that a verification asks about it."""
    config = lay_out(tmp_path_factory.mktemp("serving"))
    settings = load(str(config))
    engine = build(settings, base=str(config))
    engine.start()
    eventually(lambda: engine.running)
    stated = Stated.of(settings, None, NOW)
    yield engine, stated, LawAlone(stated, shipped_policies())
    engine.stop(5)


@pytest.mark.parametrize(
    ("place", "client"), [("ZZ", "192.0.2.1"), ("US", address_of("US", 9)), ("DE", None)]
)
def test_what_a_server_names_is_what_the_law_gives_now(serving, place, client):
    """One label for many policies too: of a visitor of an unknown place, or of a land of many."""
    engine, stated, law = serving
    lines = [(b"host", b"shop.example")]
    lines += [(b"x-forwarded-for", (client or address_of(place, 9)).encode())]
    privacy, _ = admit(lines, ("127.0.0.1", 5000), b"", engine)
    labels = re.findall(
        r"[A-Z][A-Z-]*@[0-9a-f]{12}", str(msgspec.structs.astuple(privacy.plan.page))
    )
    known, moved = versions(shipped_policies()), NOW - 7200
    claim = DecisionClaim(stated, known, dict.fromkeys(known, moved), moved, law)
    row = _row(privacy.plan.page.purpose, policies=list(dict.fromkeys(labels)))
    row.event.data["place"] = {"country": place, "region": None}
    claim.look(row)
    assert (labels != [], claim.result().violations) == (True, ())
    row.event.data["consent"]["policies"] = [f"{place}-ALL@000000000000"]
    claim.look(row)
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
