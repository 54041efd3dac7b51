"""What consent managers' cookies say, joined with our own choice: refusals first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.signals.choice.mask import (
    DNT,
    GPC,
    GRANT_AFTER_GPC,
    OLDEST,
    REFUSED,
    age_months,
    granted,
    refused,
)
from privacykit.signals.heard import MOST_KNOWN, HeardCookies
from privacykit.signals.read import (
    NOTHING_HEARD,
    Heard,
    all_of,
    granted_bit,
    joined,
    refused_bit,
)

PURPOSES = range(5)

purposes = st.frozensets(st.sampled_from(PURPOSES))
months = st.integers(0, 60)


def _bits(grants, refusals):
    return sum(map(granted_bit, grants)) | sum(map(refused_bit, refusals))


@st.composite
def heard(draw):
    """Return what some cookies say."""
    return Heard(
        _bits(draw(purposes), ()), _bits((), draw(purposes)), draw(st.booleans()), draw(months)
    )


@st.composite
def masks(draw):
    """Return a mask as our own cookies give it: nothing is granted and refused at once."""
    refusals = draw(purposes)
    grants = draw(purposes) - refusals
    signals = draw(st.sampled_from([0, DNT])) | (draw(st.sampled_from([0, GRANT_AFTER_GPC])))
    signals = signals if grants else signals & ~GRANT_AFTER_GPC
    return _bits(grants, refusals) | signals | draw(st.integers(0, OLDEST)) << 4


@given(masks(), heard())
@settings(deadline=None)
def test_a_refusal_counts_whoever_grants(mask, said):
    """A purpose that either side refuses is refused, and never granted."""
    found = joined(mask, said)
    for index in PURPOSES:
        no = refused(mask, index) or refused(said.refused, index)
        assert refused(found, index) is no
        assert not (no and granted(found, index))


@given(masks(), heard())
@settings(deadline=None)
def test_a_grant_counts_where_nobody_refuses(mask, said):
    """Ours stays; theirs is added, unless ours was given after the notice about GPC."""
    found = joined(mask, said)
    foreign = not mask & GRANT_AFTER_GPC
    for index in PURPOSES:
        wanted = granted(mask, index) or (foreign and granted(said.granted, index))
        assert granted(found, index) is (wanted and not refused(found, index))


@given(masks(), heard())
@settings(deadline=None)
def test_a_grant_of_others_never_overrides_gpc(mask, said):
    """Only a grant to us, after our notice, does."""
    found = joined(mask, said)
    if found & GRANT_AFTER_GPC:
        assert mask & GRANT_AFTER_GPC
        theirs = [i for i in PURPOSES if granted(found, i) and not granted(mask, i)]
        assert theirs == []
    assert bool(found & GPC) is said.gpc
    assert found & DNT == mask & DNT


@given(masks(), heard())
@settings(deadline=None)
def test_a_grant_is_as_old_as_the_oldest_of_those_that_count(mask, said):
    """So that consent is asked for anew when the first of them is over."""
    found = joined(mask, said)
    grants = [i for i in PURPOSES if granted(found, i)]
    own = [i for i in grants if granted(mask, i)]
    foreign = [i for i in grants if granted(said.granted, i) and not mask & GRANT_AFTER_GPC]
    ages = [age_months(mask)] * bool(own) + [min(said.months, OLDEST)] * bool(foreign)
    if grants:
        assert age_months(found) == max(ages)


@given(masks())
def test_where_nothing_was_heard_nothing_changes(mask):
    """Our own choice stands as it is."""
    assert joined(mask, NOTHING_HEARD) == mask


@given(st.lists(heard(), max_size=4))
@settings(deadline=None)
def test_several_say_together_what_none_refuses(said):
    """The order does not matter."""
    together = all_of(said)
    assert together == all_of(said[::-1])
    for index in PURPOSES:
        no = any(refused(one.refused, index) for one in said)
        assert refused(together.refused, index) is no
        yes = any(granted(one.granted, index) for one in said)
        assert granted(together.granted, index) is (yes and not no)


def test_a_refusal_of_everything_stays_one():
    """Whatever a banner's cookie grants."""
    mask = REFUSED | _bits((), PURPOSES)
    assert joined(mask, Heard(_bits(PURPOSES, ()), 0)) == mask


def _same(mask):
    return mask


class _Counting:
    """A reader of ``a`` and ``b`` that counts how often it is asked."""

    names = (b"a", b"b")
    everything = refused_bit(0) | refused_bit(3)

    def __init__(self):
        self.asked = []

    def heard(self, values, now):
        """Return a grant where ``a`` says yes."""
        self.asked.append((values, now))
        return Heard(granted_bit(0)) if [b"yes"] in values else NOTHING_HEARD


def test_a_cookie_is_read_once_and_then_known():
    """The same value in another header is the same value."""
    reader = _Counting()
    cookies = HeardCookies([reader], 7.0, _same)
    assert granted(cookies.join(0, b"x=1; a=yes"), 0)
    assert granted(cookies.join(0, b"a=yes; y=2"), 0)
    assert reader.asked == [([[b"yes"], []], 7.0)]


@pytest.mark.parametrize("header", [b"", b"x=1", b"xa=yes", b"aa=yes; b2=1", b"A=yes"])
def test_a_header_without_the_cookie_asks_nobody(header):
    """Not even where a name ends like it."""
    reader = _Counting()
    assert HeardCookies([reader], 0.0, _same).join(GPC, header) == GPC
    assert reader.asked == []


class _Yes:
    """A reader to whom every value that is not empty grants, and ``no`` refuses."""

    names = (b"a", b"b")
    everything = refused_bit(0) | refused_bit(3)

    def heard(self, values, now):  # noqa: ARG002
        """Return what is granted and refused together, and GPC where ``gpc`` stands."""
        found = {value for listed in values for value in listed}
        refusals = refused_bit(1) if b"no" in found else 0
        return Heard(granted_bit(0) if found - {b""} else 0, refusals, b"gpc" in found)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"a=yes", Heard(granted_bit(0))),
        (b"; ".join([b"a=yes"] * 16), Heard(granted_bit(0))),
        (b"; ".join([b"a=yes", *[b"xa=yes"] * 40, b"a=yes"]), Heard(granted_bit(0))),
        (b"; ".join([b"a=yes", *[b"xa=yes"] * 40, b"a=no"]), Heard(granted_bit(0), refused_bit(1))),
        (b"; ".join([b"a=yes"] * 17), Heard(0, _Yes.everything)),
        (b"; ".join([*[b"b=yes"] * 16, b"b=no", b"a=yes"]), Heard(0, _Yes.everything)),
        (b"; ".join([b"a=no", *[b"b=gpc"] * 17]), Heard(0, _Yes.everything | refused_bit(1), True)),
        (b"a=; a=yes", Heard()),
        (b"a=yes; b=", Heard()),
        (b"a=; a=no", Heard(0, refused_bit(1))),
    ],
)
def test_decoys_hide_no_refusal(header, expected):
    """More than are read refuse all that the reader speaks of; an emptied one voids grants."""
    found = HeardCookies([_Yes()], 0.0, _same).join(0, header)
    assert found == joined(0, expected)


def test_one_value_is_not_taken_for_two():
    """Neither across cookies nor across readers."""
    reader, other = _Counting(), _Counting()
    cookies = HeardCookies([reader, other], 0.0, _same)
    for header in (b"a=1; b=2", b"a=1; a=2", b"a=1\x012", b"a=1\x00; b=2", b"b=1; b=2"):
        cookies.join(0, header)
    assert len(reader.asked) == len(other.asked) == 5


def test_the_memory_of_cookies_is_bounded_and_holds_none():
    """Whatever strangers send, and without a string of theirs."""
    cookies = HeardCookies([_Counting()], 0.0, _same)
    for number in range(3 * MOST_KNOWN):
        cookies.join(0, b"a=%d" % number)
    known = len(cookies._known) + len(cookies._old)
    assert max(known, len(cookies._seen)) <= MOST_KNOWN
    assert {len(key) for key in cookies._known} == {16}
    assert "a=" not in repr(cookies)


def test_a_known_header_is_joined_with_the_choice_of_the_moment():
    """Whoever refuses to us in between is not answered from before."""
    cookies = HeardCookies([_Counting()], 0.0, _same)
    assert granted(cookies.join(0, b"a=yes"), 0)
    assert not granted(cookies.join(refused_bit(0), b"a=yes"), 0)
    assert granted(cookies.join(0, b"a=yes"), 0)


def test_the_joined_mask_is_folded():
    """So that plans of one meaning are one plan."""
    cookies = HeardCookies([_Counting()], 0.0, lambda mask: mask | DNT)
    assert [cookies.join(0, b"a=yes") & DNT for _ in range(2)] == [DNT, DNT]
    assert cookies.join(0, b"x=1") == 0
