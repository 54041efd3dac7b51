"""Laws of how a purpose stands: a click does what it is said to do, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit.collect.consent.standing import standings
from privacykit.collect.plans.plan import CompiledPlan
from privacykit.collect.site_day import SiteDay
from privacykit.policy.verdict import Verdict
from privacykit.runtime.explained import answers
from tests.web.banner.conftest import House
from tests.web.banner.test_foreign_refusal import BY_BANNER, BY_STRING, CONFIG

OPTIONAL = ("analytics", "profile", "ads")
OTHERS = [
    "; ".join(f"{name}={value}" for name, value in cookies.items())
    for cookies, *_ in (*BY_BANNER, *BY_STRING)
]
OWN = ["pk-no=*:2026-11", "pk-no=ads:2026-11", "pk-no=analytics/profile:"]
PLACES = ("DE", "FR", "US-CA", "US-VA", "CN", "JP", "ZZ")


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """One day of a shop behind every banner there is."""
    house = House(tmp_path_factory.mktemp("managed"), CONFIG)
    yield house.engine.runtime.site_days["shop"]
    house.close()


@dataclass
class Said:
    """What a visitor sends, decided, as far as standings look at it."""

    site_day: SiteDay
    place: str
    cookie: bytes
    gpc: bytes | None
    dnt: bytes | None
    query: bytes

    @property
    def plan(self) -> CompiledPlan:
        """The plan of the visitor."""
        day = self.site_day
        said = self.cookie, self.gpc, self.dnt, day.until - 1, (), self.query
        return day.plans[self.place, day.read_signals(*said)[0]]

    def granting(self, *, notice: bool) -> Said:
        """Return the same after a grant of everything here, which clears what was refused here."""
        ours = self.site_day.choices
        line = ours.grant("r" * 22, OPTIONAL, self.site_day.until - 60, after_gpc=notice)
        kept = [it for it in self.cookie.decode().split("; ") if it and not it.startswith("pk-")]
        cookie = "; ".join([*kept, line.partition(";")[0]]).encode()
        return Said(self.site_day, self.place, cookie, self.gpc, self.dnt, self.query)


@st.composite
def visitors(draw):
    """Return what a visitor may send: others' refusals and our own, signals, a string in a link."""
    cookies = draw(st.lists(st.sampled_from([*OTHERS, *OWN]), max_size=3, unique=True))
    signal = st.sampled_from([None, b"1"])
    query = draw(st.sampled_from([b"", b"us_privacy=1YYN"]))
    place = draw(st.sampled_from(PLACES))
    return place, "; ".join(cookies).encode(), draw(signal), draw(signal), query


@given(sent=visitors(), notice=st.booleans())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_said_to_be_changeable_is(day, sent, notice):
    """A grant beside all that this request carries allows exactly what it is said to allow."""
    said = Said(day, *sent)
    after = said.granting(notice=notice and sent[2] is not None).plan.decisions
    told = standings(said)
    holds = {id_: (it.noticed if notice else it.unnoticed) for id_, it in told.items()}
    assert holds == {id_: after[id_].verdict is Verdict.ALLOW for id_ in OPTIONAL}


@given(sent=visitors())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_no_click_changes_says_why(day, sent):
    """Nothing is off and fixed for no reason, and nothing that is on has anything against it."""
    said = Said(day, *sent)
    decisions = said.plan.decisions
    for id_, it in standings(said).items():
        allowed = decisions[id_].verdict is Verdict.ALLOW
        assert bool(it.against) is False if allowed else (it.noticed or bool(it.against))


@given(sent=visitors())
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_explain_says_the_same(day, sent):
    """The command answers about the same cookies what the page says of them."""
    said = Said(day, *sent[:4], b"")
    told = standings(said)
    for one in answers(day, said.place, said.plan.mask, said.cookie):
        if one.purpose.id in told:
            standing = told[one.purpose.id]
            assert bool(one.stopped_by) is not standing.noticed
            named = {it.where for it in standing.against if it.where}
            assert not standing.against or set(one.refused_by) == named
