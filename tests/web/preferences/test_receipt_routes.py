"""Receipts on the pages: for whoever shows the signed grant, and records of refusals."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from privacykit.collect.consent.receipts import ReceiptMaker, check_receipt
from privacykit.collect.consent.terms import Issuer, ReceiptTerms
from privacykit.policy.verdict import Verdict
from privacykit.web.preferences.limits import Rate, WriteLimits

from .conftest import NOW, decided

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MAKER = ReceiptMaker(ReceiptTerms(Issuer("Shop Ltd"), ()), KEY, [KEY.public_key()])
HOUR = NOW - NOW % 3600


@pytest.fixture
def holder(shop, own_page):
    """A browser that allowed everything at a site that makes receipts."""
    shop.options = {"receipts": MAKER}
    client = shop.client()
    assert client.post("/privacy/choice", data={"action": "allow"}, headers=own_page).is_redirect
    return client


def asked(client, form="iso-27560", **headers):
    """Ask for a receipt."""
    return client.post("/privacy/receipt", data={"format": form}, headers=headers)


@pytest.mark.parametrize(
    ("form", "kind"), [("iso-27560", "application/ld+json"), ("kantara", "application/json")]
)
def test_the_holder_gets_a_receipt(shop, holder, form, kind):
    """A signed file of their own record, which no cache keeps."""
    answer = asked(holder, form)
    receipt = check_receipt(answer.content, [KEY.public_key()])
    (record,) = shop.consents.records
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert "set-cookie" not in answer.headers
    assert record in json.dumps(receipt)


def test_the_page_of_choices_leads_there(holder):
    """A link to a page with a button for each form."""
    assert "/privacy/receipt" in holder.get("/privacy/").text
    page = holder.get("/privacy/receipt")
    assert (page.status_code, page.text.count("<button")) == (200, 2)
    assert page.headers["cache-control"] == "private, no-store"


@pytest.mark.usefixtures("holder")
def test_who_shows_no_grant_gets_none(shop):
    """Whatever they ask for: a record's id opens nothing."""
    (record,) = shop.consents.records
    stranger = shop.client()
    told = stranger.post(f"/privacy/receipt?record={record}", data={"record": record})
    assert told.status_code == 404
    assert record not in told.text
    assert "<button" not in stranger.get("/privacy/receipt").text
    assert stranger.get("/privacy/").text.count("/privacy/receipt") == 0


def test_a_forged_grant_gets_none(shop, holder):
    """The signature is asked, not the name."""
    (record,) = shop.consents.records
    stranger = shop.client()
    value = holder.cookies["__Host-pk-yes"]
    stranger.cookies.set("__Host-pk-yes", value[:-1] + ("0" if value[-1] != "0" else "1"))
    assert record in value
    assert asked(stranger).status_code == 404


def test_a_record_that_is_gone_has_none(shop, holder):
    """Its time was over; the cookie lives on."""
    shop.consents.records.clear()
    assert asked(holder).status_code == 404


@pytest.mark.parametrize("made_up", [{}, {"content-type": "text/plain"}], ids=["none", "wsgiref"])
def test_without_a_body_the_usual_receipt_is_given(holder, made_up):
    """Nothing sent is a form without fields, not one of another type."""
    answer = holder.post("/privacy/receipt", headers=made_up)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ld+json")


def test_the_receipt_of_a_consent_that_is_over_says_so(shop, holder):
    """A cookie that was kept shows a past act: its receipt claims nothing beyond the withdrawal."""
    kept = holder.cookies["__Host-pk-yes"]
    shop.now += 60
    (record,) = shop.consents.records.values()
    shop.consents.records[record.record] = replace(record, withdrawn_at=shop.now)
    holder.cookies.set("__Host-pk-yes", kept)
    said = check_receipt(asked(holder).content, [KEY.public_key()])["dpv:hasRecordOfActivity"]
    given, withdrawn = said["dpv:hasConsentStatus"]
    assert withdrawn["@type"] == "dpv:ConsentWithdrawn"
    ends = given["dpv:hasDuration"]["schema:value"]
    assert ends == withdrawn["dpv:isIndicatedAtTime"]
    told = check_receipt(asked(holder, "kantara").content, [KEY.public_key()])
    assert "withdrawn at" in json.dumps(told["services"])


def test_receipts_are_limited(shop, holder):
    """As other writes are, and apart from them."""
    limits = WriteLimits(Rate(2, 0), Rate(2, 0))
    shop.options["receipt_limits"] = limits
    client = shop.client()
    client.cookies = holder.cookies
    assert [asked(client).status_code for _ in range(3)] == [200, 200, 429]


def test_another_form_is_none(holder):
    """Nothing is guessed, nothing is changed."""
    answer = asked(holder, "paper")
    assert (answer.status_code, "set-cookie" in answer.headers) == (400, False)


def test_a_store_that_fails_changes_no_choice(shop, holder):
    """The visitor is told to try again; no refusal is set for them."""

    def broken(_hash):
        raise OSError

    shop.consents.text = broken
    failed = []
    shop.options["failed"] = failed.append
    client = shop.client()
    client.cookies = holder.cookies
    answer = asked(client)
    assert (answer.status_code, "set-cookie" in answer.headers, len(failed)) == (503, False, 1)


def test_the_public_keys_are_published(holder):
    """For everybody, and to be remembered for a while."""
    answer = holder.get("/privacy/receipt-keys.json")
    (known,) = answer.json()["assertionMethod"]
    assert known["publicKeyHex"] == KEY.public_key().public_bytes_raw().hex()
    assert answer.headers["cache-control"] == "public, max-age=3600"


def test_a_site_without_a_signing_key_makes_none(shop):
    """There is no such page."""
    assert shop.client().get("/privacy/receipt").status_code == 404


def refused(shop, client, action="refuse", headers=None):
    """Refuse, and return what was recorded of it."""
    client.post("/privacy/choice", data={"action": action}, headers=headers or {})
    return shop.consents.refusals


def test_a_refusal_is_recorded_and_names_nobody(shop):
    """Its id is in no cookie, its time is an hour's; what was shown is kept."""
    shop.now = NOW + 59
    client = shop.client()
    (record,) = refused(shop, client)
    assert (record.purposes, set(record.refused)) == ((), {"analytics", "ads", "chat"})
    assert (record.given_at, record.interface, record.method) == (HOUR, "page", "refuse_all")
    assert (record.place, record.language) == ("DE", "en")
    assert record.text_hash in shop.consents.texts
    assert all(record.record not in cookie.value for cookie in client.cookies.jar)


def test_a_refusal_is_recorded_once(shop):
    """Who refuses what is refused already says nothing new."""
    client = shop.client()
    assert [len(refused(shop, client)) for _ in range(3)] == [1, 1, 1]


def test_who_withdraws_leaves_no_refusal(shop, own_page):
    """It is in the record of the grant; beside it a refusal could be tied to the person."""
    client = shop.client()
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    refused(shop, client, headers=own_page)
    assert (shop.consents.refusals, len(shop.consents.withdrawn)) == ([], 1)


def test_a_flood_of_refusals_is_refused_and_not_recorded(shop, own_page):
    """Each is honoured, and none keeps a grant waiting."""
    shop.options["refusal_limits"] = WriteLimits(Rate(1, 0), Rate(1, 0))
    answers = [shop.client().post("/privacy/opt-out") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    assert all("pk-no" in answer.headers["set-cookie"] for answer in answers)
    assert len(shop.consents.refusals) == 1
    grant = shop.client().post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    assert grant.status_code == 303


def test_a_refusal_needs_no_store(shop):
    """It holds when nothing can be written."""
    shop.show(decisions={name: decided(Verdict.NEEDS_CONSENT) for name in ("ads", "chat")})
    shop.consents.broken, failed = True, []
    shop.options["failed"] = failed.append
    answer = shop.client().post("/privacy/opt-out")
    assert (answer.status_code, len(failed)) == (303, 1)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("banner", "banner"),
        ("placeholder", "placeholder"),
        ("", "page"),
        ("elsewhere", "page"),
        ("account", "page"),
    ],
)
def test_where_a_choice_was_made_is_in_its_record(shop, own_page, said, kept):
    """The banner's form and a placeholder say so by themselves; nothing else is believed."""
    form = {"action": "allow", "interface": said}
    shop.client().post("/privacy/choice", data=form, headers=own_page)
    (record,) = shop.consents.records.values()
    assert record.interface == kept
