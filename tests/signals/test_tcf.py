"""TC strings: written here and read back, cut, spoilt; and which of them may be relied upon."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.cli.signals.plain import tcf_members
from privacykit.signals.tcf.decode import decode
from privacykit.signals.tcf.fields import timestamp
from privacykit.signals.tcf.model import TcString, TcStringV1
from privacykit.signals.tcf.validity import TcFacts, unusable
from privacykit.signals.unknown import Unknown
from tests.signals import bit_writer as write

VECTORS = Path(__file__).parents[1] / "vectors" / "consent"
VALID = [
    case["input"]
    for name in ("tcf_v1", "tcf_v2")
    for case in json.loads((VECTORS / f"{name}.json").read_text())["cases"]
]
NOW = datetime(2026, 11, 21, tzinfo=UTC)

ids = st.frozensets(st.integers(1, 400), max_size=40)
purposes = st.frozensets(st.integers(1, 24))
small = st.integers(0, 63)
middle = st.integers(0, 4095)
times = st.integers(0, (1 << 36) - 1)
codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
custom = st.frozensets(st.integers(1, 63))
strings = st.fixed_dictionaries(
    {
        "created": times,
        "last_updated": times,
        "cmp_id": middle,
        "cmp_version": middle,
        "consent_screen": small,
        "consent_language": codes,
        "vendor_list_version": middle,
        "tcf_policy_version": small,
        "is_service_specific": st.booleans(),
        "use_non_standard_texts": st.booleans(),
        "special_feature_opt_ins": st.frozensets(st.integers(1, 12)),
        "purposes_consent": purposes,
        "purposes_li_transparency": purposes,
        "purpose_one_treatment": st.booleans(),
        "publisher_cc": codes,
        "vendor_consents": ids,
        "consents_as_range": st.booleans(),
        "vendor_legitimate_interests": ids,
        "interests_as_range": st.booleans(),
        "publisher_restrictions": st.lists(
            st.tuples(st.integers(1, 24), st.integers(0, 3), ids), max_size=3
        ),
        "disclosed_vendors": st.none() | ids,
        "allowed_vendors": st.none() | ids,
        "publisher_tc": st.none() | st.tuples(purposes, purposes, st.just(63), custom, custom),
    }
)


def _expected(said):
    members = {"version": 2}
    for name in TcString.__struct_fields__:
        value = said[name]
        if name in {"created", "last_updated"}:
            value = timestamp(value)
        elif name == "publisher_restrictions":
            value = [
                {"purpose_id": purpose, "restriction_type": kind, "vendor_ids": sorted(vendors)}
                for purpose, kind, vendors in value
            ]
        elif name == "publisher_tc" and value is not None:
            keys = (
                "pub_purposes_consent",
                "pub_purposes_li_transparency",
                "num_custom_purposes",
                "custom_purposes_consent",
                "custom_purposes_li_transparency",
            )
            found = zip(keys, value, strict=True)
            value = {key: one if isinstance(one, int) else sorted(one) for key, one in found}
        elif isinstance(value, frozenset):
            value = sorted(value)
        members[name] = value
    return members


@given(strings)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(said):
    """Every field and segment comes back as it was put in."""
    string = decode(write.tc_string(said))
    assert not isinstance(string, Unknown)
    assert _expected(said) == tcf_members(string)


@given(st.sampled_from(VALID), st.data())
@settings(max_examples=200, deadline=None)
def test_a_string_that_is_cut_is_never_another_consent(text, data):
    """Cut anywhere in its core, a string is unknown, or only its padding is gone."""
    core, *segments = text.split(".")
    cut = data.draw(st.integers(0, len(core) - 1))
    read = decode(".".join([core[:cut], *segments]))
    assert isinstance(read, Unknown) or read == decode(text)


@given(st.sampled_from(VALID), st.data())
@settings(max_examples=100, deadline=None)
def test_a_character_that_does_not_belong_makes_it_unknown(text, data):
    """Outside of base64url nothing is passed over."""
    at = data.draw(st.integers(0, len(text) - 1).filter(lambda place: text[place] != "."))
    wrong = data.draw(st.sampled_from("=+/ \u00e9\u0661\u200b!%\n"))
    read = decode(text[:at] + wrong + text[at + 1 :])
    assert isinstance(read, Unknown)
    assert read.reason == "bad_character"


BASE = {
    **dict.fromkeys(("created", "last_updated", "cmp_id", "cmp_version", "consent_screen"), 1),
    "consent_language": "EN",
    "vendor_list_version": 1,
    "tcf_policy_version": 5,
    "is_service_specific": True,
    "use_non_standard_texts": False,
    "special_feature_opt_ins": frozenset(),
    "purposes_consent": frozenset({1, 2}),
    "purposes_li_transparency": frozenset({7}),
    "purpose_one_treatment": False,
    "publisher_cc": "DE",
    "vendor_consents": frozenset({1, 2, 755}),
    "consents_as_range": True,
    "vendor_legitimate_interests": frozenset({2}),
    "interests_as_range": False,
    "publisher_restrictions": [],
    "disclosed_vendors": frozenset({1, 2, 755}),
    "allowed_vendors": None,
    "publisher_tc": None,
}
CORE = write.tc_core(BASE)
VENDORS_AT = 213


def _with_vendors(section):
    """Return a core whose vendor consents are *section*, and nothing behind them."""
    rest = write.vendors((), as_range=False) + write.number(0, 12)
    return write.text_of(CORE[:VENDORS_AT] + section + rest)


def _entries(*entries, highest=10):
    bits = write.number(highest, 16) + "1" + write.number(len(entries), 12)
    for first, last in entries:
        bits += "1" + write.number(first, 16) + write.number(last, 16)
    return bits


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("CA", "truncated"),
        ("CA==", "bad_character"),
        ("DOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", "unsupported_version"),
        ("ZAAgH9794ulA", "no_core"),
        (_with_vendors(_entries((0, 3))), "bad_range"),
        (_with_vendors(_entries((5, 3))), "bad_range"),
        (_with_vendors(_entries((5, 11))), "bad_range"),
        (_with_vendors(write.number(10, 16) + "1" + write.number(1001, 12)), "too_many"),
        (write.text_of(CORE + "0000001"), "trailing_bits"),
        (write.text_of(CORE[:-12] + write.number(257, 12)), "too_many"),
        (write.text_of(CORE[:-12] + write.number(1, 12) + write.number(25, 6) + "00"), "bad_value"),
        (write.text_of(CORE[:201] + "011111" * 2 + CORE[213:]), "bad_value"),
        (write.text_of(CORE) + ".IAAA.IAAA", "duplicate"),
        (write.text_of(CORE) + ".YAAAAAAAAAA.YAAAAAAAAAA", "duplicate"),
        (write.text_of(CORE) + ".IAAA.QAAA.YAAAAAAAAAA.IAAA", "duplicate"),
        (write.text_of(CORE) + ".AAAA", "unsupported_type"),
        (write.text_of(CORE) + ".gAAA", "unsupported_type"),
        (write.text_of(CORE) + ".4AAA", "unsupported_type"),
        (write.text_of(CORE) + ".", "empty"),
        (write.text_of(CORE) + ".IAAAE", "trailing_bits"),
        ("BONciguONcjGKADACHENAOLS1rAAQA.YAAA", "unexpected_segment"),
        ("C" * 16_385, "too_long"),
    ],
)
def test_what_the_specification_does_not_have_is_unknown(text, reason):
    """Each fault has its reason, and none of them is consent."""
    read = decode(text)
    assert isinstance(read, Unknown)
    assert reason == read.reason


def test_segments_stand_in_any_order():
    """Only the core has a place."""
    core, *segments = write.tc_string({**BASE, "allowed_vendors": frozenset({3})}).split(".")
    assert decode(".".join([core, *segments])) == decode(".".join([core, *reversed(segments)]))


def test_ranges_that_overlap_are_one_set():
    """No vendor is counted twice, and none is missed."""
    string = decode(_with_vendors(_entries((4, 6), (1, 2), (5, 8), (3, 3))))
    assert isinstance(string, TcString)
    assert list(string.vendor_consents) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(string.vendor_consents) == 8
    assert 9 not in string.vendor_consents


@pytest.mark.parametrize("default", ["0", "1"])
@given(ids)
@settings(max_examples=20, deadline=None)
def test_version_1_lists_exceptions_from_its_default(default, listed):
    """A list holds who consents, or who does not."""
    head = write.number(1, 6) + write.number(1, 36) * 2 + write.number(7, 12) * 2
    head += write.number(0, 6) + write.letters("EN") + write.number(1, 12) + write.field({1}, 24)
    bits = head + write.number(300, 16) + "1" + default + write.int_range(listed)
    string = decode(write.text_of(bits))
    assert isinstance(string, TcStringV1)
    everybody = set(range(1, 301))
    expected = everybody - listed if default == "1" else listed
    assert sorted(expected) == list(string.vendor_consents)


def _facts(**changes):
    made = NOW - timedelta(days=30)
    facts = {
        "version": 2,
        "created": made,
        "last_updated": made,
        "tcf_policy_version": 5,
        "is_service_specific": True,
        "disclosed_vendors_segment": True,
    }
    return TcFacts(**{**facts, **changes})


def _made(moment, **changes):
    return _facts(created=moment, last_updated=moment, **changes)


@pytest.mark.parametrize(
    ("facts", "ground"),
    [
        (_facts(), None),
        (_facts(version=1), "old_version"),
        (_facts(is_service_specific=False), "global_scope"),
        (_made(NOW + timedelta(hours=23)), None),
        (_made(NOW + timedelta(hours=25)), "created_in_future"),
        (_made(NOW - timedelta(days=395), disclosed_vendors_segment=False), None),
        (_made(NOW - timedelta(days=396)), "too_old"),
        (_facts(created=NOW - timedelta(days=396)), "too_old"),
        (_facts(tcf_policy_version=6), "unknown_policy"),
        (_facts(tcf_policy_version=3), "old_policy"),
        (_made(datetime(2023, 11, 20, tzinfo=UTC), tcf_policy_version=3), "too_old"),
        (_facts(disclosed_vendors_segment=False), "no_disclosed_vendors"),
        (_facts(tcf_policy_version=4), None),
    ],
)
def test_a_string_may_be_relied_upon_or_not(facts, ground):
    """Version, scope, age, policy and disclosure, in this order."""
    assert ground == unusable(facts, NOW)


def test_a_string_that_was_decoded_has_its_facts():
    """The facts are those of the string, whatever its version."""
    string = decode(write.tc_string({**BASE, "created": 17_000_000_000}))
    old = decode("BONciguONcjGKADACHENAOLS1rAAQA")
    assert not isinstance(string, Unknown)
    assert not isinstance(old, Unknown)
    assert TcFacts.of(string).disclosed_vendors_segment
    assert unusable(TcFacts.of(string), NOW) == "too_old"
    assert unusable(TcFacts.of(old), NOW) == "old_version"
