"""GPP strings: headers and sections written here and read back, spoilt, and kept apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.signals.gpp.canada import CanadaSection, decode_canada
from privacykit.signals.gpp.header import GppHeader, decode_header
from privacykit.signals.gpp.layouts import BY_NAME, LAYOUTS, NATIONAL_1, NATIONAL_2
from privacykit.signals.gpp.opt_outs import OptOuts, opt_outs, opt_outs_said, sale_opt_out
from privacykit.signals.gpp.prebid import prebid_decision
from privacykit.signals.gpp.sid import Applicable, decode_sid
from privacykit.signals.gpp.string import IDS, GppString, decode_gpp, decode_section
from privacykit.signals.gpp.us import UsSection, decode_us, glance_us
from privacykit.signals.tcf.model import TcString
from privacykit.signals.unknown import Unknown
from privacykit.signals.us_privacy import UsPrivacy
from tests.signals import bit_writer as write

WIDTHS = {
    "usnat": 70,
    "usca": 46,
    "usva": 40,
    "usco": 38,
    "usut": 42,
    "usct": 44,
    "usfl": 46,
    "usmt": 46,
    "usor": 52,
    "ustx": 42,
    "usde": 52,
    "usia": 42,
    "usne": 42,
    "usnh": 46,
    "usnj": 54,
    "ustn": 42,
    "usmn": 42,
    "usmd": 22,
    "usin": 24,
    "usky": 24,
    "usri": 24,
}
"""The width of each core, as the specification's tables have it."""


@given(st.frozensets(st.integers(1, 63), max_size=63))
@settings(max_examples=60, deadline=None)
def test_a_header_is_read_as_it_was_written(ids):
    """Ids come back ascending, single or in ranges."""
    assert decode_header(write.gpp_header(ids)) == GppHeader(tuple(sorted(ids)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("AAAA", "unsupported_type"),
        ("DCABMA", "unsupported_version"),
        ("DBGBM", "truncated"),
        ("DBAB", "truncated"),
        ("DBABMB", "trailing_bits"),
        (write.gpp_header({64}), "bad_range"),
        (write.gpp_header(range(1, 80)), "bad_range"),
        ("DB__" + "A" * 99, "too_many"),
        ("D" + "A" * 16_384, "too_long"),
    ],
)
def test_a_header_that_breaks_a_rule_is_unknown(text, reason):
    """Its reason says which."""
    found = decode_header(text)
    assert isinstance(found, Unknown)
    assert found.reason == reason


@pytest.mark.parametrize("name", sorted(WIDTHS))
def test_a_layout_is_as_wide_as_the_specification_says(name):
    """A field too many would shift every field after it."""
    assert BY_NAME[name].width == WIDTHS[name]


def test_the_older_national_layout_is_ten_bits_shorter():
    """Four places of sensitive data and one of children came with version 2."""
    assert NATIONAL_2.width - NATIONAL_1.width == 10


def _core(layout, values, version=None):
    bits = write.number(layout.version if version is None else version, 6)
    return bits + "".join(write.number(value, 2) for value in values)


def _flat(section):
    found = []
    for value in section.fields.values():
        found += value if isinstance(value, tuple) else [value]
    return found


@given(st.sampled_from(sorted(LAYOUTS)), st.data())
@settings(max_examples=150, deadline=None)
def test_a_us_section_is_read_as_it_was_written(section_id, data):
    """Every layout, with and without what may stand behind its core, with a header and without."""
    layout = LAYOUTS[section_id]
    count = (layout.width - 6) // 2
    values = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    parts = [write.text_of(_core(layout, values))]
    gpc = data.draw(st.none() | st.booleans()) if layout.gpc else None
    if gpc is not None:
        parts.append(write.text_of("01" + write.number(gpc, 1)))
    slots = st.none() | st.tuples(*[st.integers(0, 3)] * 8)
    sensitive = data.draw(slots) if layout.sensitive_slots else None
    if sensitive is not None:
        parts.append(write.text_of("".join(write.number(value, 2) for value in sensitive)))
    if layout.headed and data.draw(st.booleans()):
        head = write.number(section_id, 6) + write.number(1, 6)
        parts.insert(0, write.text_of(head + write.fibonacci_range({1} if parts[1:] else ())))
    section = decode_us(section_id, ".".join(parts))
    assert isinstance(section, UsSection)
    assert (_flat(section), section.gpc, section.sensitive) == (values, gpc, sensitive)


@given(st.sampled_from(sorted(LAYOUTS)), st.data())
@settings(max_examples=100, deadline=None)
def test_a_us_core_that_is_cut_is_unknown(section_id, data):
    """Except the national one, which an older layout may be a beginning of, and padding."""
    layout = LAYOUTS[section_id]
    count = (layout.width - 6) // 2
    values = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    text = write.text_of(_core(layout, values))
    needed = NATIONAL_1.width if layout is NATIONAL_2 else layout.width
    cut = data.draw(st.integers(0, (needed - 1) // 6))
    assert isinstance(decode_us(section_id, text[:cut]), Unknown)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("usca", "CVVVVVVVVWA.YA", "unsupported_version"),
        ("usca", "BVoAAACA.", "empty"),
        ("usca", "BVoAAACA.AA", "unsupported_type"),
        ("usca", "BVoAAACA.QB", "trailing_bits"),
        ("usca", "BVoAAACA.QA.QA", "unexpected_segment"),
        ("usca", "BVoAAACA.QA.QA.QA.QA", "too_many"),
        ("usca", "BVoAAACB", "trailing_bits"),
        ("usva", "BVoAACA.QA", "unexpected_segment"),
        ("usnat", "DVVqAAAAAACA", "unsupported_version"),
        ("usin", "BhWg.A", "truncated"),
        ("usin", "BhWg.AAAB", "trailing_bits"),
        ("usmd", "YBAA.BYpE.QA", "segment_count"),
        ("usmd", "YBABY.BQkg", "segment_count"),
        ("usmd", "YCAA.BYpE", "unsupported_version"),
        ("usmd", "YBABM.BYpE.QA", "bad_range"),
        ("usmd", "YBAA", "segment_count"),
        ("tcfeuv1", "BONciguONcjGKADACHENAOLS1rAAQA", "no_format"),
        ("tcfeuv2", "BONciguONcjGKADACHENAOLS1rAAQA", "unsupported_version"),
        ("uspv1", "1YN", "bad_value"),
        ("tcfcav1", "C" * 40, "unsupported_version"),
    ],
)
def test_a_section_that_breaks_a_rule_is_unknown(name, text, reason):
    """A section is read whole or not at all."""
    found = decode_section(IDS[name], text)
    assert isinstance(found, Unknown)
    assert found.reason == reason


def test_a_section_without_a_layout_is_no_us_section():
    """Ids that are not issued are not guessed."""
    assert decode_us(28, "BVoAAACA") == Unknown("no_format", "section 28")


def test_the_national_section_is_read_by_its_length():
    """Writers put either version before either layout."""
    values = [value % 3 for value in range(32)]
    either = [
        decode_us(7, write.text_of(_core(layout, values[: (layout.width - 6) // 2], version)))
        for layout in (NATIONAL_1, NATIONAL_2)
        for version in (1, 2)
    ]
    assert [each.version for each in either] == [1, 2, 1, 2]
    assert [len(each.fields["SensitiveDataProcessing"]) for each in either] == [12, 16, 16, 16]
    assert either[1].fields["SensitiveDataProcessing"][12:] == (0, 0, 0, 0)
    assert either[0].fields["SaleOptOut"] == either[3].fields["SaleOptOut"]


def _canada(form, *, restrictions=(), express=frozenset({2, 3, 9}), disclosed=None):
    vendors = form(express) + form(frozenset({5}))
    bits = write.number(1, 6) + write.number(16_000_000_000, 36) * 2 + write.number(50, 12) * 2
    bits += write.number(0, 6) + write.letters("EN") + write.number(400, 12) + write.number(2, 6)
    bits += "1" + write.field({7}, 12) + write.field({1, 24}, 24) + write.field({2}, 24) + vendors
    bits += write.number(len(restrictions), 12)
    for key, kind, ids in restrictions:
        bits += write.number(key, 6) + write.number(kind, 2) + ids
    parts = [write.text_of(bits)]
    if disclosed is not None:
        parts.append(write.text_of(write.number(1, 3) + form(disclosed)))
    return ".".join(parts)


def _library(ids):
    return write.number(max(ids), 16) + "1" + write.fibonacci_range(ids)


def _older(ids):
    return write.number(max(ids), 16) + "1" + write.int_range(ids)


def _of_the_text(ids):
    return "1" + write.fibonacci_range(ids)


def _of_the_text_in_bits(ids):
    return "0" + write.number(max(ids), 16) + write.field(ids, max(ids))


@pytest.mark.parametrize(
    "form",
    [_library, _older, _of_the_text, _of_the_text_in_bits],
    ids=["library", "older", "text", "text-bits"],
)
@given(st.frozensets(st.integers(1, 900), min_size=8, max_size=30), st.integers(1, 24))
@settings(max_examples=25, deadline=None)
def test_a_canadian_section_is_read_however_it_was_written(form, vendors, purpose):
    """Or it is unknown, because two ways fit; it is never read as something else."""
    ids = write.int_range({4, 6}) if form is _older else form(frozenset({4, 6}))
    text = _canada(form, restrictions=[(purpose, 1, ids)], express=vendors, disclosed=vendors)
    section = decode_canada(text)
    if isinstance(section, Unknown):
        assert section.reason == "ambiguous"
        return
    assert sorted(vendors) == list(section.vendors_express)
    assert list(section.vendors_implied) == [5]
    assert sorted(vendors) == list(section.disclosed_vendors)
    assert [(one.key, one.type, list(one.ids)) for one in section.restrictions] == [
        (purpose, 1, [4, 6])
    ]


def test_two_readings_that_disagree_are_unknown():
    """Nothing in a string says how its vendors were written."""
    head = write.bits_of(_canada(_library))[:199]
    text = write.text_of(head + _library({1152}) + write.number(0, 17) + write.number(0, 12))
    assert decode_canada(text) == Unknown(
        "ambiguous", "two ways of writing vendors fit it and disagree"
    )


def test_the_first_canadian_writers_had_no_restrictions():
    """Their count is missed only where there is no vendor it could speak of."""
    head = write.bits_of(_canada(_library))[:199]
    nobody = write.number(0, 17) * 2
    assert isinstance(decode_canada(write.text_of(head + nobody)), CanadaSection)
    somebody = _older({7}) + write.number(0, 17)
    assert isinstance(decode_canada(write.text_of(head + somebody, pad_to=2)), Unknown)


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        (".IAAA.IAAA", "duplicate"),
        (".YAAAAAAAAAA.YAAAAAAAAAA", "duplicate"),
        (".IAAA.YAAAAAAAAAA.IAAA", "duplicate"),
        (".QAAA", "unsupported_type"),
        (".", "empty"),
        (".YAAAAAAAAAB", "trailing_bits"),
    ],
)
def test_what_stands_behind_a_canadian_core_is_read_strictly(behind, reason):
    """One segment of a type, no other type, nothing behind the end."""
    found = decode_canada(_canada(_library) + behind)
    assert isinstance(found, Unknown)
    assert found.reason == reason


def test_a_canadian_core_holds_nothing_behind_its_end():
    """Even zeros: what fits decides how vendors were written."""
    found = decode_canada(_canada(_library) + "AAAAA")
    assert isinstance(found, Unknown)
    assert found.reason == "trailing_bits"


def test_too_many_canadian_restrictions_are_unknown():
    """A count is not a promise to read so many."""
    head = write.bits_of(_canada(_library))[:199] + _library({7}) + _library({5})
    found = decode_canada(write.text_of(head + write.number(257, 12)))
    assert found == Unknown("too_many", "257 restrictions, at most 256")


CORE = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"


def test_a_section_is_decoded_when_it_is_asked_for():
    """The others are not looked at."""
    string = decode_gpp(f"DBACNYA~{CORE}~1YNN")
    assert isinstance(string, GppString)
    assert isinstance(string.section(2), TcString)
    assert string.section(6) == UsPrivacy("Y", "N", "N")
    assert string.section(7) is None


def test_a_section_that_cannot_be_read_leaves_the_others():
    """Its fault is its own."""
    string = decode_gpp(f"DBACNYA~{CORE}~1YNN".replace("CPX", "!!!"))
    assert isinstance(string, GppString)
    found = dict(string.sections())
    assert isinstance(found[2], Unknown)
    assert found[6] == UsPrivacy("Y", "N", "N")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("DBACNYA~1YNN", "segment_count"),
        ("DBAA~1YNN", "segment_count"),
        ("DBACNYA~~1YNN", "empty"),
        ("DBABTA~" + "1" * 17_000, "too_long"),
        ("DBABTA" + "~A" * 200, "segment_count"),
    ],
)
def test_sections_that_the_header_does_not_list_make_the_string_unknown(text, reason):
    """Nobody knows which is which."""
    found = decode_gpp(text)
    assert isinstance(found, Unknown)
    assert found.reason == reason


def test_a_long_section_is_unknown():
    """By itself too."""
    assert decode_section(8, "B" * 17_000) == Unknown("too_long", "more than 16384 characters")


def _said(name, **fields):
    """Return the opt-outs of a section of *name* with *fields* set and every other 0."""
    layout = BY_NAME[name]
    values = []
    for field in layout.fields:
        value = fields.get(field.name, 0)
        values += value if isinstance(value, list) else [value] * (field.slots or 1)
    return opt_outs(decode_us(layout.section_id, write.text_of(_core(layout, values))))


@pytest.mark.parametrize(("value", "out"), [(0, False), (1, True), (2, False), (3, True)])
def test_what_is_not_defined_is_an_opt_out(value, out):
    """1 is an opt-out, and so is 3, which no field defines."""
    assert _said("usco", SaleOptOut=value).sale is out


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_only_what_a_state_asks_is_answered(name):
    """An absent field says nothing, which is neither yes nor no."""
    fields = {field.name for field in BY_NAME[name].fields}
    said = _said(name)
    assert (said.sharing is None) is ("SharingOptOut" not in fields)
    assert (said.targeted_advertising is None) is ("TargetedAdvertisingOptOut" not in fields)
    assert said.sale is False
    assert not said.any


def test_the_gpc_bit_is_an_opt_out_of_everything():
    """However the fields beside it stand."""
    section = decode_us(8, "BVoAAACA.YA")
    assert opt_outs(section) == OptOuts(False, False, None, False, True)
    assert opt_outs(section).any


def test_sensitive_data_of_a_sub_section_counts():
    """Indiana, Kentucky and Rhode Island keep it apart."""
    assert opt_outs(decode_us(25, "BhWg.EAA")).sensitive
    assert opt_outs(decode_us(25, "BhWg.CAA")).sensitive is False
    assert opt_outs(decode_us(25, "BhWg")).sensitive is None


def test_an_opt_out_is_not_lost_to_a_fault_behind_it():
    """What stands behind the core may be wrong; the opt-out in it is not."""
    assert opt_outs_said(9, "BVoYYYI.YA") == OptOuts()
    assert opt_outs_said(9, "BVVVVVVVVWA") == OptOuts(True, None, True)
    assert opt_outs_said(9, "BVYYYYI.YA").sale
    assert glance_us(9, "B") is None
    assert opt_outs_said(9, "B") == OptOuts()


def test_no_us_section_says_nothing_of_sale():
    """Nothing said is not "not opted out"."""
    assert sale_opt_out(decode_gpp(f"DBACNYA~{CORE}~1YNN")) is None
    assert sale_opt_out(decode_gpp("DBACLM~broken~broken")) is None
    assert sale_opt_out(decode_gpp("DBACLM~BVQqAAAAAgA.QA~broken")) is False


def test_prebid_has_rules_for_six_sections_only():
    """For the others there is nothing to compare with."""
    decided = {name: prebid_decision(_any(name)) is not None for name in BY_NAME}
    assert {name for name, found in decided.items() if found} == {
        "usnat",
        "usca",
        "usva",
        "usco",
        "usut",
        "usct",
    }


def _any(name):
    layout = BY_NAME[name]
    return decode_us(
        layout.section_id, write.text_of(_core(layout, [1] * ((layout.width - 6) // 2)))
    )


def _connecticut(children):
    """Return a section of Connecticut that gives notice, opts out of nothing and has *children*."""
    values = [1, 1, 1, 2, 2, *[0] * 8, *children, 1, 2, 2]
    return decode_us(12, write.text_of(_core(BY_NAME["usct"], values)))


@pytest.mark.parametrize(
    ("children", "denied"),
    [((0, 0, 0), False), ((0, 2, 2), True), ((1, 0, 0), True), ((2, 2, 2), True)],
)
def test_prebid_denies_where_a_child_is_known(children, denied):
    """Any word of a child is taken for one under 13, who cannot consent."""
    assert prebid_decision(_connecticut(children)).consent_denied is denied


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7", Applicable((7,))),
        ("7_8", Applicable((7, 8))),
        (" 2 , 6 ", Applicable((2, 6))),
        ("7,7", Applicable((7,))),
        ("-1", Applicable((), none_applies=True)),
        ("", Unknown("empty")),
        ("7,8,9", Unknown("too_many", "3 sections, at most 2 apply")),
        ("-1,7", Unknown("bad_value", "a word that is no section id")),
        ("0", Unknown("bad_value", "a word that is no section id")),
        ("64", Unknown("bad_value", "a word that is no section id")),
        ("\u0667", Unknown("bad_value", "a word that is no section id")),
        ("7,", Unknown("bad_value", "a word that is no section id")),
        ("7" * 300, Unknown("too_long", "more than 256 characters")),
    ],
)
def test_a_list_of_sections_is_read_whole_or_not_at_all(text, found):
    """Leaving out what cannot be read would leave out a section that applies."""
    assert decode_sid(text) == found


def test_the_canadian_section_has_its_own_type():
    """So that nobody takes express consent for consent under the GDPR."""
    assert isinstance(decode_canada(_canada(_library)), CanadaSection)
