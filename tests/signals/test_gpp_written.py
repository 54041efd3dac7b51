"""Tests of what is written as GPP: our own decoder reads it back, and so do published cases."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import InputError
from privacykit.signals.bits.writer import BitWriter
from privacykit.signals.gpp.header import decode_header
from privacykit.signals.gpp.layouts import LAYOUTS
from privacykit.signals.gpp.string import decode_gpp
from privacykit.signals.gpp.us import UNDEFINED, UsSection, decode_us
from privacykit.signals.gpp.write import encode_gpp, encode_us

VECTORS = Path(__file__).parents[1] / "vectors" / "consent"


def cases(name):
    """Return the published cases of *name* that are valid."""
    found = json.loads((VECTORS / f"{name}.json").read_text())["cases"]
    return [case for case in found if case["expect"]["valid"]]


slot = st.integers(0, UNDEFINED - 1)


@st.composite
def sections(draw):
    """Return a section as its layout asks for."""
    layout = draw(st.sampled_from(list(LAYOUTS.values())))
    fields = {
        field.name: draw(st.tuples(*[slot] * field.slots)) if field.slots else draw(slot)
        for field in layout.fields
    }
    gpc = draw(st.none() | st.booleans()) if layout.gpc else None
    many = layout.sensitive_slots
    sensitive = draw(st.none() | st.tuples(*[slot] * many)) if many else None
    return UsSection(layout, fields, gpc, sensitive, None, layout.version)


def same(one, other):
    """Tell whether two sections say the same."""
    return msgspec.to_builtins(one) == msgspec.to_builtins(other)


@given(sections())
def test_what_is_written_is_read_as_it_was_meant(section):
    """Every field of every section, GPC and sensitive data behind it."""
    assert same(decode_us(section.layout.section_id, encode_us(section)), section)


@given(st.lists(sections(), max_size=4, unique_by=lambda each: each.layout.section_id))
def test_a_string_holds_its_sections(listed):
    """In ascending order, each found again under its id."""
    texts = {each.layout.section_id: encode_us(each) for each in listed}
    string = decode_gpp(encode_gpp(texts))
    assert string.header.section_ids == tuple(sorted(texts))
    assert all(same(string.section(each.layout.section_id), each) for each in listed)


@given(st.sets(st.integers(1, 63)))
def test_any_ids_are_a_header(ids):
    """With their ranges."""
    header = encode_gpp(dict.fromkeys(ids, "B")).partition("~")[0]
    assert set(decode_header(header).section_ids) == ids


def _defined(section):
    slots = [
        v
        for value in section.fields.values()
        for v in (value if isinstance(value, tuple) else (value,))
    ]
    return UNDEFINED not in slots and UNDEFINED not in (section.sensitive or ())


def test_published_sections_are_written_alike():
    """Bit for bit what the reference libraries write, wherever they write what is defined."""
    compared = 0
    for case in cases("gpp_us_sections"):
        section = decode_us(case["section_id"], case["input"])
        if section.version == section.layout.version and not section.header and _defined(section):
            core, *behind = encode_us(section).split(".")
            read, *after = case["input"].split(".")
            assert (core.rstrip("A"), behind) == (read.rstrip("A"), after), case["id"]
            compared += 1
    assert compared > 100


def test_published_headers_are_written_alike():
    """The first part of every published string."""
    for case in cases("gpp_strings"):
        ids = case["expect"]["header"]["SectionIds"]
        written = encode_gpp(dict.fromkeys(ids, "B")).partition("~")[0]
        assert written.rstrip("A") == case["input"].partition("~")[0].rstrip("A"), case["id"]


def test_no_section_at_all():
    """That none applies."""
    assert encode_gpp({}) == "DBAA"


CALIFORNIA = decode_us(8, "BAAAAAAAAA.QA")


@pytest.mark.parametrize(
    "change",
    [
        {"fields": {}},
        {"fields": {**CALIFORNIA.fields, "Other": 0}},
        {"fields": {**CALIFORNIA.fields, "SaleOptOut": UNDEFINED}},
        {"fields": {**CALIFORNIA.fields, "SaleOptOut": -1}},
        {"fields": {**CALIFORNIA.fields, "SaleOptOut": (0,)}},
        {"fields": {**CALIFORNIA.fields, "SensitiveDataProcessing": (0,)}},
        {"fields": {**CALIFORNIA.fields, "SensitiveDataProcessing": 0}},
        {"sensitive": (0,) * 8},
        {"layout": LAYOUTS[9], "fields": decode_us(9, "BAAAAAAA").fields},
    ],
    ids=["none", "more", "undefined", "negative", "list", "short", "plain", "sensitive", "no-gpc"],
)
def test_what_a_layout_does_not_have_is_not_written(change):
    """It is an error, not a string that means something else."""
    with pytest.raises(InputError):
        encode_us(msgspec.structs.replace(CALIFORNIA, **change))


@pytest.mark.parametrize("texts", [{0: "B"}, {64: "B"}, {7: ""}, {7: "B~B"}])
def test_what_is_no_section_is_in_no_string(texts):
    """An id out of range, an empty text, one with the mark between sections."""
    with pytest.raises(InputError):
        encode_gpp(texts)


def test_nothing_is_cut_to_fit():
    """A value with too many bits, an id below 1."""
    bits = BitWriter()
    with pytest.raises(ValueError, match="no room"):
        bits.put(4, 2)
    with pytest.raises(ValueError, match="begin at 1"):
        bits.put_fibonacci(0)
