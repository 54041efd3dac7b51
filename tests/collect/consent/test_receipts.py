"""Consent receipts: their schemas, what they say, and that nobody else can make one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from privacykit.collect.consent.proof import (
    check_signature,
    did,
    multikey,
    read_multikey,
    signed,
)
from privacykit.collect.consent.receipts import FORMATS, LONGEST_BYTES, check_receipt
from privacykit.collect.consent.terms import NOT_STATED, ReceiptPurpose, ReceiptTerms
from privacykit.errors import InputError
from privacykit.signals.choice.time import GRANT_SECONDS
from tests.collect.consent.conftest import AT, TERMS, TEXT

DOCS = Path(__file__).parents[3] / "docs" / "reference"
SCHEMAS = {
    "iso-27560": "consent-receipt-27560.schema.json",
    "kantara": "consent-receipt-kantara.schema.json",
}
NOTICE = "0123456789ab@2026-12-01"
ID = "a6f58318-72e6-46a2-bfd7-f36d795e30cd"


def made(maker, form, record, text=TEXT, at=AT + 60):
    """Return a receipt as its holder gets it, parsed."""
    return json.loads(maker.make(form, record, text, at=at, id_=ID))


def changed(record, **fields):
    """Return *record* with other fields."""
    return msgspec.structs.replace(record, **fields)


def statuses(receipt):
    """Return the kinds of status that the record has."""
    found = receipt["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]
    return [it["@type"].removeprefix("dpv:Consent") for it in found]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"purposes": ("analytics", "ads", "health"), "refused": (), "gpc_seen": True},
        {"withdrawn_at": AT + 30, "withdrawn_interface": "page"},
        {"purposes": ("gone",), "text_hash": "", "language": "", "interface": "", "method": ""},
        {"notice": NOTICE},
        {"barred": (("ads", "banner"), ("chat", "gpc"))},
    ],
    ids=["some", "all", "withdrawn", "sparse", "notice", "barred"],
)
def test_a_receipt_fits_its_schema(maker, record, form, fields):
    """Whatever is known of the choice."""
    schema = json.loads((DOCS / SCHEMAS[form]).read_text())
    Draft202012Validator.check_schema(schema)
    receipt = made(maker, form, changed(record, **fields))
    assert [it.message for it in Draft202012Validator(schema).iter_errors(receipt)] == []


def test_what_was_not_in_force_is_no_process(maker, record):
    """It was to be allowed, something else stood against it, and nothing rests on it."""
    about = changed(record, purposes=("analytics",), refused=(), barred=(("ads", "banner"),))
    said = made(maker, "iso-27560", about)["dpv:hasRecordOfActivity"]
    processes = [it["dpv:hasPurpose"]["dct:identifier"] for it in said["dpv:hasProcess"]]
    assert processes == ["analytics"]
    assert said["privacykit:notInForce"] == [{"dct:identifier": "ads", "privacykit:by": "banner"}]
    assert "ads" not in json.dumps(made(maker, "kantara", about)["services"])


def test_the_notice_in_force_is_named(maker, record):
    """By its version and its day; the policy of the older form is that very one."""
    about = changed(record, notice=NOTICE)
    shown, notice = made(maker, "iso-27560", about)["dpv:hasRecordOfActivity"]["dpv:hasNotice"]
    assert shown["@type"] == "dpv:ConsentNotice"
    assert notice == {
        "@id": "urn:privacykit:notice:0123456789ab",
        "@type": "dpv:PrivacyNotice",
        "dct:hasVersion": "0123456789ab",
        "dct:issued": "2026-12-01",
        "schema:url": f"https://shop.example/privacy/notice#{NOTICE}",
    }
    assert made(maker, "kantara", about)["policyUrl"] == notice["schema:url"]


def test_a_notice_that_nobody_recorded_is_not_made_up(maker, record):
    """Of a site that serves none, or of a record of before."""
    (shown,) = made(maker, "iso-27560", record)["dpv:hasRecordOfActivity"]["dpv:hasNotice"]
    assert shown["@type"] == "dpv:ConsentNotice"
    assert made(maker, "kantara", record)["policyUrl"] == "https://shop.example/privacy/"


def test_purposes_are_named_as_they_were_shown(maker, record):
    """Not as the site calls them today."""
    processes = made(maker, "iso-27560", record)["dpv:hasRecordOfActivity"]["dpv:hasProcess"]
    assert [it["dpv:hasPurpose"]["dct:title"] for it in processes] == ["Zählung", "Werbung"]
    services = made(maker, "kantara", record)["services"]
    assert [it["purpose"] for it in services[0]["purposes"]] == ["Zählung"]


@pytest.mark.parametrize(
    ("fields", "later", "expected"),
    [
        ({}, 0, ["Given"]),
        ({}, GRANT_SECONDS + 1, ["Given", "Expired"]),
        ({"withdrawn_at": AT + 9}, GRANT_SECONDS + 1, ["Given", "Withdrawn"]),
        ({"purposes": ()}, 0, ["Refused"]),
    ],
)
def test_what_became_of_the_consent_is_told(maker, record, fields, later, expected):
    """Only what was given and not ended since lets processing happen."""
    receipt = made(maker, "iso-27560", changed(record, **fields), at=AT + later)
    assert statuses(receipt) == expected


def test_a_refusal_has_no_kantara_receipt(maker, record):
    """That form knows consents only, and pretends nothing."""
    with pytest.raises(InputError):
        made(maker, "kantara", changed(record, purposes=()))


def test_who_gets_data_is_told(maker, record):
    """Named, and as what."""
    receipt = made(maker, "kantara", changed(record, purposes=("ads", "health")))
    ads, health = receipt["services"][0]["purposes"]
    assert (ads["thirdPartyName"], ads["thirdPartyDisclosure"]) == ("adnet", True)
    assert (health["thirdPartyDisclosure"], receipt["sensitive"]) == (False, True)
    assert receipt["spiCat"] == ["Health"]


def test_nothing_is_made_up_about_a_purpose_that_is_gone():
    """It keeps its id."""
    assert ReceiptTerms(TERMS.issuer, ()).told(("gone",), None) == [ReceiptPurpose("gone")]
    assert ReceiptPurpose("gone").duration == NOT_STATED


def _leaves(value, path=()):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, place))
    else:
        yield path


@pytest.mark.parametrize("form", FORMATS)
def test_any_change_is_found(maker, key, record, form):
    """Of each value in the receipt, its proof included."""
    receipt = made(maker, form, record)
    assert check_receipt(json.dumps(receipt).encode(), [key.public_key()]) == receipt
    passed = []
    for path in _leaves(receipt):
        copy = json.loads(json.dumps(receipt))
        place = copy
        for name in path[:-1]:
            place = place[name]
        value = place[path[-1]]
        place[path[-1]] = not value if isinstance(value, bool) else f"{value}1"
        try:
            check_receipt(json.dumps(copy).encode(), [key.public_key()])
        except InputError:
            continue
        passed.append(path)
    assert passed == []


def test_the_key_that_a_receipt_names_proves_nothing(maker, key, record):
    """A stranger's receipt names the stranger's key."""
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    body = maker.make("kantara", record, TEXT, at=AT, id_=ID)
    with pytest.raises(InputError, match="no trusted key"):
        check_receipt(body, [stranger.public_key()])
    both = [stranger.public_key(), key.public_key()]
    assert check_receipt(body, both)["consentReceiptID"] == ID


def _proof(**members):
    known = {"cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
    return json.dumps({"proof": {**known, **members}}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"proof": 1}',
        b'{"proof": {"cryptosuite": "eddsa-jcs-2022"}}',
        _proof(),
        _proof(proofValue="z0"),
        _proof(proofValue="z1", half=0.5),
        _proof(proofValue="z1", **{"@context": {}}),
        json.dumps({"half": [0.5], **json.loads(_proof(proofValue="z1"))}).encode(),
        b"\xff",
        b"[" * 100_000,
        _proof(proofValue="z111")[:-1] + b',"a":' + b"[" * 900 + b"]" * 900 + b"}",
        b" " * (LONGEST_BYTES + 1),
    ],
)
def test_what_is_no_receipt_is_refused(key, body):
    """In a sentence, whatever it is."""
    with pytest.raises(InputError):
        check_receipt(body, [key.public_key()])


@settings(max_examples=40)
@given(st.binary(min_size=32, max_size=32))
def test_a_key_is_read_as_it_was_written(seed):
    """As a multikey and as did:key."""
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    for text in (multikey(key), did(key), f"{did(key)}#{multikey(key)}"):
        assert read_multikey(text).public_bytes_raw() == key.public_bytes_raw()


def test_a_key_of_the_specification_is_written_as_there():
    """The example of `did:key` for Ed25519 in W3C Data Integrity EdDSA Cryptosuites, appendix B."""
    known = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ6XJPt4swbTQ2"
    assert multikey(read_multikey(known)) == known


@pytest.mark.parametrize("text", ["", "z", "z6Mk", "x" * 200, "z" + "2" * 60, "zl0"])
def test_what_is_no_key_is_refused(text):
    """And not repeated."""
    with pytest.raises(InputError):
        read_multikey(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcXYZ:@", max_size=5), inner),
    max_leaves=12,
)


@settings(max_examples=40)
@given(st.dictionaries(st.text("abcXYZ", max_size=5), _JSON))
def test_others_write_the_same_bytes(document):
    """Whatever the words: signed by us, canonical by the standard library of Python."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    whole = signed(document, key, "2026-11-21T12:00:00Z")
    check_signature(whole, [key.public_key()])
    proof = {name: it for name, it in whole["proof"].items() if name != "proofValue"}
    said = b"".join(
        hashlib.sha256(
            json.dumps(it, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        ).digest()
        for it in (proof, document)
    )
    assert whole["proof"]["proofValue"] == "z" + _base58(key.sign(said))


def _base58(data):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, digits = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        digits = alphabet[rest] + digits
    return digits.rjust(len(digits) + len(data) - len(data.lstrip(b"\0")), "1")
