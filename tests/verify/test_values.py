"""Whatever a value is wrapped in, and wherever it stands, it is found; what must be there is not."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.parse
import zlib
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from privacykit.collect.events.format import Event, decode_event
from privacykit.govern.datamap import parse_datamap
from privacykit.operate.migrate import BESIDE, RECORDS
from privacykit.settings.load import load
from privacykit.stores.events.event_tables import EVENTS_SCHEMA, HELD
from privacykit.testing.layout import lay_out
from privacykit.testing.samples import rich_row
from privacykit.verify.places.own import body_of
from privacykit.verify.places.own_tables import BY_DESIGN
from privacykit.verify.places.place import KeptEvent, PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.stored_values import IdentifierClaim, ValueReader
from privacykit.verify.values.forms import column_form, event_forms
from privacykit.verify.values.labels import AddressRule, labels_in
from privacykit.verify.values.leaves import leaves
from privacykit.verify.values.named import spelled_number
from tests.verify.installation import MAP

VALUES = {
    "ip": ["192.0.2.77", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.77", "[2001:db8::1:7]:443"],
    "agent": [
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "curl/8.5.0",
    ],
    "email": ["otto@example.org", "o.tto+news@mail.example.org"],
    "phone": ["+49 30 901820", "0049 (30) 90 18 20"],
    "card": ["4111 1111 1111 1111", "5555555555554444"],
    "iban": ["DE89370400440532013000", "GB33 BUKB 2020 1555 5555 55"],
    "credential": ["AKIAIOSFODNN7EXAMPLE", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"],
    "location": ["52.5200066, 13.4049540"],
    "mac": ["00:1b:44:11:3a:b7"],
}
EACH = [(label, value) for label, values in VALUES.items() for value in values]
RULE = AddressRule(24, 48)


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A reader of a shop's values."""
    config = lay_out(tmp_path_factory.mktemp("shop"))
    datamap = parse_datamap(MAP.format(app="sqlite:///app.db"))
    return ValueReader(Stated.of(load(str(config)), datamap, 1.8e9))


def _paths(value, path=()):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*path, name))
    elif not isinstance(value, list):
        yield path


EVENT = msgspec.to_builtins(decode_event(rich_row(1).body))
PLACES = [path for path in _paths(EVENT) if path != ("data", "ip_bits")]
OWN = [
    (table.name, column.name)
    for schema in (*RECORDS, *BESIDE, EVENTS_SCHEMA)
    for table in schema.metadata.tables.values()
    for column in table.columns
    if table.name not in BY_DESIGN and column.type.python_type is str
]
FREE = {("consent_texts", "body"), ("audit_checkpoints", "note")}
"""The site's own words, and signed notes."""
FREE |= {(table, "frontier") for table in ("audit_head", "consent_head")}


def _claim(label):
    """Return what claim *label* is of: what is two things at once has the name of one."""
    return label if label in {"ip", "agent"} else "identifiers"


def _row(body, **columns):
    raw = json.dumps(body)
    return StoredRow("x", "events", PlaceKind.EVENTS, {"body": raw, **columns}, KeptEvent(body, {}))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(EACH), st.sampled_from(PLACES), st.sampled_from(["{}", "see {} there"]))
def test_any_value_in_any_member_of_an_event_is_found(reader, value, place, words):
    """The members come from the schema of events, not from a list."""
    label, text = value
    body = json.loads(json.dumps(EVENT))
    inner = body
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = words.format(text)
    assert _claim(label) in {_claim(one) for _, one in reader.labels(_row(body))}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(EACH), st.sampled_from(sorted(set(OWN) - FREE)))
def test_any_value_in_any_column_of_ours_is_found(reader, value, column):
    """The columns come from the schemas of our stores."""
    label, text = value
    fits = column_form(*column)
    assume(fits is None or not fits(text))  # 22 signs may be a bank account or a record
    kind = PlaceKind.EVENTS if column[0] == HELD.name else PlaceKind.OWN
    row = StoredRow("x", column[0], kind, {column[1]: text})
    assert _claim(label) in {_claim(one) for _, one in reader.labels(row)}


def test_a_new_member_of_an_event_is_looked_at(reader):
    """A text that the schema gives no form is read by the detectors."""
    kept = {f"data.{name}" for name in ("page", "query", "name", "purpose", "props")}
    assert kept.isdisjoint(event_forms())
    assert {"id", "time", "data.visitor", "data.language"} <= event_forms().keys()
    assert set(Event.__struct_fields__) > {"data"}
    body = EVENT | {"told": "otto@example.org"}
    assert reader.labels(_row(body)) == [("body.told", "email")]


WRAPPINGS = {
    "as it is": lambda text: text,
    "in JSON": lambda text: json.dumps({"a": [{"b": text}]}),
    "in JSON in JSON": lambda text: json.dumps({"a": json.dumps({"b": text})}),
    "percent": urllib.parse.quote,
    "percent twice": lambda text: urllib.parse.quote(urllib.parse.quote(text)),
    "escaped": lambda text: "".join(f"\\u{ord(sign):04x}" for sign in text),
    "entities": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "full-width": lambda text: "".join(chr(ord(sign) + 0xFEE0) for sign in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of the web": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hexadecimal": lambda text: text.encode().hex(),
    "bytes": lambda text: text.encode(),
    "gzip": lambda text: gzip.compress(text.encode()),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "message pack": lambda text: msgspec.msgpack.encode({"a": [b"\xff\xfe", text]}),
    "among bytes": lambda text: b"\xff\x00\x01" + text.encode() + b"\x00\xff",
    "UTF-16": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "a name": lambda text: {text: 1},
    "a list": lambda text: ["shoes", [text]],
}


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS)
def test_a_value_is_found_however_it_is_wrapped(wrapping):
    """Encodings are undone, packed values unpacked, names of members read."""
    wrapped = wrapping("otto.vogel@example.org")
    found = {one for leaf in leaves(wrapped, "x") for one in labels_in(leaf.value, RULE)}
    assert "email" in found


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("anna.weber=40home.example", {"email"}),
        ("=?utf-8?q?anna.weber=40home.example?=", {"email"}),
        ("anna=2Eweber=40home=2Eexample", {"email"}),
        ("anna.weber+AEA-home.example", {"email"}),
        ("to anna.weber[at]home.example", {"email"}),
        ("anna (at) home [dot] example", {"email"}),
        ("w=40em.at", set()),
        ("/a?size=40mm.html&b=20", set()),
        ("look [at] this", set()),
        ("item.count=40", set()),
    ],
)
def test_an_address_without_its_sign_is_found(text, label):
    """As mail programs encode it, and as people spell it; a parameter is none."""
    assert set(labels_in(text, RULE)) == label


def test_kinds_at_one_place_are_counted_each(reader):
    """What stood there first does not give its name to what came later."""
    claim = IdentifierClaim(reader)
    for text in ("DE89370400440532013000", "4111 1111 1111 1111", "otto@example.org", "otto@x.org"):
        claim.look(_row({"data": {"props": {"x": text}}}))
    told = {(one.text, one.count) for one in claim.result().violations}
    assert told == {("a bank account", 1), ("the number of a card", 1), ("an e-mail address", 2)}


def test_no_path_holds_a_value():
    """A name that could be somebody's is not told."""
    value = {"otto@example.org": {"4111 1111 1111 1111": "x"}, "plain_name": "y"}
    paths = {leaf.path for leaf in leaves(value, "x")}
    assert paths == {"x.…", "x.….…", "x.plain_name"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("203.0.113.0", set()),
        ("2001:db8:1::", set()),
        ("::ffff:203.0.113.0", set()),
        ("0.0.0.0", set()),
        ("203.0.113.1", {"ip"}),
        ("2001:db8:1:2::", {"ip"}),
        ("64:ff9b::203.0.113.1", {"ip"}),
        ("203-0-113-1.isp.example", {"ip"}),
        ("1.113.0.203.in-addr.arpa", {"ip"}),
        ("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", {"ip"}),
        ("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", set()),
        ("at 203.0.113.1.", {"ip"}),
        ("2026-11-30 10:00:00.123456", set()),
        ("2020-01-01T00:00:00Z", set()),
        ("Chrome 120", set()),
        ("%25252525252540", {"encoded"}),
    ],
)
def test_what_is_coarse_enough_is_no_finding(text, found):
    """And what is finer is, in any notation."""
    assert set(labels_in(text, RULE)) == found


@pytest.mark.parametrize("value", [None, True, datetime.now(UTC), {}, [], b"", ""])
def test_what_holds_nothing_has_no_finding(value):
    """Times, truths and nothing."""
    assert [one for leaf in leaves(value, "x") for one in labels_in(leaf.value, RULE)] == []


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.binary(max_size=40) | st.text(max_size=40) | st.integers() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
    )
)
def test_no_value_makes_it_fail(value):
    """Whatever somebody stored."""
    for leaf in leaves(value, "x"):
        set(labels_in(leaf.value, RULE))
    body_of(value)


def test_forms_are_of_columns_that_there_are():
    """A form of a column that is gone would hide the next one of that name."""
    known = {column for _, column in OWN}
    assert column_form("events", "visitor") is not None
    assert column_form("consents", "purposes") is None
    assert {"visitor", "record", "hash"} <= known


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ({"type": "Point", "coordinates": [13.40495, 52.52001]}, {"location"}),
        ('{"coordinates": [[[13.40495, 52.52001], [13.4, 52.5]]]}', {"location"}),
        ({"coordinates": [13.4, 52.5]}, set()),
        ({"shares": [0.12345, 0.54321]}, set()),
        (zlib.compress(b"write to otto@example.org"), {"email"}),
        (zlib.compress(b"nothing of anybody"), set()),
    ],
)
def test_places_and_packed_values_are_found(value, label):
    """GeoJSON has two numbers in a list, and frameworks pack sessions without gzip's header."""
    found = {one for leaf in leaves(value, "x") for one in labels_in(leaf.value, RULE)}
    assert found == label


@pytest.mark.parametrize(
    ("name", "text", "address"),
    [
        ("remote_addr", "-881785000", "203.113.7.88"),
        ("remote_addr", "3413182296", "203.113.7.88"),
        ("balance", "-881785000", "-881785000"),
    ],
)
def test_a_signed_number_under_the_name_of_an_address_is_one(name, text, address):
    """As a database without unsigned numbers keeps them."""
    assert spelled_number(name, text) == address
