"""What strangers may have written, and what needs no writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.policy.verdict import Verdict
from privacykit.web.preferences.limits import MOST_NETWORKS, Rate, WriteLimits

from .conftest import decided

HOME, AWAY = bytes([203, 0, 113, 9]), bytes([198, 51, 100, 9])


def test_a_network_has_its_own_limit():
    """A loop in one network takes nothing from another, whatever its last bits are."""
    limits = WriteLimits(Rate(100, 1), Rate(2, 0))
    answers = [limits.allow(HOME[:3] + bytes([n]), 0) for n in range(3)]
    assert (answers, limits.allow(AWAY, 0)) == ([True, True, False], True)


def test_ipv6_counts_by_48_bits():
    """One line has that many addresses that changing them costs nothing."""
    limits = WriteLimits(Rate(100, 1), Rate(1, 0))
    site = bytes.fromhex("20010db80001")
    assert limits.allow(site + bytes(10), 0)
    assert not limits.allow(site + b"\xff" * 10, 0)


def test_the_process_has_a_limit():
    """Many networks together write no more than this either."""
    limits = WriteLimits(Rate(3, 0), Rate(100, 1))
    assert [limits.allow(bytes([n, 0, 0, 1]), 0) for n in range(5)] == [True] * 3 + [False] * 2


def test_time_gives_it_back():
    """Slowly, and no more than there was; a clock set back gives nothing."""
    limits = WriteLimits(Rate(100, 1), Rate(1, 0.1))
    assert [limits.allow(HOME, at) for at in (0, 9, 11, 5, 30)] == [True, False, True, False, True]


def test_the_memory_of_networks_is_bounded():
    """It holds no more than so many weakened networks, and does not print them."""
    limits = WriteLimits(Rate(1e9, 1), Rate(5, 1))
    for n in range(MOST_NETWORKS + 10):
        limits.allow(n.to_bytes(3, "big") + b"\1", 0)
    assert repr(limits) == f"<WriteLimits of {MOST_NETWORKS}>"


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 100)), max_size=60))
def test_no_order_of_posts_writes_more(posts):
    """Within any 100 seconds at most the burst and what came back."""
    limits = WriteLimits(Rate(10, 0.05), Rate(4, 0.01))
    written = sum(
        limits.allow(bytes([n, 0, 0, 0]), at) for n, at in sorted(posts, key=lambda p: p[1])
    )
    assert written <= 10 + 5


@pytest.fixture
def tight(shop):
    """The shop, where only two choices of strangers may be written."""
    limits = WriteLimits(Rate(2, 0), Rate(2, 0))
    shop.options = {"limits": limits}
    shop.show(visitors=lambda: ("visitor-1",))
    return shop


def test_a_loop_of_grants_ends(tight, own_page):
    """Who forges a browser fills no disk; what is over the limit is not granted and says so."""
    form = {"action": "allow"}
    answers = [
        tight.client().post("/privacy/choice", data=form, headers=own_page) for _ in range(5)
    ]
    assert [answer.status_code for answer in answers] == [303, 303, 429, 429, 429]
    assert len(tight.consents.records) == 2
    assert not any("pk-yes" in answer.headers.get("set-cookie", "") for answer in answers[2:])


def test_a_loop_of_refusals_ends_and_each_still_refuses(tight):
    """The order to stop is not written any more, the cookie is set all the same."""
    answers = [tight.client().post("/privacy/opt-out") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [303, 303, 429, 429, 429]
    assert all("pk-no=*:" in answer.headers["set-cookie"] for answer in answers)
    assert len(tight.consents.stops) == 2


def test_a_signed_grant_is_withdrawn_over_any_limit(tight, own_page):
    """Only what anybody can send is limited, never the end of what was given."""
    client = tight.client()
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    for _ in range(3):
        tight.client().post("/privacy/opt-out")
    assert client.post("/privacy/withdraw").status_code == 429
    assert set(tight.consents.withdrawn) == set(tight.consents.records)


def test_where_the_cookie_suffices_nothing_is_written(tight):
    """Who refuses what does not happen anyway leaves nothing behind but the cookie."""
    tight.show(decisions=dict.fromkeys(tight.shown.decisions, decided(Verdict.NEEDS_CONSENT)))
    answers = [tight.client().post("/privacy/opt-out") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {303}
    assert tight.consents.stops == []


def test_what_could_not_be_stored_is_stored_with_the_second_post(tight):
    """The browser refuses already, but what is pending was not stopped yet."""
    tight.consents.broken = True
    client = tight.client()
    page = client.post("/privacy/opt-out").text
    tight.consents.broken = False
    tight.show(decisions=dict.fromkeys(tight.shown.decisions, decided(Verdict.DENY)))
    assert '<input type="hidden" name="again" value="1">' in page
    assert client.post("/privacy/opt-out", data={"again": "1"}).status_code == 303
    assert [stop[1] for stop in tight.consents.stops] == ["visitor-1"]


def test_a_sender_has_a_limit_within_its_network():
    """One loop takes nothing from a neighbour; what is not known of anybody is not limited."""
    limits = WriteLimits(Rate(100, 1), Rate(100, 1), Rate(1, 0))
    answers = [limits.allow(HOME, 0, sender) for sender in (b"a", b"a", b"b")]
    assert (answers, limits.allow(None, 0, b"a")) == ([True, False, True], True)


def test_who_is_refused_takes_nothing_from_the_others():
    """A flood of one sender leaves network and process what they had."""
    limits = WriteLimits(Rate(2, 0), Rate(2, 0), Rate(1, 0))
    answers = [limits.allow(HOME, 0, sender) for sender in (b"a", b"a", b"a", b"b")]
    assert answers == [True, False, False, True]
