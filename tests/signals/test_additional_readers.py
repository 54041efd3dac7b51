"""AC strings beside TC strings: what they grant, refuse, and leave unsaid; never more than asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import ConfigurationError
from privacykit.settings.load import parse
from privacykit.settings.signals.readers import cookie_readers, query_readers
from privacykit.signals.heard import HeardCookies
from privacykit.signals.read import Heard, granted_bit, refused_bit
from privacykit.signals.readers.additional import NOTHING_ADDED, AdditionalSaid
from privacykit.testing.layout import CONFIG
from tests.signals import bit_writer as write
from tests.signals.test_tcf import BASE

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MANAGED = (
    CONFIG
    + """
[tcf]
vendor = 755
parameters = ["gdpr_consent"]
additional_consent_parameters = ["addtl_consent"]
[tcf.uses.sale]
purposes = [2]
[tcf.google_providers]
ads = [89, 2677]
[gpp]
parameters = ["gpp"]
"""
)
PROFILE, ADS = 2, 3
YES, NO = granted_bit(ADS), refused_bit(ADS)


def _tc(days=40, **changes):
    made = int((NOW - timedelta(days=days)).timestamp() * 10)
    said = {**BASE, "created": made, "last_updated": made}
    return write.tc_string({**said, "purposes_consent": frozenset(range(1, 12)), **changes})


TC = _tc()
GPP = f"DBABMA~{TC}"


def heard(readers, values):
    """Return grants and refusals of *values* by cookie name, as the middleware reads them."""
    cookie = "; ".join(f"{name}={one}" for name, listed in values.items() for one in listed)
    known = HeardCookies(readers, NOW.timestamp(), lambda mask: mask)
    mask = known.join(0, cookie.encode())
    # A grant of somebody else's has both bits.
    return YES if mask & NO and mask & YES else mask & NO


@pytest.fixture(scope="module")
def readers():
    """The readers of a site whose advertising has two of Google's providers."""
    return cookie_readers(parse(MANAGED))


CASES = [
    ([], 0),
    (["1~89.2677"], YES),
    (["1~1.89.100.2677"], YES),
    (["2~89.2677~dv.1"], YES),
    (["2~89.2677~dv."], YES),
    (["1~89"], 0),
    (["2~89~dv.1"], 0),
    (["2~89~dv.2677"], NO),
    (["2~~dv.89"], NO),
    (["2~89.2677~dv.89"], 0),
    (["1~"], 0),
    (["1~89.2677", "1~89"], 0),
    (["1~89.2677", "2~89~dv.2677"], NO),
    (["1~89.2677", "broken"], 0),
    (["3~89.2677"], 0),
    (["1~89.2677."], 0),
    (["1~089.2677x"], 0),
    (["1~89.2677~dv.1"], 0),
    (["2~89.2677"], 0),
    (["1~89.2677" + ".1" * 9_000], 0),
]


@pytest.mark.parametrize(("strings", "expected"), CASES)
@pytest.mark.parametrize("beside", [("euconsent-v2", TC), ("__gpp", GPP)], ids=["tcf", "gpp"])
def test_only_what_every_ac_string_says_is_consent(readers, strings, expected, beside):
    """Read whole; shown without consent is a refusal; all else is neither."""
    name, string = beside
    assert heard(readers, {name: [string], "addtl_consent": strings}) == expected


LISTED = [
    (strings, said)
    for strings, said in CASES
    if all(one.startswith(("1~", "2~")) and len(one) < 99 for one in strings)
]


@pytest.mark.parametrize(("strings", "expected"), LISTED)
@pytest.mark.parametrize("quoted", [str, quote], ids=["plain", "percent-encoded"])
@pytest.mark.parametrize(("name", "string"), [("euconsent-v2", TC), ("__gpp", GPP)])
def test_in_the_list_of_googles_banner_it_says_the_same(
    readers, strings, expected, quoted, name, string
):
    """Beside the TC string, wherever it stands there; a cookie of its own beside it counts, too."""
    value = quoted(json.dumps([None, [string, *strings], [1]], separators=(",", ":")))
    assert heard(readers, {name: [value]}) == expected
    apart = quoted(json.dumps([None, [string, *strings[:1]]], separators=(",", ":")))
    assert heard(readers, {name: [apart], "addtl_consent": strings[1:]}) == expected


@pytest.mark.parametrize(
    "string",
    ["", "CPXx", _tc(400), _tc(disclosed_vendors=None)],
    ids=["none", "cut", "old", "void"],
)
@pytest.mark.parametrize("added", ["1~89.2677", "2~89~dv.2677"])
def test_an_ac_string_alone_says_nothing(readers, string, added):
    """It belongs to a TC string that may be relied upon."""
    assert heard(readers, {"euconsent-v2": [string], "addtl_consent": [added]}) == 0


def test_it_never_allows_what_the_tc_string_refuses(readers):
    """Consent to a provider is not consent to the purpose."""
    some = _tc(purposes_consent=frozenset({1, 8, 9}))
    assert heard(readers, {"euconsent-v2": [some], "addtl_consent": ["1~89.2677"]}) == NO


def test_other_purposes_need_no_ac_string(readers):
    """Only where providers are named."""
    known = HeardCookies(readers, NOW.timestamp(), lambda mask: mask)
    mask = known.join(0, f"euconsent-v2={TC}; addtl_consent=1~89".encode())
    assert mask & granted_bit(PROFILE)
    assert not mask & granted_bit(ADS)


@pytest.mark.parametrize(("name", "string"), [("gdpr_consent", TC), ("gpp", GPP)])
@pytest.mark.parametrize(("added", "expected"), [("1~89.2677", 0), ("2~89~dv.2677", NO)])
def test_in_an_address_it_may_only_refuse(name, string, added, expected):
    """Anybody can write a link."""
    known = HeardCookies(
        query_readers(parse(MANAGED)), NOW.timestamp(), lambda mask: mask, restricts=True
    )
    query = f"{name}={string}&addtl_consent={added}".encode()
    assert known.join_query(0, query) & (YES | NO) == expected


def test_where_no_provider_is_named_the_cookie_is_not_looked_at():
    """A request costs what it did."""
    config = MANAGED.replace("[tcf.google_providers]\nads = [89, 2677]\n", "")
    for made in (cookie_readers, query_readers):
        assert not any(b"addtl_consent" in reader.names for reader in made(parse(config)))
    assert any(b"addtl_consent" in reader.names for reader in cookie_readers(parse(MANAGED)))


ids = st.frozensets(st.integers(1, 6), max_size=6)
strings = st.builds(
    lambda agreed, shown: (
        f"1~{'.'.join(map(str, sorted(agreed)))}"
        if shown is None
        else f"2~{'.'.join(map(str, sorted(agreed)))}~dv.{'.'.join(map(str, sorted(shown)))}"
    ),
    ids,
    st.none() | ids,
) | st.text("12~.dv0", max_size=12)


@given(st.lists(strings, max_size=3), st.lists(st.integers(1, 6), min_size=1, max_size=3))
def test_more_strings_and_more_providers_never_allow_more(texts, providers):
    """What is asked of fewer, or said by more, is consent only where the whole is."""
    whole = AdditionalSaid.of(texts).permission(providers)
    alone = {AdditionalSaid.of([text]).permission([one]) for text in texts for one in providers}
    assert (whole == "consent") is (alone == {"consent"})
    assert (whole == "refused") is ("refused" in alone)


def test_nothing_is_no_consent():
    """Neither of providers nor of strings."""
    assert NOTHING_ADDED.permission([89]) == "unsaid"


@pytest.mark.parametrize(
    ("table", "id_"),
    [
        ("analytics = [89]\nother = [1]", "PK015"),
        ("necessary = [89]", "PK400"),
        ("ads = [0]", "PK014"),
        ("ads = [65536]", "PK014"),
        ("ads = []", "PK014"),
    ],
)
def test_providers_that_mean_nothing_are_refused(table, id_):
    """Of no purpose, of one that TCF does not speak of, and ids that cannot be."""
    with pytest.raises(ConfigurationError) as refused:
        parse(MANAGED.replace("ads = [89, 2677]", table))
    assert {problem.id for problem in refused.value.problems} == {id_}


def test_what_is_heard_of_one_string_is_what_its_reader_says(readers):
    """The memory of strings changes nothing."""
    tcf = readers[0]
    values = [[TC.encode()], [b"1~89.2677"]]
    assert tcf.heard(values, NOW.timestamp()) == Heard(
        granted_bit(1) | granted_bit(PROFILE) | YES, months=1
    )
