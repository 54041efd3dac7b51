"""Laws of the choice of an account, whatever devices and clicks it meets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.consent.account import (
    CONFIRMED_SECONDS,
    EVERYTHING,
    NO_CHOICE,
    AccountChoice,
    Click,
)

PURPOSES = ("analytics", "profile", "ads")
NOW = 1_800_000_000.0
some = st.frozensets(st.sampled_from(PURPOSES))


@st.composite
def clicks(draw):
    """Return a click as a form makes one: nothing is both refused and allowed or lifted."""
    refused = draw(some)
    allowed, lifted, dropped = (draw(some) - refused for _ in range(3))
    return Click(allowed, refused, lifted, dropped - allowed, "record" if allowed else "")


choices = st.builds(
    lambda met, click, more: (
        NO_CHOICE.with_refusals(met, PURPOSES, 1.0)
        .clicked(click, PURPOSES, 2.0)
        .with_refusals(more, PURPOSES, 3.0)
    ),
    some,
    clicks(),
    some,
)


def _allowed(choice):
    return choice.allowed - choice.refusing(PURPOSES)


@given(choices, some)
def test_what_either_refuses_is_refused(choice, refused):
    """The device's refusals and the account's, and nothing is allowed that was not."""
    after = choice.with_refusals(refused, PURPOSES, NOW)
    assert after.refusing(PURPOSES) == choice.refusing(PURPOSES) | refused
    assert _allowed(after) == choice.allowed - refused


@given(choices, some)
def test_meeting_the_same_device_twice_changes_nothing(choice, refused):
    """A sign-in is no choice of its own."""
    once = choice.with_refusals(refused, PURPOSES, NOW)
    assert once.with_refusals(refused, PURPOSES, NOW + 1) == once


@given(choices, some, some)
def test_the_order_of_devices_does_not_matter(choice, one, other):
    """Whichever signs in first."""
    first = choice.with_refusals(one, PURPOSES, NOW).with_refusals(other, PURPOSES, NOW)
    second = choice.with_refusals(other, PURPOSES, NOW).with_refusals(one, PURPOSES, NOW)
    assert first == second


@given(choices, clicks())
def test_a_click_lifts_no_refusal_that_it_was_not_shown(choice, click):
    """Only what this browser refused before can have been lifted on purpose."""
    after = choice.clicked(click, PURPOSES, NOW)
    kept = choice.refusing(PURPOSES) - click.lifted
    assert after.refusing(PURPOSES) == kept | click.refused


@given(choices, clicks())
def test_nothing_is_refused_and_allowed(choice, click):
    """A refusal goes before a permission, and permissions come from clicks alone."""
    after = choice.clicked(click, PURPOSES, NOW)
    assert not after.allowed & after.refusing(PURPOSES)
    assert after.allowed <= choice.allowed | click.allowed
    assert bool(after.record) <= bool(after.allowed)


@given(choices, choices)
def test_two_rows_of_one_account_are_as_strict_as_both(one, other):
    """After the key was rotated there may be two."""
    both = one.joined(other)
    either = one.refusing(PURPOSES) | other.refusing(PURPOSES)
    assert (both, both.refusing(PURPOSES)) == (other.joined(one), either) or one.at == other.at
    assert both.refusing(PURPOSES) == either


def test_who_refuses_everything_refuses_what_comes():
    """As the refusal cookie does; one that is lifted leaves the others refused."""
    whole = NO_CHOICE.with_refusals(PURPOSES, PURPOSES, NOW)
    assert EVERYTHING in whole.refused
    assert whole.refusing((*PURPOSES, "new")) == {*PURPOSES, "new"}
    lifted = whole.clicked(Click(lifted=frozenset({"ads"})), PURPOSES, NOW)
    assert lifted.refused == {"analytics", "profile"}


def test_a_choice_is_confirmed_once_a_month():
    """So that nothing is written at each sign-in, and nobody's choice ends while they are here."""
    choice = AccountChoice(frozenset({"ads"}), at=NOW)
    early, late = (
        choice.with_refusals((), PURPOSES, NOW + after).at
        for after in (CONFIRMED_SECONDS - 1, CONFIRMED_SECONDS)
    )
    assert (early, late) == (NOW, NOW + CONFIRMED_SECONDS)
    assert NO_CHOICE.with_refusals((), PURPOSES, NOW) is NO_CHOICE


def test_it_prints_nothing():
    """It is about one person."""
    assert repr(AccountChoice(frozenset({"ads"}))) == "<AccountChoice>"
