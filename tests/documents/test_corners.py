"""Configurations at the corners: modes of addresses, sinks that are files, hosts that are none."""

from __future__ import annotations

import pytest

from privacykit.documents.facts.laws import families_of
from privacykit.documents.facts.receivers import host_of
from privacykit.documents.notice.dpv import dpv_document
from privacykit.documents.notice.layout import notice_page
from privacykit.documents.pages.markdown import markdown_page
from privacykit.documents.record.profiles import record_table
from privacykit.settings.load import parse
from privacykit.settings.values import Credential
from tests.documents.samples import CONSENTED, COOKIELESS, MAP, by_law, given, model, said, writer

IP = '[choice]\nlanguage = "de"\n'


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('mode = "drop"', "address_none"),
        ('mode = "zero"', "address_none"),
        ('mode = "keep"\nbasis = "security"', "address_kept"),
        ('mode = "hash"\nkey = "00112233445566778899aabbccddeeff"', "address_keyed"),
        ('mode = "ipcrypt-nd"\nkey = "00112233445566778899aabbccddeeff"', "address_keyed"),
        ('mode = "reverse-truncate"', "address_part"),
        ('mode = "matomo-2"', "address_cut"),
        ('mode = "truncate"\nv4_bits = 16\nv6_bits = 32', "address_cut"),
    ],
)
def test_what_becomes_of_an_address_is_told_as_it_is(table, words):
    """By the mode that the configuration names."""
    found = model(COOKIELESS.replace(IP, f"[ip]\n{table}\n{IP}"))
    (address,) = (it for it in found.statements if it.id == "protects.address")
    assert address.words == words


@pytest.mark.parametrize(
    ("table", "bits"),
    [
        ('mode = "matomo-2"', "16 of 32 bits stay, or 48"),
        ("v4_bits = 8", "8 of 32 bits stay, or 48"),
    ],
)
def test_the_bits_that_stay_are_told(table, bits):
    """Of a preset its own, else those that are written, else ours."""
    assert bits in said(model(COOKIELESS.replace(IP, f"[ip]\n{table}\n{IP}")))["protects.address"]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ('["US-TX"]', ("california", "us-states")),
        ('["BR", "AU"]', ("lgpd", "app")),
        ('["CN", "TR", "GB"]', ("gdpr", "pipl", "kvkk")),
        ('["JP"]', ("gdpr",)),
        ("[]", ("gdpr",)),
    ],
)
def test_the_laws_follow_the_establishments(places, expected):
    """Where none of ours is, the one that most is asked by."""
    assert families_of(parse(COOKIELESS.replace('["DE"]', places))) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x", ("a.example", True)),
        ("http://a.example", ("a.example", False)),
        ("amqps://u:p@a.example", ("a.example", True)),
        ("https://[::1", ("", None)),
        ("file", ("", None)),
        (Credential("env", "X"), ("", None)),
        (None, ("", None)),
    ],
)
def test_of_a_url_the_host_alone_is_read(url, expected):
    """And whether it speaks TLS; what stands elsewhere is not looked up."""
    assert host_of(url) == expected


def test_a_file_of_this_machine_is_no_recipient():
    """Unless somebody states who gets it."""
    sink = '[[sinks]]\ntype = "jsonl"\nname = "log"\npurposes = ["statistics"]\n'
    assert "recipients.none" in said(model(COOKIELESS + sink))
    named = COOKIELESS + sink + '[notice.recipients.log]\nname = "Archive e.V."\ncountry = "DE"\n'
    assert said(model(named))["recipient.log"].startswith("Archive e.V., Germany")


def test_transport_is_told_only_where_all_of_it_is_known():
    """A URL that stands in a variable may be anything."""
    assert "protects.transport" in said(model(CONSENTED))
    hidden = CONSENTED.replace('"https://mirror.internal/events"', '{ env = "MIRROR" }')
    assert "protects.transport" not in said(model(hidden))
    assert "protects.sinks_only" in said(model(hidden))


def test_our_own_events_in_the_map_are_not_told_twice():
    """A map of one's own may map them: they are the visits."""
    own = '[datasets.privacykit]\nconnector = "events"\n[collections.privacykit.events.fields]\nip = "user.device"\n'
    found = model(CONSENTED, MAP + own)
    assert found.version == model(CONSENTED, MAP).version


def test_two_clocks_that_are_alike_are_one():
    """Rows of several tables that go by the same time."""
    one = '{ duration = "3 years", from = "created" }'
    twice = MAP.replace(
        one, f'[{one}, {{ duration = "3 years", from = "created", purpose = "orders" }}]'
    )
    kept = [id_ for id_ in said(model(CONSENTED, twice)) if id_.startswith("kept.map-shop-orders")]
    assert len(kept) == 3  # the criterion, the clock, the hold


def test_a_table_without_persons_is_no_activity():
    """Its columns are excluded, or the system's own."""
    goods = '[collections.shop.goods.fields]\nid = { exclude = "a number" }\n'
    assert model(CONSENTED, MAP + goods).version == model(CONSENTED, MAP).version


def test_a_recipient_without_country_or_name_is_told_as_far_as_it_is_known():
    """In the notice by name alone, in the record by the name of its sink, which is internal."""
    text = CONSENTED.replace('country = "FR"\n', "")
    assert "loc:FR" not in str(dpv_document(model(text), writer()))
    rows = record_table(model(text), given(text), writer()).rows
    assert not any("Mirror SARL: " in cell for row in rows for cell in row)
    alone = CONSENTED.replace(
        '[notice.recipients.mirror]\nname = "Mirror SARL"\ncountry = "FR"\n', ""
    )
    assert any(
        "mirror" in cell
        for row in record_table(model(alone), given(alone), writer()).rows
        for cell in row
    )
    sink = (
        COOKIELESS
        + '[[sinks]]\ntype = "http"\nurl = "https://x.internal"\npurposes = ["statistics"]\n'
    )
    page = markdown_page(notice_page(model(sink), writer()))
    assert "receive data from us" not in page
    assert "Nobody else receives" not in page


def test_nested_sections_and_capped_times_are_written():
    """Laws of elsewhere inside theirs; France's cap in the table."""
    text = (
        by_law(CONSENTED, "gdpr", "lgpd")
        .replace('["DE"]', '["FR"]')
        .replace('"13 months"', '"40 months"')
    )
    page = markdown_page(notice_page(model(text), writer(), first=("gdpr",)))
    assert "### Brazil (LGPD)" in page
    assert "| Statistics | 758 days, the longest that the law allows |" in page


def test_a_site_of_requests_alone_has_a_record():
    """Nothing is collected: three activities of ours, no visits, and no pages to lead to."""
    text = '[controller]\nname = "A"\ncontact = "a@b.example"\nestablishments = ["CN"]\n[notice]\n'
    found = model(text)
    assert [one.id for one in found.facts.activities] == [
        "own-requests",
        "own-suppression",
        "own-audit",
    ]
    assert {"withdraw", "ask_page", "protects.address"}.isdisjoint(said(found))
    assert "salts" not in str(record_table(found, given(text), writer()).rows)


def test_a_notice_without_the_data_page_leads_to_none():
    """Where the operator turned it off; and drops of addresses leave nothing to be told apart by."""
    text = COOKIELESS.replace(IP, f'[data_page]\nenabled = false\n[ip]\nmode = "drop"\n{IP}')
    assert "ask_page" not in said(model(text))
    rows = record_table(model(text), given(text), writer(), profile="ico").rows
    assert rows[0][6] == "a code that changes every day"


def test_an_activity_without_a_basis_is_a_problem_and_no_guess():
    """The record leaves it empty."""
    text = CONSENTED.replace('description = "We deliver what you order."\nbasis = "contract"\n', "")
    row = next(
        r
        for r in record_table(model(text, MAP), given(text, MAP), writer()).rows
        if "customers" in r[3]
    )
    assert row[11] == ""
