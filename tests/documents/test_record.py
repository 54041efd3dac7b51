"""The record of processing: its columns, its rows, and that no spreadsheet calculates it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from privacykit.cli.documents.sheet import sheet
from privacykit.documents.evidence import Disproved
from privacykit.documents.pages.html import html_page
from privacykit.documents.record.profiles import record_table
from privacykit.documents.record.rows import record_rows
from privacykit.documents.record.written import csv_text, record_document, record_page
from tests.documents.samples import ALL, CONSENTED, MAP, given, model, writer

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "reference" / "record.schema.json").read_text()
)
FORMULA = CONSENTED.replace("We deliver what you order.", "=cmd|' /C calc'!A0")


def table(text=CONSENTED, datamap=MAP, **more):
    """Return the record as a table."""
    return record_table(model(text, datamap), given(text, datamap), writer(), **more)


def rows(text=CONSENTED, datamap=MAP, **more):
    """Return the rows of the record by the name of the activity."""
    found = record_rows(model(text, datamap, **more), given(text, datamap, **more), writer())
    return {row.activity: row for row in found}


def test_article_30_has_its_seven_columns():
    """GDPR Art. 30(1)(a) to (g), nothing more."""
    (head, *_) = csv.reader(io.StringIO(csv_text(table(profile="art30"))))
    assert [name[:3] for name in head] == ["(a)", "(b)", "(c)", "(d)", "(e)", "(f)", "(g)"]


@pytest.mark.parametrize(("profile", "columns"), [("art30", 7), ("cnil", 10), ("ico", 21)])
@pytest.mark.parametrize("name", sorted(ALL))
def test_every_activity_is_a_row(profile, columns, name):
    """One per purpose, one per dataset and purpose, and the four of this software."""
    made = table(*ALL[name], profile=profile)
    assert {len(row) for row in made.rows} == {columns} == {len(made.head)}
    assert len(made.rows) == len(model(*ALL[name]).facts.activities)


def test_this_software_itself_is_in_the_record():
    """Peers forget it: choices, requests, suppression, the log."""
    assert list(rows()) == [
        "Running the shop",
        "Statistics",
        "Orders",
        "Newsletter",
        "Your choices",
        "Your requests",
        "Not collecting again",
        "The log of what we did",
    ]


def test_a_row_says_what_the_configuration_does():
    """Basis with its clause, recipients by role, transfers with safeguard, clocks and holds."""
    known = rows()
    statistics, orders = known["Statistics"], known["Orders"]
    assert statistics.basis.startswith("gdpr: your consent (Art. 6(1)(a)) [DE@")
    assert statistics.recipients == "Matomo Cloud (works for us); Mirror SARL (works for us)"
    assert statistics.transfers == (
        "Matomo Cloud: New Zealand (adequacy decision 2013/65/EU); Mirror SARL: France (inside the region)"
    )
    assert "a keyed reference to the account" in statistics.identifiers
    assert orders.special == "health"
    assert orders.retention == "as long as you have an account; 3 years; 10 years (AO § 147)"
    assert orders.persons == "customers"
    assert (statistics.location, orders.location) == (
        "events; Hoster AG",
        "shop.customers; shop.orders; Hoster AG",
    )
    assert statistics.consent
    assert orders.consent == ""
    assert "staff are trained" in orders.measures


def test_the_last_verification_stands_in_every_row():
    """With its date and digest, or that there was none."""
    last = Disproved(frozenset(), "2026-11-30T00:00:00Z", "ab12")
    assert rows(disproved=last)["Orders"].verified == "2026-11-30T00:00:00Z, report ab12"
    assert rows()["Orders"].verified == "never"


def test_an_open_end_and_a_capped_one_are_told():
    """A reason without a time, a law that is shorter than the configuration."""
    text = CONSENTED.replace('["DE"]', '["FR"]').replace('"13 months"', '"40 months"')
    known = rows(text, MAP.replace('duration = "10 years"\n', ""))
    assert known["Orders"].retention.endswith("(AO § 147)")
    assert known["Statistics"].retention.startswith(
        "758 days, the longest that the law allows (FR@"
    )


def test_a_processor_names_each_controller():
    """GDPR Art. 30(2)(a) to (d): a row for each of them."""
    text = CONSENTED.replace("[notice]\n", '[notice]\non_behalf_of = ["A AG", "B SA"]\n')
    made = table(text, role="processor")
    assert [name[:3] for name in made.head] == ["(a)", "(b)", "(c)", "(d)"]
    assert [row[0].rpartition("; ")[2] for row in made.rows] == ["A AG", "B SA"]
    assert [row[0].rpartition("; ")[2] for row in table(role="processor").rows] == ["not stated"]


def test_no_cell_of_the_csv_is_calculated():
    """A description that is a formula; in the ICO's columns it begins the cell."""
    written = csv_text(table(FORMULA))
    for line in csv.reader(io.StringIO(written)):
        assert not [cell for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert "'=cmd" in written


def test_the_workbook_holds_texts_alone():
    """The same cells as the table, none of them a formula; the same bytes each time."""
    made = table(FORMULA)
    content = sheet(made, "record")
    assert content == sheet(made, "record")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        page = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        texts = ET.fromstring(book.read("xl/sharedStrings.xml"))
    names = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    strings = ["".join(it.itertext()) for it in texts.findall("x:si", names)]
    cells = [
        [strings[int(v.text)] if (v := cell.find("x:v", names)) is not None else "" for cell in row]
        for row in page.findall(".//x:row", names)
    ]
    assert page.findall(".//x:f", names) == []
    assert cells == [list(made.head), *(list(row) for row in made.rows)]


@pytest.mark.parametrize("role", ["controller", "processor"])
@pytest.mark.parametrize("name", sorted(ALL))
def test_the_document_fits_its_schema(name, role):
    """docs/reference/record.schema.json."""
    document = record_document(model(*ALL[name]), given(*ALL[name]), writer(), role)
    Draft202012Validator.check_schema(SCHEMA)
    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []
    assert list(Draft202012Validator(SCHEMA).iter_errors({**document, "role": "else"})) != []


def test_the_page_has_every_row():
    """As HTML, with the columns of the profile."""
    page = html_page(record_page(model(CONSENTED, MAP), table(), writer("ar")))
    assert page.count("<tr>") == 9
    assert 'dir="rtl"' in page
