"""Standard forms and hashes of DROP, by its vectors; lines of its files, good and bad."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.errors import InputError
from privacykit.recipients.protocols.drop import standardise
from privacykit.recipients.protocols.drop.lists import (
    ListFile,
    read_file_name,
    read_lines,
    read_outcome,
)
from privacykit.recipients.protocols.drop.standardise import FIELDS, LISTS, hash_of

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/protocols/drop.json").read_text())
HASH = b64encode(b"h" * 32).decode()
EMAIL = ListFile("Email", removed=False)


@pytest.mark.parametrize(
    "vector", VECTORS["hashes"], ids=lambda it: f"{it['list']} {it['parts'][0]}"
)
def test_every_vector_has_its_hash(vector):
    """A wrong form is silent: these are the acceptance test."""
    wanted = b64decode(vector["hash"])
    if vector["list"] in LISTS:
        assert hash_of(vector["list"], vector["parts"]) == wanted
    else:
        form = {"name": standardise.name, "zip": standardise.zip_code}[vector["list"]]
        assert sha256(form(vector["parts"][0]).encode()).digest() == wanted


@pytest.mark.parametrize(
    ("form", "value", "standard"),
    [
        (standardise.phone, "+1 (530) 555-0142", "5305550142"),
        (standardise.phone, "1 530 555 0142", "5305550142"),
        (standardise.phone, "tel:+1-530-555-0142", "5305550142"),
        (standardise.phone, "001 530 555 0142", "5305550142"),
        (standardise.phone, "0111 530 555 0142", "5305550142"),
        (standardise.phone, "+1 301 234 5678", "3012345678"),
        (standardise.phone, "301-234-5678", "3012345678"),
        (standardise.phone, "+49 30 12345678", ""),
        (standardise.phone, "0049 30 12345678", ""),
        (standardise.phone, "(+49) 30 12345678", ""),
        (standardise.phone, "＋49 30 123456", ""),
        (standardise.phone, "+49 30 123456", ""),
        (standardise.phone, "0049 301234", ""),
        (standardise.phone, "011 52 12345", ""),
        (standardise.phone, "493012345678", ""),
        (standardise.phone, "49 301 234 5678", ""),
        (standardise.phone, "530 555 0142 x 7", ""),
        (standardise.phone, "555-0142", ""),
        (standardise.phone, "", ""),
        (standardise.birth_date, "1984-02-29", "19840229"),
        (standardise.birth_date, "1984-02-29T00:00:00", "19840229"),
        (standardise.birth_date, "84-2-9", ""),
        (standardise.zip_code, "02134-1001", "2134"),
        (standardise.zip_code, "021341001", "2134"),
        (standardise.zip_code, "SW1A 1AA", "sw1a1"),
        (standardise.name, "  Ærø Straße ", "aerostrasse"),
        (standardise.name, "Łukasz", "lukasz"),
        (standardise.name, "Ελένη", "eleni"),
        (standardise.name, "Юрий", "yurii"),
        (standardise.name, "李明", "李明"),
        (
            standardise.maid,
            "{AEBE52E7-03EE-455A-B3C4-E57283966239}",
            "aebe52e703ee455ab3c4e57283966239",
        ),
        (standardise.maid, "AEBE52E7", ""),
        (standardise.vin, "1hgcm82633a004352", "1hgcm82633a004352"),
        (standardise.vin, "1HG", ""),
        (standardise.ctvid, "Ab-12 cd 34", "ab12cd34"),
        (standardise.ctvid, "short", ""),
    ],
)
def test_each_field_has_its_standard_form(form, value, standard):
    """As the table of the specification says."""
    assert form(value) == standard


@pytest.mark.parametrize("which", LISTS)
def test_a_part_that_is_missing_asks_for_nobody(which):
    """Half a person is nobody."""
    fields = len(FIELDS[which])
    assert hash_of(which, ["x"] * (fields + 1)) is None
    assert hash_of(which, [""] * fields) is None


@settings(deadline=None)
@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=60))
def test_a_standard_form_is_its_own(which, text):
    """Standardising twice changes nothing."""
    for form in FIELDS[which]:
        assert form(form(text)) == form(text)


@pytest.mark.parametrize(
    ("name", "which", "removed"),
    [
        ("20261130_B-77_Email.csv", "Email", False),
        ("20261130_B-77_NDZ_1.csv", "NDZ", False),
        ("20261130_B-77_Email_Removed.csv", "Email", True),
        ("20261130_B-77_Removed.csv", None, True),
    ],
)
def test_a_file_is_known_by_its_name(name, which, removed):
    """Day, broker, list."""
    assert read_file_name(name) == ListFile(which, removed, "20261130")


@pytest.mark.parametrize(
    "name",
    [
        "../20261130_B_Email.csv",
        "/20261130_B_Email.csv",
        "a/20261130_B_Email.csv",
        "..\\20261130_B_Email.csv",
        "20261130_B_Email.csv.exe",
        "20261130_B_Shoes.csv",
        "readme.txt",
        "",
    ],
)
def test_a_file_that_is_no_list_is_refused(name):
    """A path least of all."""
    with pytest.raises(InputError, match="PK376"):
        read_file_name(name)


def test_lines_are_read_however_they_are_quoted():
    """With a byte order mark, quotes, an empty line at the end."""
    rows = ["\ufeffID,Hash\r\n", f'"a-1","{HASH}"\r\n', f"a-2,{HASH}\n", "\n"]
    found = list(read_lines(rows, EMAIL))
    assert [(it.id, it.hash, it.list) for it in found] == [
        ("a-1", b"h" * 32, "Email"),
        ("a-2", b"h" * 32, "Email"),
    ]
    assert "a-1" not in repr(found[0])


def test_a_list_of_removals_names_the_list_in_each_line():
    """As the specification says of it."""
    rows = ["ID,Hash,Type", f"a,{HASH},phone"]
    assert next(read_lines(rows, ListFile(None, removed=True))).list == "Phone"


@pytest.mark.parametrize(
    "row",
    [
        "a",
        f"=1+1,{HASH}",
        f"@sum(a),{HASH}",
        f"-2,{HASH}",
        f" ,{HASH}",
        "a,AAAA",
        "a,%%%",
        f"a,{HASH}" + "x" * 600,
        f"a;b,{HASH}",
    ],
)
def test_a_line_that_is_none_is_refused_by_its_number(row):
    """What a spreadsheet would calculate with is no id; nothing of it is in the message."""
    with pytest.raises(InputError, match="line 3") as error:
        list(read_lines(["ID,Hash", f"a,{HASH}", row], EMAIL))
    assert str(error.value) == "PK376 line 3 of a list cannot be read"


def test_a_list_without_its_header_is_refused():
    """It may be another file altogether."""
    with pytest.raises(InputError, match="PK376"):
        list(read_lines([f"a,{HASH}"], EMAIL))


@pytest.mark.parametrize(
    ("body", "accepted", "rejected"),
    [
        (b'{"acceptedCount": 3, "rejectedCount": 1, "rejectedIds": ["x"]}', 3, {"x"}),
        (b'{"accepted": ["a", "b"], "rejected": [{"Id": "x", "reason": "r"}]}', 2, {"x"}),
        (b"[]", 0, set()),
        (b"", 0, set()),
    ],
)
def test_an_outcome_is_read_however_it_is_spelled(body, accepted, rejected):
    """The reference gives no schema."""
    found = read_outcome(body)
    assert (found.accepted, set(found.rejected)) == (accepted, rejected)


@pytest.mark.parametrize("header", ["ID,Hash", '"ID","Hash"', "id,hash,list", "\ufeffID,Hash"])
def test_a_header_may_be_quoted(header):
    """As any file of comma-separated values (RFC 4180 §2)."""
    assert [it.id for it in read_lines([header, f"a1,{HASH}"], EMAIL)] == ["a1"]
