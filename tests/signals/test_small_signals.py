"""US Privacy, Google's AC string, ADPC, consent states and sets of ids."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.signals.additional_consent import AdditionalConsent, decode_additional_consent
from privacykit.signals.adpc import Adpc, decode_adpc
from privacykit.signals.bits.data_types import decode_type
from privacykit.signals.bits.ids import BitIds, RangeIds
from privacykit.signals.bits.ranges import take_fibonacci
from privacykit.signals.bits.reader import Bits
from privacykit.signals.consent_status import valid_for_processing
from privacykit.signals.unknown import Unknown, Unreadable
from privacykit.signals.us_privacy import UsPrivacy, decode_us_privacy, says_opted_out
from tests.signals import bit_writer as write

ids = st.frozensets(st.integers(1, 2000), max_size=60)


@pytest.mark.parametrize("answers", list(itertools.product("YN-", repeat=3)), ids="".join)
def test_every_us_privacy_string_is_read_and_written(answers):
    """All 27 of the grammar, in either case, written in capitals."""
    text = "1" + "".join(answers)
    string = decode_us_privacy(text.lower())
    assert string == decode_us_privacy(text)
    assert isinstance(string, UsPrivacy)
    assert str(string) == text
    assert string.opted_out_of_sale is says_opted_out(text)


@pytest.mark.parametrize("text", ["", "1YN", "1YNNN", "YYYY", "1YYZ", "1Y\u0178N", " 1YN", "1YY\n"])
def test_what_is_no_us_privacy_string_is_unknown(text):
    """And never "not opted out"."""
    assert isinstance(decode_us_privacy(text), Unknown)


def _ac(listed):
    return ".".join(map(str, sorted(listed)))


@given(ids, st.none() | ids)
def test_an_ac_string_is_read_as_it_was_written(consented, disclosed):
    """Version 1 has one list, version 2 has two."""
    text = f"1~{_ac(consented)}" if disclosed is None else f"2~{_ac(consented)}~dv.{_ac(disclosed)}"
    string = decode_additional_consent(text)
    assert isinstance(string, AdditionalConsent)
    assert sorted(consented) == list(string.consented)
    assert (string.disclosed is None) is (disclosed is None)
    assert sorted(disclosed or ()) == list(string.disclosed or ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("3~1", "unsupported_version"),
        ("1", "segment_count"),
        ("1~1~dv.2", "segment_count"),
        ("2~1", "segment_count"),
        ("2~1~dv.2~3", "segment_count"),
        ("2~1~vd.2", "unsupported_type"),
        ("1~1..2", "bad_value"),
        ("1~-1", "bad_value"),
        ("1~\u0661", "bad_value"),
        ("1~0", "bad_range"),
        ("1~65536", "bad_range"),
        ("1~" + "1." * 5000 + "1", "too_many"),
        ("1~" + "1" * 17_000, "too_long"),
    ],
)
def test_an_ac_string_that_breaks_a_rule_is_unknown(text, reason):
    """Its reason says which."""
    found = decode_additional_consent(text)
    assert isinstance(found, Unknown)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", Adpc()),
        ("consent=*", Adpc()),
        ('consent="a b a"', Adpc(("a", "b"))),
        ('CONSENT = "a",Withdraw=b', Adpc(("a",), ("b",))),
        ('consent="a,b"', Adpc()),
        ('consent="https://example.org/r"', Adpc(("https://example.org/r",))),
        ("consent=a b", Adpc()),
        ('consent="a', Adpc()),
        ('withdraw=*, consent="a', Adpc((), ("*",))),
        ('consent="a" b, withdraw=c', Adpc((), ("c",))),
        ("object=*", Adpc()),
        ("object=direct-marketing,object=direct-marketing", Adpc((), (), ("direct-marketing",))),
        ("consent=q1, withdraw=q1", Adpc((), ("q1",))),
        ("other=1, consent=a", Adpc(("a",))),
        ("consent=\u00e9", Adpc()),
    ],
)
def test_adpc_is_read_by_its_grammar(value, said):
    """A member that breaks it says nothing; the others stay."""
    assert decode_adpc(value) == said


@pytest.mark.parametrize("value", ["x" * 17_000, "," * 3000, "consent=a" + ",consent=b" * 2500])
def test_adpc_that_is_too_long_is_unknown(value):
    """Work is bounded."""
    assert isinstance(decode_adpc(value), Unknown)


def test_adpc_with_too_many_identifiers_is_unknown():
    """However few members they stand in."""
    listed = " ".join(map(str, range(1001)))
    assert decode_adpc(f'consent="{listed}"') == Unknown("too_many", "more than 1000 identifiers")


@pytest.mark.parametrize(
    ("status", "valid"),
    [
        ("dpv:ConsentGiven", True),
        ("RenewedConsentGiven", True),
        ("https://w3id.org/dpv#ConsentGiven", True),
        ("dpv:ConsentExpired", False),
        ("dpv:consentgiven", False),
        ("", False),
    ],
)
def test_only_a_consent_that_is_given_permits_processing(status, valid):
    """Every other state does not, and neither does what is no state."""
    assert valid_for_processing(status) is valid


@given(ids, ids)
def test_a_set_is_the_same_however_it_was_packed(listed, asked):
    """Bits and ranges answer alike."""
    width = max(listed, default=0)
    bits = BitIds(int(write.field(listed, width) or "0", 2), width)
    ranges = RangeIds.of((one, one) for one in listed)
    for number in asked | listed | {0, 1, 2001}:
        assert (number in bits) is (number in ranges) is (number in listed)
    assert list(bits) == list(ranges) == sorted(listed)
    assert len(bits) == len(ranges) == len(listed)


@given(ids, st.integers(0, 2000))
def test_the_others_are_those_that_are_not_listed(listed, highest):
    """Up to the highest id, and no further."""
    others = RangeIds.of((one, one) for one in listed).without(highest)
    assert list(others) == sorted(set(range(1, highest + 1)) - listed)


@given(st.integers(1, 2_000_000))
def test_a_fibonacci_code_is_read_as_it_was_written(value):
    """Zeckendorf's sum, least significant first."""
    code = write.fibonacci(value)
    bits = Bits.of_text(write.text_of(code + "1"))
    assert take_fibonacci(bits) == value
    assert bits.at == len(code)


def test_a_fibonacci_code_without_an_end_is_refused():
    """Thirty-two bits are enough for every id."""
    with pytest.raises(Unreadable, match="truncated"):
        take_fibonacci(Bits.of_text("AAAAAAAA"))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("boolean", "0", False),
        ("boolean", "01", Unknown("trailing_bits", "1 bits after the value")),
        ("fixed_integer", "", 0),
        ("bitfield_bools", "", []),
        ("fixed_integer_list", "", [0, 0]),
        ("fixed_integer_list", "011", Unknown("truncated", "3 bits, at least 4 needed")),
        ("fixed_string", "", Unknown("empty")),
        ("fixed_string", "000000000001", "AB"),
        ("optimized_int_range", "0" * 15 + "1" + "0" + "1", [1]),
        ("optimized_range_spec", "0" + "0" * 15 + "1" + "1", [1]),
        ("optimized_fibonacci_range", "0" * 13 + "011" + "1" + "0" * 11 + "1" + "0" + "011", [2]),
        ("optimized_fibonacci_range", "0" * 14 + "11" + "0" + "101", [1, 3]),
        ("bitfield", "0101", [2, 4]),
        ("fixed_integer", "1" * 17_000, Unknown("too_long", "more than 16384 characters")),
        ("no such type", "1", Unknown("no_format", "a data type that is not known")),
    ],
)
def test_a_data_type_takes_all_of_its_text(kind, text, value):
    """Each type, at its edges."""
    assert decode_type(kind, text, {}) == value


def test_a_list_of_integers_takes_its_parameters():
    """Width and number come with the question, within bounds."""
    three = {"element_bits": 3, "num_elements": 2}
    assert decode_type("fixed_integer_list", "111001", three) == [7, 1]
    wide = {"element_bits": 99, "num_elements": 2}
    assert isinstance(decode_type("fixed_integer_list", "1", wide), Unknown)
    assert isinstance(decode_type("fixed_integer_list", "1", {"num_elements": 10**9}), Unknown)


def test_an_unknown_says_why_and_where():
    """And holds no part of the signal."""
    assert str(Unknown("empty")) == "empty"
    assert str(Unknown("truncated", "12 bits")) == "truncated: 12 bits"
