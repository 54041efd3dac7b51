"""
Strings of strangers: no decoder raises, and none does more than a stated number of steps.

A step is a line of Python that is executed, which is the same on every machine; what one line may
cost is bounded by the integers it handles, none of which is longer than the input.
"""

from __future__ import annotations

import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.cli.signals.answers import STANDARDS, SignalLine, answer
from privacykit.signals.additional_consent import AdditionalConsent, decode_additional_consent
from privacykit.signals.adpc import Adpc, decode_adpc
from privacykit.signals.bits.data_types import decode_type
from privacykit.signals.gpp.canada import CanadaSection, decode_canada
from privacykit.signals.gpp.header import GppHeader, decode_header
from privacykit.signals.gpp.layouts import LAYOUTS
from privacykit.signals.gpp.opt_outs import sale_opt_out
from privacykit.signals.gpp.sid import Applicable, decode_sid
from privacykit.signals.gpp.string import NAMES, GppString, decode_gpp, decode_section
from privacykit.signals.tcf.decode import decode
from privacykit.signals.tcf.model import TcString, TcStringV1
from privacykit.signals.unknown import LONGEST, Unknown
from privacykit.signals.us_privacy import UsPrivacy, decode_us_privacy
from tests.signals import bit_writer as write

MOST_STEPS = 80_000
"""Lines of Python for any input of 16,384 characters; docs/reference/signal-strings.md states it."""

DECODERS = {
    "tcf": (decode, TcString | TcStringV1),
    "gpp": (decode_gpp, GppString),
    "header": (decode_header, GppHeader),
    "canada": (decode_canada, CanadaSection),
    "us-privacy": (decode_us_privacy, UsPrivacy),
    "additional-consent": (decode_additional_consent, AdditionalConsent),
    "adpc": (decode_adpc, Adpc),
    "sid": (decode_sid, Applicable),
}

base64 = st.text(write.ALPHABET, max_size=400)
nearly = st.text(write.ALPHABET[:8] + '.~-_,=1 "*', max_size=200)
anything = st.text(max_size=200)
strings = st.one_of(
    base64,
    nearly,
    anything,
    st.builds("".join, st.tuples(st.sampled_from(["C", "B", "DB", "1", "2~", "-"]), nearly)),
    st.builds("DB{}~{}".format, base64, base64),
    st.builds("CPXxRfAPXxRfAAfKABENB-CgAAAAAA{}".format, base64),
    st.builds("BPSG_8APSG_8AAyACAENGdCgf_gfgAfgfgB{}".format, base64),
)


@pytest.mark.parametrize("name", list(DECODERS))
@given(strings)
@settings(max_examples=150, deadline=None)
def test_no_text_raises(name, text):
    """What is not a signal is unknown, with a reason."""
    decoder, kind = DECODERS[name]
    found = decoder(text)
    assert isinstance(found, kind | Unknown)


@given(st.sampled_from([*NAMES, 0, 3, 4, 28, 64, -1]), strings)
@settings(max_examples=300, deadline=None)
def test_no_section_raises(section_id, text):
    """Of any id, with any text."""
    found = decode_section(section_id, text)
    assert isinstance(found, Unknown) or section_id in NAMES


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | strings,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(STANDARDS)),
    json_values,
    st.none() | st.sampled_from(sorted(NAMES.values())),
    st.none() | st.sampled_from(["boolean", "fixed_string", "fibonacci_range", "nothing"]),
)
@settings(max_examples=300, deadline=None)
def test_no_line_of_a_batch_raises(standard, value, section, kind):
    """Whatever its input is, its answer is JSON."""
    told = answer(SignalLine("x", standard, value, section, kind))
    assert msgspec.json.decode(msgspec.json.encode(told)) == told


def _steps(call):
    """Return how many lines of Python *call* executes."""
    count = 0

    def traced(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


BITS = 6 * LONGEST
CORE = "000010" + "0" * 207  # of a TC string, up to its vendors
CANADA = "000001" + "0" * 193


def _filled(start, unit, end=""):
    """Return *start*, as many *unit* as fit, and *end*, as text of the greatest length."""
    room = BITS - len(start) - len(end)
    bits = start + unit * (room // len(unit)) + end
    return write.text_of(bits[: BITS - 12], pad_to=2)


ENTRY = "0" + write.number(7, 16)
PAIR = "1" + write.number(7, 16) + write.number(9, 16)
LIST = write.number(1000, 12) + ENTRY * 1000
NOBODY = write.number(0, 17)
RESTRICTION = write.number(1, 6) + "00" + write.number(0, 12)
WITH_ENTRIES = write.number(1, 6) + "00" + write.number(4, 12) + ENTRY * 4
FIBONACCI = "0" + "11"
LONGEST_CODE = "0" + "0" * 30 + "11"

HOSTILE = {
    "vendors": _filled(CORE + write.number(9, 16) + "1" + LIST, LIST),
    "pairs": _filled(
        CORE + (write.number(9, 16) + "1" + write.number(1000, 12) + PAIR * 1000) * 2, PAIR
    ),
    "bits": _filled(CORE + (write.number(65_535, 16) + "0" + "1" * 65_535), "1"),
    "restrictions": _filled(CORE + NOBODY * 2 + write.number(256, 12), RESTRICTION),
    "restricted": _filled(CORE + NOBODY * 2 + write.number(256, 12), WITH_ENTRIES),
    "lists": _filled(CORE + NOBODY * 2 + write.number(256, 12), RESTRICTION[:8] + LIST),
    "canada-fibonacci": _filled(
        CANADA + write.number(65_535, 16) + "1" + write.number(1000, 12), FIBONACCI
    ),
    "canada-codes": _filled(
        CANADA + write.number(65_535, 16) + "1" + write.number(1000, 12), LONGEST_CODE
    ),
    "canada-integers": _filled(CANADA + write.number(9, 16) + "1" + LIST, LIST),
    "canada-restrictions": _filled(
        CANADA + NOBODY * 2 + write.number(256, 12), write.number(1, 8) + NOBODY
    ),
    "zeros": "A" * LONGEST,
    "ones": "_" * LONGEST,
    "segments": "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA" + "." * (LONGEST - 44),
    "sections": write.gpp_header(range(1, 64)) + "~B" * 63,
    "dots": "2~" + "1." * 8000,
    "ids": "2~" + ".".join(["65535"] * 2700),
    "commas": "," * LONGEST,
    "quotes": '"' * LONGEST,
    "equals": "consent=" * 2000,
    "consents": ",".join(f"consent={number}" for number in range(1300)),
    "spaces": 'consent="' + "a " * 8000 + '"',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_string_costs_a_bounded_number_of_steps(text):
    """In every decoder, whatever it was built for."""
    assert len(text) <= LONGEST
    for decoder, _ in DECODERS.values():
        assert _steps(lambda decoder=decoder: decoder(text)) <= MOST_STEPS


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_section_costs_a_bounded_number_of_steps(text):
    """In each section of a string, and in all of them together."""
    header = write.gpp_header({5})
    string = decode_gpp(f"{header}~{text.replace('~', '.')[: LONGEST - len(header) - 1]}")
    if isinstance(string, GppString):
        assert _steps(lambda: list(string.sections())) <= MOST_STEPS
    for section_id in (2, *LAYOUTS):
        assert _steps(lambda section_id=section_id: decode_section(section_id, text)) <= MOST_STEPS


def test_a_string_of_every_section_costs_a_bounded_number_of_steps():
    """Sixty-three short sections are no worse than one long one."""
    text = write.gpp_header(range(1, 64)) + ("~B" + "A" * 250) * 63
    string = decode_gpp(text[:LONGEST])
    assert isinstance(string, GppString)
    assert _steps(lambda: (list(string.sections()), sale_opt_out(string))) <= MOST_STEPS


@given(st.text(write.ALPHABET, min_size=2000, max_size=LONGEST), st.sampled_from(["C", "B", "DB"]))
@settings(max_examples=15, deadline=None)
def test_no_long_string_costs_more(text, start):
    """Neither do strings that nobody built."""
    whole = (start + text)[:LONGEST]
    for decoder, _ in DECODERS.values():
        assert _steps(lambda decoder=decoder: decoder(whole)) <= MOST_STEPS


def test_what_is_longer_is_not_looked_at():
    """The limit comes before the work."""
    for decoder, _ in DECODERS.values():
        text = "C" * 10_000_000
        found = decoder(text)
        assert isinstance(found, Unknown)
        assert _steps(lambda decoder=decoder, text=text: decoder(text)) < 60


def test_a_set_of_vendors_is_never_expanded():
    """Sixty-five thousand vendors are one range, and asking for one costs a look-up."""
    bits = CORE + write.number(65_535, 16) + "1" + write.number(1, 12)
    bits += "1" + write.number(1, 16) + write.number(65_535, 16)
    string = decode(write.text_of(bits + NOBODY + write.number(0, 12)))
    assert isinstance(string, TcString)
    assert string.vendor_consents.ranges == ((1, 65_535),)
    assert 40_000 in string.vendor_consents
    assert len(string.vendor_consents) == 65_535


@pytest.mark.parametrize("kind", ["fibonacci_range", "integer_range", "bitfield_bools", "nothing"])
@given(st.text("012", max_size=200))
@settings(max_examples=50, deadline=None)
def test_no_data_type_raises(kind, text):
    """Out of any text of digits."""
    found = decode_type(kind, text, {})
    assert isinstance(found, list | Unknown)
