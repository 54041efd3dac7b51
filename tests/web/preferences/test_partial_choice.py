"""A choice about some purposes: what it leaves as it is stays no younger and no further than it."""

from __future__ import annotations

import pytest

from privacykit.policy.verdict import Verdict
from privacykit.signals.choice.mask import REFUSED, age_months, granted
from tests.web.preferences.conftest import decided

ELSEWHERE = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
NOTHING, ALL_REFUSED = (403, False, False), (303, True, True)
YEAR = 365 * 86_400


@pytest.fixture
def given(shop, own_page):
    """Return a browser that allowed advertising, and what answers for one purpose alone."""
    client = shop.client()

    def answer(purpose, **more):
        data = {"action": "allow", "asked": purpose, **more}
        assert client.post("/privacy/choice", data=data, headers=own_page).status_code == 303
        return shop.choice(client)

    answer("ads")
    return answer


def granting(shop, choice):
    """Return the purposes that a choice grants."""
    return {p.id for i, p in enumerate(shop.context.purposes) if granted(choice.mask, i)}


def test_a_permission_for_another_purpose_makes_no_earlier_one_younger(shop, given):
    """Who allows chat a year later did not allow advertising anew: both end when that does."""
    shop.now += YEAR
    choice = given("chat")
    assert (granting(shop, choice), age_months(choice.mask)) == ({"ads", "chat"}, 12)


def test_a_permission_against_the_signal_is_for_what_was_asked(shop, given):
    """The notice stood beside chat: advertising, which the signal ended, stays off."""
    shop.show(gpc=True, decisions={**shop.shown.decisions, "ads": decided(Verdict.DENY)})
    assert granting(shop, given("chat", gpc_notice="1")) == {"chat"}


def test_what_went_before_the_signal_already_still_does(shop, given):
    """An earlier permission that the signal does not end is no reason to take it back."""
    shop.show(gpc=True, decisions={**shop.shown.decisions, "ads": decided(Verdict.ALLOW)})
    assert granting(shop, given("chat", gpc_notice="1")) == {"ads", "chat"}


@pytest.mark.parametrize(
    ("form", "outcome"),
    [
        ({"action": "save", "asked": "x"}, NOTHING),
        ({"action": "save", "purpose": ["analytics", "ads", "chat"]}, NOTHING),
        ({"action": "save", "asked": "ads"}, ALL_REFUSED),
        ({"action": "save", "purpose": "ads"}, ALL_REFUSED),
    ],
    ids=["nothing", "all that is on", "one", "some"],
)
def test_no_other_site_makes_a_refusal_smaller(shop, form, outcome):
    """Its form comes without the cookies that say what was refused; its answer could set some."""
    shop.show(decisions=dict.fromkeys(shop.shown.decisions, decided(Verdict.ALLOW)))
    client = shop.client()
    answer = client.post("/privacy/choice", data=form, headers=ELSEWHERE)
    sets, refuses = "set-cookie" in answer.headers, shop.choice(client).mask & REFUSED
    assert (answer.status_code, sets, bool(refuses)) == outcome
