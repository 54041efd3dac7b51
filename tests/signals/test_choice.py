"""The refusal and the grant cookie, as they are written and as they are read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from privacykit.errors import KeyMaterialError
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import (
    AGE_SHIFT,
    DNT,
    GPC,
    GRANT_AFTER_GPC,
    NO_CHOICE,
    PURPOSE_SHIFT,
    REFUSED,
    Choice,
    after_granting,
    age_months,
    granted,
    refused,
)
from privacykit.signals.choice.time import GRANT_SECONDS

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
RECORD = "AAECAwQFBgcICQoLDA0ODw"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
PURPOSES = ("analytics", "ads", "a b:c/d;é")


def cookies(**changes):
    """Return the cookies of a site with three purposes."""
    given = {"site": "shop", "purposes": PURPOSES, "sign_keys": [KEY], **changes}
    return ChoiceCookies(**given)


def sent(*set_cookies):
    """Return the Cookie header a browser sends after *set_cookies*."""
    return "; ".join(value.partition(";")[0] for value in set_cookies).encode()


def grant(purposes=("analytics",), now=NOW, **options):
    """Return the Cookie header after a grant."""
    return sent(cookies().grant(RECORD, purposes, now, "v1", **options))


def test_no_cookie_is_no_choice():
    """Nothing said is nothing granted and nothing refused."""
    assert cookies().read(b"session=x; theme=dark", NOW) == NO_CHOICE


def test_a_grant_names_its_purposes_and_record():
    """What was granted is granted, the rest is not."""
    choice = cookies().read(grant(("analytics", "a b:c/d;é")), NOW)
    assert choice.record == RECORD
    assert [granted(choice.mask, index) for index in range(3)] == [True, False, True]


def test_a_refusal_of_everything_refuses_each_purpose():
    """One word refuses all, purposes added later included."""
    choice = cookies().read(sent(cookies().refusal()), NOW)
    assert choice.record is None
    assert choice.mask & REFUSED
    assert [refused(choice.mask, index) for index in range(3)] == [True] * 3


def test_a_refusal_of_one_purpose_leaves_the_others():
    """Purposes are refused one by one."""
    choice = cookies().read(sent(cookies().refusal(["ads"])), NOW)
    assert choice.mask == (2 << PURPOSE_SHIFT + 2)


def test_refusing_every_purpose_by_name_refuses_everything():
    """A list of all is all."""
    assert cookies().read(sent(cookies().refusal(PURPOSES)), NOW).mask & REFUSED


def test_a_refusal_wins_over_a_grant_of_the_same_purpose():
    """Contradiction is resolved against collecting."""
    both = sent(cookies().grant(RECORD, ["analytics", "ads"], NOW), cookies().refusal(["ads"]))
    choice = cookies().read(both, NOW)
    assert (granted(choice.mask, 0), granted(choice.mask, 1)) == (True, False)
    assert refused(choice.mask, 1)


@pytest.mark.parametrize("named", [None, ["analytics"]], ids=["all", "the one granted"])
def test_a_refused_grant_leaves_no_record(named):
    """Where nothing granted is left, no consent record is named."""
    both = grant() + b"; " + sent(cookies().refusal(named))
    choice = cookies().read(both, NOW)
    assert choice.record is None
    assert not granted(choice.mask, 0)


@pytest.mark.parametrize(
    "value", ["", "nonsense", "analytics/gone", "x" * 4000, "\xff", "*", "%", "analytics/"]
)
def test_a_refusal_we_do_not_understand_refuses_everything(value):
    """Broken, renamed and overlong values are refusals all the same."""
    header = b"a=b; __Host-pk-no=" + value.encode("latin-1")
    assert cookies().read(header, NOW).mask & REFUSED


def test_refusals_add_up():
    """Of two refusal cookies both count."""
    header = sent(cookies().refusal(["ads"]), cookies().refusal(["analytics"]))
    mask = cookies().read(header, NOW).mask
    assert tuple(refused(mask, index) for index in range(3)) == (True, True, False)


def test_decoys_do_not_hide_a_refusal():
    """More imitations than are read count as a refusal."""
    header = b"x__Host-pk-no=1; " * 16 + sent(cookies().refusal())
    assert cookies().read(header, NOW).mask & REFUSED


def test_as_many_imitations_as_are_read_hide_nothing():
    """When all of them were read, they are known not to be the cookie."""
    assert cookies().read(b"x__Host-pk-no=1; " * 16, NOW) == NO_CHOICE


def test_imitations_are_not_the_cookie():
    """The name is compared whole, and a value that holds it is no cookie."""
    header = b"x__Host-pk-no=1; y=__Host-pk-no=1; __Host-pk-nox=1"
    assert cookies().read(header, NOW) == NO_CHOICE


def test_conflicting_grants_are_void():
    """Two grants that differ prove nothing."""
    header = grant() + b"; " + grant(("ads",))
    assert cookies().read(header, NOW) == NO_CHOICE


def test_the_same_grant_twice_is_one():
    """A browser may send one cookie for two paths."""
    assert cookies().read(grant() + b"; " + grant(), NOW).record == RECORD


@pytest.mark.parametrize(
    "reader",
    [
        {"sign_keys": [OTHER_KEY]},
        {"sign_keys": []},
        {"site": "blog"},
        {"texts": ["v2"]},
        {"secure": False},
    ],
    ids=["other key", "no key", "other site", "other text", "other name"],
)
def test_a_grant_that_is_not_ours_is_no_consent(reader):
    """Key, site, wording and cookie name must all be right."""
    assert cookies(**reader).read(grant(), NOW) == NO_CHOICE


def test_a_grant_under_an_accepted_text_counts():
    """The wording may have several versions that ask for the same."""
    assert cookies(texts=["v1", "v2"]).read(grant(), NOW).record == RECORD


def test_an_older_key_still_verifies():
    """After a rotation the new key signs and the old one still reads."""
    rotated = cookies(sign_keys=[OTHER_KEY, KEY])
    assert rotated.read(grant(), NOW).record == RECORD
    assert cookies().read(sent(rotated.grant(RECORD, ["ads"], NOW)), NOW) == NO_CHOICE


def test_every_changed_character_voids_a_grant():
    """No part of the cookie is outside the signature."""
    header = grant()
    start = header.index(b"=") + 1
    changed = [
        header[:at] + (b"0" if header[at : at + 1] != b"0" else b"1") + header[at + 1 :]
        for at in range(start, len(header))
    ]
    assert all(cookies().read(each, NOW) == NO_CHOICE for each in changed)


@pytest.mark.parametrize("value", [b"", b"1:2:3", b"\xff:::::", b"1" * 4000, b":" * 6])
def test_a_malformed_grant_is_no_consent(value):
    """Nothing broken is ever read as yes."""
    assert cookies().read(b"__Host-pk-yes=" + value, NOW) == NO_CHOICE


def test_a_grant_of_purposes_that_are_gone_is_no_consent():
    """A signed grant of nothing we still do allows nothing."""
    assert cookies(purposes=["new"]).read(grant(), NOW) == NO_CHOICE


@pytest.mark.parametrize(
    ("ahead", "counts"), [(59, True), (61, False)], ids=["clock skew", "future"]
)
def test_a_future_dated_grant_is_no_consent(ahead, counts):
    """Clocks of two nodes may differ a little, no more."""
    assert counts is (cookies().read(grant(now=NOW + ahead), NOW).record is not None)


@pytest.mark.parametrize(("age", "counts"), [(GRANT_SECONDS, True), (GRANT_SECONDS + 1, False)])
def test_a_grant_ends_with_its_cookie(age, counts):
    """What is older than a browser keeps it was kept by something else, and is no consent."""
    assert counts is (cookies().read(grant(now=NOW - age), NOW).record is not None)


def test_a_withdrawn_grant_is_none():
    """A cookie that is replayed after the withdrawal grants nothing, and says which it was."""
    read = cookies().read(grant(), NOW, {RECORD})
    assert (read.mask, read.record, read.ended) == (0, None, RECORD)


def test_a_grant_after_gpc_says_so():
    """A grant that goes against the signal after a notice is marked."""
    mask = cookies().read(grant(after_gpc=True), NOW).mask
    assert mask & GRANT_AFTER_GPC
    assert not cookies().read(grant(), NOW).mask & GRANT_AFTER_GPC


@pytest.mark.parametrize(
    ("given", "read", "months"),
    [
        ((2026, 11, 21), (2026, 11, 21), 0),
        ((2026, 5, 22), (2026, 11, 21), 5),
        ((2026, 5, 21), (2026, 11, 21), 6),
        ((2026, 1, 31), (2026, 2, 28), 0),
        ((2026, 1, 31), (2026, 3, 1), 1),
        ((2025, 11, 1), (2026, 11, 21), 12),
    ],
)
def test_the_age_of_a_grant_is_in_calendar_months(given, read, months):
    """A month is a calendar month (Regulation 1182/71), capped at what the bits hold."""
    at, now = (datetime(*day, 12, tzinfo=UTC).timestamp() for day in (given, read))
    assert months == age_months(cookies().read(grant(now=at), now).mask)


@pytest.mark.parametrize(
    ("month", "months"),
    [("2026-11", 0), ("2025-10", 12), ("2001-01", 31), ("2030-01", 0), ("", 0), ("x-1", 0)],
)
def test_the_age_of_a_refusal_is_never_overstated(month, months):
    """Only whole months that have surely passed count, so nobody is asked too soon."""
    header = f"__Host-pk-no=*:{month}".encode()
    assert months == age_months(cookies().read(header, NOW).mask)


def test_a_refusal_keeps_the_month_it_was_made_in():
    """The month is no identifier, and it tells when we may ask again."""
    set_cookie = cookies().refusal(now=NOW)
    assert set_cookie.startswith("__Host-pk-no=*:2026-11; ")
    assert age_months(cookies().read(sent(set_cookie), NOW + 365 * 86_400).mask) == 11


def test_the_age_is_of_the_grant_where_one_is_in_force():
    """A partial refusal beside a grant does not hide when consent ends."""
    header = grant(now=NOW - 62 * 86_400) + b"; " + sent(cookies().refusal(["ads"], NOW))
    assert cookies().read(header, NOW).mask >> AGE_SHIFT & 31 == 2


@pytest.mark.parametrize(
    ("options", "prefix", "attributes"),
    [
        ({}, "__Host-", "; Path=/; Secure; HttpOnly; SameSite=Lax"),
        (
            {"domain": "shop.example"},
            "__Secure-",
            "; Path=/; Domain=shop.example; Secure; HttpOnly; SameSite=Lax",
        ),
        ({"secure": False}, "", "; Path=/; HttpOnly; SameSite=Lax"),
    ],
    ids=["host", "domain", "plain http"],
)
def test_the_prefix_is_the_strictest_there_is(options, prefix, attributes):
    """A subdomain can neither plant nor overwrite what `__Host-` protects."""
    site = cookies(**options)
    assert (f"{prefix}pk-no".encode(), f"{prefix}pk-yes".encode()) == site.names
    assert all(
        value.startswith(prefix) and value.endswith(attributes)
        for value in (site.refusal(), site.grant(RECORD, ["ads"], NOW), site.clear_grant())
    )


def test_a_refusal_holds_no_identifier_and_no_end():
    """Two visitors' refusals are the same bytes, with the longest life there is."""
    assert cookies().refusal(["ads"], NOW) == cookies().refusal(["ads"], NOW + 60)
    assert "Max-Age=2147483647" in cookies().refusal()


def test_clearing_ends_a_cookie():
    """A grant and a refusal can be taken back."""
    assert cookies().clear_grant().startswith("__Host-pk-yes=; Max-Age=0")
    assert cookies().clear_refusal().startswith("__Host-pk-no=; Max-Age=0")


def test_no_grant_without_a_key():
    """A grant that nobody could verify is not written."""
    with pytest.raises(KeyMaterialError, match="needs a signing key"):
        cookies(sign_keys=[]).grant(RECORD, ["ads"], NOW)


def test_a_short_key_is_refused():
    """A key too short to be one stops the start."""
    with pytest.raises(KeyMaterialError, match="at least 32 bytes"):
        cookies(sign_keys=[b"short"])


def test_a_choice_is_a_small_closed_value():
    """Equal choices are equal, so plans can be kept per mask."""
    assert Choice(REFUSED) == Choice(REFUSED)
    assert hash(Choice(REFUSED)) == hash(Choice(REFUSED))


def test_the_first_moment_is_written_as_zero():
    """The epoch is a moment like any other."""
    assert ":0:" in cookies().grant("r", ["ads"], 0)


@pytest.mark.parametrize("signals", [0, DNT, GPC], ids=["none", "dnt", "gpc"])
def test_what_a_grant_could_change(signals):
    """The mask right after allowing everything keeps the signals and forgets the refusals."""
    mask = after_granting(signals | REFUSED, 2)
    assert (granted(mask, 0), granted(mask, 1), granted(mask, 2)) == (True, True, False)
    assert mask & (REFUSED | GPC | DNT) == signals
    assert bool(mask & GRANT_AFTER_GPC) is (signals == GPC)


def test_records_of_overridden_grants_are_still_known():
    """A grant that a refusal or a second grant overrides has a record to withdraw."""
    site = cookies()
    header = sent(site.grant("a", ["ads"], NOW), site.grant("b", ["ads"], NOW), site.refusal())
    assert site.records(header, NOW) == ("a", "b")
    assert site.records(b"__Host-pk-yes=forged", NOW) == ()


def test_a_refusal_is_prolonged_as_it_stands():
    """Renewal repeats what was said, and only what we could have written."""
    site = cookies()
    assert site.renewal(sent(site.refusal(["ads"], NOW))) == site.refusal(["ads"], NOW)
    assert site.renewal(b"__Host-pk-no=<>") is None
    assert site.renewal(b"a=b") is None


def test_a_grant_carries_earlier_records_along():
    """A later withdrawal must reach events that are pending under an earlier record."""
    site = cookies()
    header = sent(site.grant("new", ["ads"], NOW, earlier=["c", "b", "a", "too old"]))
    assert site.read(header, NOW).record == "new"
    assert site.records(header, NOW) == ("new", "c", "b", "a")
