"""
Known answers of the choice cookies: what stands in browsers for a year must be read by next year's code.

Masks are written as they are compiled into plans: bit 0 GPC, 1 DNT, 2 everything refused, 3 a grant
after GPC, 4 to 8 the age in months, then for each purpose granted and refused. Signatures are
BLAKE2b-128 of the site's id, after its length in two bytes, and the body, under the BLAKE2b-256
of the key, person "privacykit.yes"; computed outside of this project.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import (
    DNT,
    GPC,
    GRANT_AFTER_GPC,
    REFUSED,
    Choice,
    age_months,
    granted,
    refused,
)
from privacykit.signals.choice.time import FOREVER_SECONDS, GRANT_SECONDS

NOW = 1_790_000_000.0  # 2026-09-21 14:13:20 UTC, tlpwu8 in base 36
SHOP = ChoiceCookies(site="shop", purposes=("analytics", "a/b"), sign_keys=[bytes(range(32))])
GRANT = "1:r1/r0:tlpwu8:analytics/a%2Fb:v2:g:98611220f309cddefda0e36589f7137b"
PLAIN = "1:r1:tlpwu8:analytics:::419aa91f68941f9a6fe34885a723aa20"


def _granted(value: str, now: float = NOW, *, reader: ChoiceCookies = SHOP) -> Choice:
    return reader.read(f"__Host-pk-yes={value}".encode(), now)


def _refused(value: str, now: float = NOW) -> Choice:
    return SHOP.read(f"__Host-pk-no={value}".encode(), now)


def test_a_grant_is_its_known_answer():
    """Format, records, time, purposes, wording, flag, signature; thirteen months."""
    written = SHOP.grant("r1", ["analytics", "a/b"], NOW, "v2", after_gpc=True, earlier=["r0"])
    attributes = "; Max-Age=34128000; Path=/; Secure; HttpOnly; SameSite=Lax"
    assert written == f"__Host-pk-yes={GRANT}{attributes}"


def test_a_refusal_is_its_known_answer():
    """Purposes and a month, no signature, no end."""
    attributes = "; Max-Age=2147483647; Path=/; Secure; HttpOnly; SameSite=Lax"
    written = SHOP.refusal(["analytics", "a/b"], NOW)
    assert written == f"__Host-pk-no=analytics/a%2Fb:2026-09{attributes}"


@pytest.mark.parametrize(
    ("value", "mask", "record"),
    [
        (GRANT, 1 << 9 | 1 << 11 | 8, "r1"),
        (PLAIN, 1 << 9, "r1"),
        (GRANT.replace("98", "99"), 0, None),
        ("2:r1:tlpwu8:analytics:::a6eed650ea0d0b400ffc787099db72a9", 0, None),
        ("1:r1:tlpwu8:analytics::x::9847953b97b02a5de4cb25da2953ef23", 0, None),
    ],
    ids=["all of it", "one purpose", "another signature", "another format", "a field too many"],
)
def test_a_grant_is_read_as_its_mask(value, mask, record):
    """Granted purposes, whether GPC was known, and the record."""
    assert _granted(value) == Choice(mask, record)


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        ("*:2026-09", 1 << 10 | 1 << 12 | 4),
        ("analytics:2026-09", 1 << 10),
        ("a%2Fb:2026-09", 1 << 12),
        ("analytics/a%2Fb:2026-09", 1 << 10 | 1 << 12 | 4),
        ("analytics/analytics:2026-09", 1 << 10),
        ("analytics:2026-06", 1 << 10 | 2 << 4),
        ("analytics:2025-09", 1 << 10 | 11 << 4),
        ("analytics:2020-01", 1 << 10 | 31 << 4),
        ("analytics:2026-12", 1 << 10),
        ("analytics:2026-066", 1 << 10),
        ("analytics:02026-06", 1 << 10),
        ("gone:2026-09", 1 << 10 | 1 << 12 | 4),
    ],
)
def test_a_refusal_is_read_as_its_mask(value, mask):
    """Refused purposes, everything where it is not understood, and whole months surely passed."""
    assert _refused(value) == Choice(mask, None)


def test_the_bits_are_where_plans_look_for_them():
    """A closed domain: none of them meets another."""
    bits = (GPC, DNT, REFUSED, GRANT_AFTER_GPC, GRANT_SECONDS, FOREVER_SECONDS)
    assert bits == (1, 2, 4, 8, 395 * 24 * 60 * 60, 2_147_483_647)


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        (1 << 9, (True, False, False, False, 0)),
        (1 << 10, (False, True, False, False, 0)),
        (1 << 11, (False, False, True, False, 0)),
        (1 << 12, (False, False, False, True, 0)),
        (17 << 4, (False, False, False, False, 17)),
        (31 << 4, (False, False, False, False, 31)),
    ],
)
def test_a_mask_is_told_bit_by_bit(mask, told):
    """Granted and refused of the first purpose, of the second, and the age."""
    both = (granted(mask, 0), refused(mask, 0), granted(mask, 1), refused(mask, 1))
    assert (*both, age_months(mask)) == told


def test_no_choice_is_nothing():
    """Neither a bit nor a record."""
    assert (Choice(), SHOP.read(b"", NOW), SHOP.read(b"__Host-pk-yes=x", NOW)) == (
        Choice(0, None),
    ) * 3


@pytest.mark.parametrize(
    ("given", "read", "months"),
    [
        ((2025, 11, 15), (2026, 11, 14), 11),
        ((2025, 11, 15), (2026, 11, 15), 12),
        ((2025, 11, 15), (2027, 1, 15), 0),
        ((2024, 1, 31), (2026, 1, 31), 0),
    ],
    ids=["eleven months", "a year", "fourteen months", "two years"],
)
def test_a_grant_ages_and_ends_after_thirteen_months(given, read, months):
    """Whole months, as long as its cookie may live; a replayed older one is none."""
    at, now = (datetime(*day, tzinfo=UTC).timestamp() for day in (given, read))
    cookie = SHOP.grant("r", ["analytics"], at).partition(";")[0]
    found = SHOP.read(cookie.encode(), now)
    assert (age_months(found.mask), found.record) == (months, "r" if months else None)


@pytest.mark.parametrize(
    ("ahead", "counts"), [(0, True), (60, True), (61, False)], ids=["now", "the skew", "beyond"]
)
def test_a_grant_of_the_future_counts_within_the_skew(ahead, counts):
    """Two nodes may differ by a minute, its last second included."""
    assert (_granted(PLAIN, NOW - ahead).record == "r1") is counts


def test_a_grant_of_this_second_is_of_this_month():
    """One at the first second of a month is not of the month before."""
    first = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
    cookie = SHOP.grant("r", ["analytics"], first).partition(";")[0].encode()
    last = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    assert [age_months(SHOP.read(cookie, now).mask) for now in (first, last - 1, last)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("cookies", "at"),
    [
        (f"__Host-pk-yes={PLAIN}", NOW),
        (f"__Host-pk-yes={PLAIN}; __Host-pk-yes={PLAIN}", NOW),
        (f"__Host-pk-yes={PLAIN}; __Host-pk-yes={GRANT}", 0.0),
        (f"__Host-pk-no={PLAIN}", 0.0),
        ("__Host-pk-yes=x", 0.0),
        ("", 0.0),
    ],
    ids=["one", "the same twice", "two", "a refusal", "broken", "none"],
)
def test_when_it_was_granted_is_known_of_one_grant_only(cookies, at):
    """Two that differ say nothing certain."""
    assert SHOP.granted_at(cookies.encode(), "analytics", NOW + 5) == at


@pytest.mark.parametrize("first", ["2026-01", "2026-06"])
def test_of_two_refusals_the_younger_gives_the_age(first):
    """Nobody is asked again too soon."""
    other = "2026-06" if first == "2026-01" else "2026-01"
    header = f"__Host-pk-no=analytics:{first}; __Host-pk-no=a%2Fb:{other}"
    assert age_months(SHOP.read(header.encode(), NOW).mask) == 2


def test_a_refusal_that_overrides_a_grant_keeps_its_age():
    """The refusal counts, and so does how long ago it was."""
    header = f"__Host-pk-no=analytics:2026-06; __Host-pk-yes={PLAIN}"
    assert SHOP.read(header.encode(), NOW) == Choice(1 << 10 | 2 << 4, None)


@pytest.mark.parametrize(
    ("size", "understood"), [(3072, True), (3073, False)], ids=["the longest", "longer"]
)
def test_the_longest_value_is_read_and_no_longer_one(size, understood):
    """A refusal beyond it refuses everything; it is of no known month."""
    value = "analytics/" * 300 + "analytics:"
    value += "0" * (size - len(value))
    assert _refused(value) == Choice(1 << 10 if understood else 1 << 10 | 1 << 12 | 4, None)


@pytest.mark.parametrize(("size", "read"), [(3072, True), (3073, False)])
def test_the_longest_grant_is_read_and_no_longer_one(size, read):
    """However well it is signed."""
    at = SHOP.grant("r", ["analytics"], NOW).partition(";")[0].partition("=")[2]
    record = "r" * (size - len(at) + 1)
    cookie = SHOP.grant(record, ["analytics"], NOW).partition(";")[0].encode()
    assert (SHOP.read(cookie, NOW).record == record) is read


def test_sixteen_cookies_of_one_name_are_read_and_a_seventeenth_refuses():
    """Decoys may hide the real one behind the bound."""
    one = "__Host-pk-no=analytics:2026-09"
    masks = [SHOP.read("; ".join([one] * count).encode(), NOW).mask for count in (16, 17)]
    assert masks == [1 << 10, 1 << 10 | 1 << 12 | 4]


def test_a_cookie_ends_at_its_semicolon_even_at_the_first_byte():
    """An empty value is one, and refuses everything."""
    assert SHOP.read(b"__Host-pk-no=;a=b", NOW).mask == 1 << 10 | 1 << 12 | 4


@pytest.mark.parametrize("secure", [True, False])
def test_a_site_says_whether_it_is_secure(secure):
    """The pages ask, before they set a cookie."""
    jar = ChoiceCookies(site="shop", purposes=(), sign_keys=[], secure=secure)
    assert jar.secure is secure


@pytest.mark.parametrize("late", [-30, 0, 30])
def test_a_grant_is_of_its_second_and_of_no_later_one_than_now(late):
    """A clock that is behind makes it of this second."""
    cookie = f"__Host-pk-yes={PLAIN}".encode()
    assert SHOP.granted_at(cookie, "analytics", NOW + late) == min(NOW, NOW + late)


@pytest.mark.parametrize(
    ("purpose", "at"), [("analytics", NOW), ("a/b", 0.0), ("analytic", 0.0), ("", 0.0)]
)
def test_when_it_was_granted_is_known_of_its_purposes_only(purpose, at):
    """A grant of one purpose says nothing of another, known or not."""
    cookie = SHOP.grant("r", ["analytics"], NOW).partition(";")[0].encode()
    assert SHOP.granted_at(cookie, purpose, NOW + 5) == at


@pytest.mark.parametrize(
    ("before", "found"), [("a=b;", True), ("a=b; ", True), ("a=b;\t", True), ("a=b;x", False)]
)
def test_a_cookie_begins_behind_a_semicolon_and_white_space(before, found):
    """Joined without a space too; a longer name is another cookie."""
    mask = SHOP.read(f"{before}__Host-pk-no=analytics:2026-09".encode(), NOW).mask
    assert mask == (1 << 10 if found else 0)
