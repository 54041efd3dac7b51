"""Cookies of consent managers: what each kind grants and refuses, and what it cannot."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.signals.banners.kinds import KINDS
from privacykit.signals.read import NOTHING_HEARD, Heard, granted_bit, refused_bit
from privacykit.signals.readers.banner import BannerReader
from privacykit.signals.readers.gpp import GppReader, OptOutMeaning, UsPrivacyReader
from privacykit.signals.readers.tcf import TcfMeaning, TcfReader, TcfRule
from privacykit.signals.tcf.permission import TcfNeeds
from tests.signals import bit_writer as write
from tests.signals.test_tcf import BASE

NOW = datetime(2026, 11, 21, tzinfo=UTC)
STATISTICS, ADS = 0, 1
MEANING = TcfMeaning(
    (
        TcfRule(STATISTICS, (TcfNeeds((1, 8, 9)),)),
        TcfRule(ADS, (TcfNeeds((1, 2, 3, 4, 7)),), whole=False),
    ),
    vendor=755,
)
SALE, ADVERTISING, SENSITIVE = refused_bit(1), refused_bit(2), refused_bit(3)
OPT_OUTS = OptOutMeaning(SALE, ADVERTISING, SENSITIVE)
EVERYTHING = SALE | ADVERTISING | SENSITIVE


def _deciseconds(days):
    return int((NOW - timedelta(days=days)).timestamp() * 10)


def _tc(days=40, **changes):
    made = _deciseconds(days)
    said = {**BASE, "created": made, "last_updated": made, **changes}
    return write.tc_string(said).encode()


def _heard(reader, *values):
    return reader.heard(
        [[value] if isinstance(value, bytes) else value for value in values], NOW.timestamp()
    )


TCF = TcfReader(["euconsent-v2"], MEANING)
ALL = frozenset(range(1, 12))


def test_a_tc_string_grants_what_it_consents_to_whole():
    """A purpose with a use that TCF does not speak of is not granted by it."""
    assert _heard(TCF, _tc(purposes_consent=ALL)) == Heard(granted_bit(STATISTICS), 0, months=1)


def test_a_tc_string_refuses_what_it_does_not_consent_to():
    """Whoever answered a banner said no to the rest."""
    no = _heard(TCF, _tc(purposes_consent=frozenset({1, 8, 9})))
    assert no == Heard(granted_bit(STATISTICS), refused_bit(ADS), months=1)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"CPXxRf",
        b"BONciguONcjGKADACHENAOLS1rAAQA",
        _tc(400, purposes_consent=ALL),
        _tc(-3, purposes_consent=ALL),
        _tc(40, purposes_consent=ALL, disclosed_vendors=None),
        _tc(40, purposes_consent=ALL, is_service_specific=False),
        _tc(40, purposes_consent=ALL) + b"A" * 20_000,
        b"\xff\xfe",
    ],
    ids=["empty", "cut", "v1", "old", "future", "undisclosed", "global", "long", "bytes"],
)
def test_a_tc_string_that_may_not_be_relied_upon_says_nothing(value):
    """Neither yes nor no."""
    assert _heard(TCF, value) in (NOTHING_HEARD, Heard())


def test_of_two_tc_strings_the_refusals_count():
    """Cookies of one name on two domains are the classic failure."""
    yes, no = _tc(purposes_consent=ALL), _tc(purposes_consent=frozenset())
    assert _heard(TCF, [yes, no]).granted == 0
    assert _heard(TCF, [no, yes]) == _heard(TCF, [yes, no])


GPP = GppReader(["__gpp"], ["__gpp_sid"], OPT_OUTS, MEANING)
FCCDCF = TcfReader(["FCCDCF"], MEANING)
GPP_IN_LIST = GppReader(["FCCDCF"], [], OPT_OUTS)
BOTH = {"a": True, "b": False}
CALIFORNIA_OUT = b"DBABBg~BVYAAACA.QA"
CALIFORNIA_IN = b"DBABBg~BVoAAACA.QA"
TWO_STATES = b"DBACBrY~BVoAAACA.QA~BVoAAAgA.YA"


@pytest.mark.parametrize(
    ("string", "refused"),
    [
        (CALIFORNIA_OUT, SALE),
        (CALIFORNIA_IN, 0),
        (b"DBABBg~BVkAAACA.QA", ADVERTISING),
        (b"DBABBg~BVoAAQCA.QA", SENSITIVE),
        (b"DBABBg~broken", EVERYTHING),
        (b"DBABBg~BVoAAACA.AA", EVERYTHING),
        (b"not a string", EVERYTHING),
        (b"DBABTA~1YYN", SALE),
        (b"DBABTA~1YNN", 0),
        (b"DBABTA~2YYN", SALE),
        (b"DBABYA~whatever", 0),
    ],
)
def test_a_gpp_string_refuses_what_was_opted_out_of(string, refused):
    """A US section that cannot be read counts as opted out."""
    assert _heard(GPP, string, []) == Heard(refused=refused)


def test_the_gpc_bit_of_a_section_is_gpc():
    """It means what the header means."""
    assert _heard(GPP, b"DBABBg~BVoAAACA.YA", []) == Heard(gpc=True)


@pytest.mark.parametrize(
    ("sid", "refused"),
    [
        ([b"8"], SALE),
        ([b"9"], 0),
        ([b"-1"], 0),
        ([b"7,8"], SALE),
        ([b"broken"], SALE),
        ([], SALE),
        ([b"9", b"9"], 0),
        ([b"9", b"8"], SALE),
    ],
)
def test_only_the_sections_that_apply_are_applied(sid, refused):
    """Where nothing certain is known of that, all are."""
    assert _heard(GPP, CALIFORNIA_OUT, sid) == Heard(refused=refused)


def test_a_tc_string_in_a_gpp_string_means_what_it_means_alone():
    """Where the site says what TC strings mean."""
    text = _tc(purposes_consent=ALL)
    string = write.gpp_header({2}).encode() + b"~" + text
    assert _heard(GPP, string, []) == _heard(TCF, text)
    without = GppReader(["__gpp"], [], OPT_OUTS)
    assert _heard(without, string) == Heard()


def _list(*texts):
    return json.dumps([None, None, None, list(texts), None, [[32, json.dumps(["x"]), [1, 2]]]])


@pytest.mark.parametrize("quoted", [str, quote], ids=["plain", "percent-encoded"])
def test_the_cookie_of_googles_banner_holds_strings_in_a_list(quoted):
    """Each is read as if it stood in a cookie of its own; what else is there says nothing."""
    tc = _tc(purposes_consent=ALL).decode()
    value = quoted(_list(tc, "2~35.~dv.", "DBABBg~BVYAAACA.QA")).encode()
    assert _heard(FCCDCF, value) == _heard(TCF, tc.encode())
    assert _heard(GPP_IN_LIST, value) == _heard(GPP, CALIFORNIA_OUT)
    nested = quoted(json.dumps([json.dumps([tc])])).encode()
    assert _heard(FCCDCF, nested) == _heard(TCF, tc.encode())


@pytest.mark.parametrize(
    "value", [b"[", b"%5B", b"[" * 9999, b'["C', b"[1]", b"[[[[[[[[[]]]]]]]]]"]
)
def test_a_list_that_cannot_be_read_grants_nothing(value):
    """And is no opt-out that was never said, unless it is broken, which no string may be."""
    assert _heard(FCCDCF, value) == Heard()
    assert _heard(GPP_IN_LIST, value).granted == 0


@pytest.mark.parametrize(
    ("value", "refused"),
    [(b"1YYN", SALE), (b"1yyn", SALE), (b"1YNN", 0), (b"1---", 0), (b"9-Y-", SALE), (b"null", 0)],
)
def test_a_us_privacy_string_refuses_sale(value, refused):
    """A Y in third place counts in any version."""
    assert _heard(UsPrivacyReader(["usprivacy"], OPT_OUTS), value) == Heard(refused=refused)


def _json(value):
    return quote(json.dumps(value))


BANNERS = [
    (
        "onetrust",
        "isGpcEnabled=0&interactionCount=1&groups=C0001%3A1%2CC0002%3A1%2CC0004%3A0",
        {"C0002": True, "C0004": False},
    ),
    (
        "onetrust",
        "interactionCount=1&groups=C0002:1,C0004:&groups=C0002:0",
        {"C0002": False, "C0004": None},
    ),
    (
        "cookiebot",
        quote("{stamp:'x',statistics:true,marketing:false,method:'explicit',ver:1}"),
        {"statistics": True, "marketing": False},
    ),
    ("cookiebot", "-1", {"statistics": None}),
    ("cookiebot", "{statistics:true,statistics:false}", {"statistics": False, "marketing": None}),
    (
        "didomi",
        b64encode(b'{"purposes":{"enabled":["a","b"],"disabled":["b"]}}').decode(),
        {"a": True, "b": False, "c": None},
    ),
    ("didomi", b64encode(b'{"purposes":7}').decode(), {"a": None}),
    ("didomi", "no base64!", {"a": None}),
    ("didomi", b64encode(b"\xff").decode(), {"a": None}),
    ("orestbida", _json({"categories": ["necessary", "a"]}), {"a": True, "b": False}),
    ("orestbida", _json({"categories": 7}), {"a": None}),
    ("klaro", _json({"a": True, "b": False, "c": "yes"}), {"a": True, "b": False, "c": None}),
    ("klaro", '{"a": true}', {"a": True}),
    ("klaro", "[" * 9000, {"a": None}),
    (
        "tarteaucitron",
        "!a=true!b=false!c=wait!d=true!d=false",
        {"a": True, "b": False, "c": None, "d": False},
    ),
    ("fides", _json({"consent": {"a": True, "b": False}}), {"a": True, "b": False, "c": None}),
    ("fides", _json({"consent": dict.fromkeys(map(str, range(999)), True)}), {"1": None}),
    *(
        (
            "fides",
            _json({"consent": BOTH, "fides_meta": {"consentMethod": how}}),
            {"a": on, "b": False},
        )
        for how, on in (
            ("accept", True),
            ("save", True),
            ("gpc", None),
            ("dismiss", None),
            (1, None),
        )
    ),
    ("orestbida", _json({"categories": ["a"] * 999}), {"a": False}),
]


@pytest.mark.parametrize(
    ("kind", "value", "said"), BANNERS, ids=[f"{row[0]}-{n}" for n, row in enumerate(BANNERS)]
)
def test_a_banners_cookie_says_what_was_chosen(kind, value, said):
    """By category; what it does not say is nothing."""
    banner = KINDS[kind]
    reader = BannerReader(banner.cookies, banner.read, {c: [i] for i, c in enumerate(said)})
    heard = _heard(reader, value.encode())
    assert heard.granted == sum(granted_bit(i) for i, yes in enumerate(said.values()) if yes)
    refused = sum(refused_bit(i) for i, yes in enumerate(said.values()) if yes is False)
    assert heard.refused == refused


_COOKIEBOT = "{stamp:'%s',necessary:true,statistics:true,marketing:false%s,ver:1,region:'us'}"
_ONETRUST = "isGpcEnabled=0&%s&groups=C0001%%3A1%%2CC0002%%3A1%%2CC0004%%3A0"


@pytest.mark.parametrize(
    ("kind", "text", "given"),
    [
        ("cookiebot", _COOKIEBOT % ("x==", ",method:'explicit'"), True),
        ("cookiebot", _COOKIEBOT % ("x==", ',"method":"explicit"'), True),
        ("cookiebot", _COOKIEBOT % ("x==", ",method:'implied'"), False),
        ("cookiebot", _COOKIEBOT % ("-1", ",method:'implied'"), False),
        ("cookiebot", _COOKIEBOT % ("-1", ",method:'explicit'"), False),
        ("cookiebot", _COOKIEBOT % ("x==", ",method:'explicit',method:'implied'"), False),
        ("cookiebot", _COOKIEBOT % ("x==", ",method:'explicitly'"), False),
        ("cookiebot", _COOKIEBOT % ("x==", ",method:''"), False),
        ("cookiebot", _COOKIEBOT % ("x==", ""), False),
        ("onetrust", _ONETRUST % "interactionCount=1&AwaitingReconsent=false", True),
        ("onetrust", _ONETRUST % "interactionCount=32&landingPath=NotLandingPage", True),
        ("onetrust", _ONETRUST % "landingPath=NotLandingPage", True),
        ("onetrust", _ONETRUST % "interactionCount=0&AwaitingReconsent=false", False),
        ("onetrust", _ONETRUST % "interactionCount=0&landingPath=NotLandingPage", False),
        ("onetrust", _ONETRUST % "interactionCount=1&interactionCount=0", False),
        ("onetrust", _ONETRUST % "interactionCount=1&AwaitingReconsent=true", False),
        ("onetrust", _ONETRUST % "interactionCount=x", False),
        ("onetrust", _ONETRUST % "interactionCount=", False),
        ("onetrust", _ONETRUST % "landingPath=https%3A%2F%2Fshop.example%2F", False),
        ("onetrust", _ONETRUST % "version=6.8.0", False),
    ],
)
def test_a_banner_grants_only_what_somebody_gave(kind, text, given):
    """What is on because nobody was asked is no consent; what is off is refused all the same."""
    banner = KINDS[kind]
    on, off = ("statistics", "marketing") if kind == "cookiebot" else ("C0002", "C0004")
    reader = BannerReader(banner.cookies, banner.read, {on: [0], off: [1]})
    value = quote(text) if kind == "cookiebot" else text
    assert _heard(reader, value.encode()) == Heard(granted_bit(0) if given else 0, refused_bit(1))


@pytest.mark.parametrize(
    ("given", "removed", "heard"),
    [
        ([b"1795000000000"], [], Heard(granted_bit(0))),
        ([b"1795000000000"], [b"1"], Heard(0, refused_bit(0))),
        ([], [b"1"], Heard(0, refused_bit(0))),
        ([b"x"], [], Heard()),
    ],
)
def test_matomos_removal_goes_before_its_consent(given, removed, heard):
    """Both cookies may be there."""
    banner = KINDS["matomo"]
    reader = BannerReader(banner.cookies, banner.read, {"consent": [0], "cookie_consent": [1]})
    assert _heard(reader, given, [], removed) == heard


def test_a_purpose_of_two_categories_needs_both():
    """One is not enough, and one refusal is."""
    banner = KINDS["klaro"]
    reader = BannerReader(banner.cookies, banner.read, {"a": [0], "b": [0]})
    assert _heard(reader, b'{"a":true,"b":true}') == Heard(granted_bit(0))
    assert _heard(reader, b'{"a":true}') == Heard()
    assert _heard(reader, b'{"a":true,"b":false}') == Heard(0, refused_bit(0))


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(st.text(max_size=80) | st.text('{}[]",:=!%truefals', max_size=80))
@settings(max_examples=80, deadline=None)
def test_no_banners_cookie_raises(kind, value):
    """Whatever stands in it."""
    banner = KINDS[kind]
    reader = BannerReader(banner.cookies, banner.read, {"consent": [0], "C0002": [0], "a": [1]})
    values = [[value.encode()] for _ in banner.cookies]
    assert isinstance(reader.heard(values, 0.0), Heard)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_cookie_that_is_too_long_says_nothing_good(kind):
    """Work is bounded."""
    banner = KINDS[kind]
    categories = banner.categories or ("a",)
    reader = BannerReader(banner.cookies, banner.read, {name: [0] for name in categories})
    values = [[b'{"a":true}' * 9000] for _ in banner.cookies]
    assert reader.heard(values, 0.0).granted == 0


@pytest.mark.parametrize(
    ("reader", "everything"),
    [
        (TCF, refused_bit(STATISTICS) | refused_bit(ADS)),
        (GPP, EVERYTHING | refused_bit(STATISTICS)),
        (GppReader(["__gpp"], [], OPT_OUTS), EVERYTHING),
        (UsPrivacyReader(["usprivacy"], OPT_OUTS), SALE),
        (
            BannerReader(["a"], KINDS["klaro"].read, {"x": [0, 1], "y": [1, 4]}),
            sum(map(refused_bit, (0, 1, 4))),
        ),
    ],
    ids=["tcf", "gpp", "gpp-without-tcf", "usprivacy", "banner"],
)
def test_a_reader_knows_all_that_its_cookies_may_refuse(reader, everything):
    """So that it is refused where the cookies are too many to be read."""
    assert reader.everything == everything
