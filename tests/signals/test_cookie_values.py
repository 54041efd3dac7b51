"""Long ``Cookie`` headers: what may say no is read wherever it stands, and no more than needed."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.cookie_values import (
    LONGEST_COOKIES,
    MOST_DUPLICATES,
    are_too_many,
    cookie_values,
    first_cookies,
    shortened,
)

NOW = 1_800_000_000.0
JAR = ChoiceCookies(site="shop", purposes=("analytics", "ads"), sign_keys=[b"k" * 32], secure=False)
GRANT = JAR.grant("r1", ("analytics", "ads"), NOW - 60).partition(";")[0].encode()
REFUSAL = JAR.refusal(("ads",), NOW).partition(";")[0].encode()
others = st.sampled_from([b"a=1", b"session=" + b"s" * 900, b"x=pk-", b"no=pk", b"pk=1", b""])
cookies = st.lists(st.one_of(others, st.sampled_from([GRANT, REFUSAL])), max_size=60)


@given(cookies)
@example([b"session=" + b"s" * 900] * 20 + [REFUSAL])
@example([GRANT] + [b"session=" + b"s" * 900] * 20 + [GRANT.replace(b"r1", b"r2")])
def test_a_shortened_header_says_what_the_whole_one_says(parts):
    """Refusals, grants and their records are the same, and so is whether a refusal is renewed."""
    whole = b"; ".join(parts)
    short = shortened(whole, b"pk-", JAR.names)
    assert JAR.read(short, NOW) == JAR.read(whole, NOW)
    assert JAR.records(short, NOW) == JAR.records(whole, NOW)
    assert JAR.renewal(short) == JAR.renewal(whole)


@given(cookies)
def test_only_the_first_bytes_and_choices_are_looked_at(parts):
    """Whole cookies, in their order."""
    whole = b"; ".join(parts)
    first, short = first_cookies(whole), shortened(whole, b"pk-", JAR.names)
    assert len(first) <= LONGEST_COOKIES
    assert first == b"; ".join(parts[: len(first.split(b";"))]) or not first
    assert short.startswith(first)
    chosen = [part for part in short[len(first) :].split(b"; ") if part]
    assert set(chosen) <= {GRANT, REFUSAL, b""}


pairs = st.lists(
    st.tuples(
        st.sampled_from([b"a", b"xa", b"-a", b"b", b"aa"]), st.sampled_from([b"1", b"", b"a"])
    )
)


@given(pairs)
@settings(deadline=None)
@example([(b"xa", b"1")] * 40 + [(b"a", b"1")])
@example([(b"a", b"1")] * 16 + [(b"xa", b"1")] * 9)
@example([(b"a", b"1")] * 17)
def test_only_cookies_of_the_very_name_count_towards_the_bound(cookies):
    """A longer name is no cookie of this one; the seventeenth is an empty value, and the last."""
    found = list(cookie_values(b"; ".join(b"%b=%b" % pair for pair in cookies), b"a"))
    wanted = [value for name, value in cookies if name == b"a"]
    assert found[:MOST_DUPLICATES] == wanted[:MOST_DUPLICATES]
    assert found[MOST_DUPLICATES:] == ([b""] if len(wanted) > MOST_DUPLICATES else [])
    assert are_too_many(found) is (len(wanted) > MOST_DUPLICATES)


def test_decoys_of_a_longer_name_do_not_hide_our_own_refusal():
    """Nor is a refusal taken for one of everything because of them."""
    one, decoy = b"pk-no=ads:2026-09", b"mypk-no=x"
    alone, among = JAR.read(one, NOW), JAR.read(b"; ".join([decoy] * 40 + [one]), NOW)
    assert among == alone
