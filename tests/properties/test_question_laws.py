"""Laws of the banner's question, for whatever holds for a visitor."""

from __future__ import annotations

from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from privacykit.collect.site import Purpose
from privacykit.decide.decision import Decision
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import AGE_SHIFT, PURPOSE_SHIFT, Choice
from privacykit.web.banner.law import AskingLaw
from privacykit.web.banner.question import question_of
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.state import CurrentState
from tests.web.preferences.conftest import changeable

OPTIONAL = ("analytics", "ads", "chat")
PURPOSES = (
    Purpose("security", ("strictly_necessary",)),
    *(Purpose(name, ("analytics_storage",)) for name in OPTIONAL),
)
IDS = tuple(purpose.id for purpose in PURPOSES)
CONTEXT = RoutesContext(
    site="shop",
    cookies=ChoiceCookies(site="shop", purposes=IDS, sign_keys=[b"k" * 32]),
    purposes=PURPOSES,
    consents=None,
    clock=lambda: 0.0,
    new_record=str,
    gpc_last_update=date(2026, 11, 21),
)
SOME = st.frozensets(st.sampled_from(OPTIONAL))


@st.composite
def states(draw):
    """Return anything that may hold; what is refused is never allowed."""
    refused, needs, grantable = draw(SOME), draw(SOME), draw(SOME)
    mask = draw(st.integers(0, 31)) << AGE_SHIFT
    for id_ in refused:
        mask |= 2 << PURPOSE_SHIFT + 2 * IDS.index(id_)
    verdicts = {
        id_: Verdict.DENY if id_ in refused else draw(st.sampled_from(Verdict)) for id_ in OPTIONAL
    }
    law = AskingLaw(needs, draw(st.booleans()), draw(st.booleans()), draw(st.just(frozenset())))
    state = CurrentState(
        "DE",
        {id_: Decision(verdict, (), ()) for id_, verdict in verdicts.items()},
        gpc=draw(st.booleans()),
        standings=changeable(*grantable),
        choice=Choice(mask),
        asking=lambda: law,
    )
    return state, law, refused


@given(states())
def test_only_what_the_law_asks_and_a_permission_changes_is_asked(drawn):
    """Never the necessary, never what could not be allowed, never what needs no consent."""
    state, law, _ = drawn
    assert set(question_of(CONTEXT, state).asked) <= law.needs & state.grantable


@given(states())
def test_nothing_refused_is_asked_within_the_wait(drawn):
    """Ours and the law's."""
    state, law, refused = drawn
    asked = set(question_of(CONTEXT, state).asked)
    waited = law.may_ask_again and state.months >= CONTEXT.ask_again_months
    assert waited or not asked & refused


@given(states())
def test_a_question_asks_nothing_that_is_allowed_already(drawn):
    """Who has answered, wherever, is not asked the same again."""
    state, _, _ = drawn
    assert [id_ for id_ in question_of(CONTEXT, state).asked if state.allows(id_)] == []


@given(states())
def test_a_signal_conflicts_only_where_something_is_asked(drawn):
    """There is nothing to be said against it otherwise."""
    state, _, _ = drawn
    question = question_of(CONTEXT, state)
    assert question.conflicts == (bool(question.asked) and state.gpc)


def test_a_question_of_nobody_known_is_none():
    """Nothing decided, nothing asked."""
    assert question_of(CONTEXT, CurrentState("ZZ", {})).asked == ()


@pytest.mark.parametrize("months", [5, 6])
def test_the_wait_is_over_after_six_months(months):
    """CNIL: a choice is kept for about six months, yes or no."""
    mask = months << AGE_SHIFT | 2 << PURPOSE_SHIFT + 2
    law = AskingLaw(frozenset({"analytics"}), may_ask_again=True)
    state = CurrentState(
        "FR",
        {"analytics": Decision(Verdict.DENY, (), ())},
        standings=changeable("analytics"),
        choice=Choice(mask),
        asking=lambda: law,
    )
    assert bool(question_of(CONTEXT, state).asked) is (months == 6)
