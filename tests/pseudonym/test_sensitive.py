"""Names whose values are never kept, in every spelling."""

from __future__ import annotations

import pytest

from privacykit.pseudonym.texts.sensitive import CLICK_IDS, is_sensitive
from privacykit.pseudonym.texts.text import scrub_props
from privacykit.pseudonym.url.urls import scrub_query

_NAMES = """
access_token account_number activation_link api_key billing_address card_no cc_number client_secret
code_verifier customer_id date_of_birth device_id driver_license_number encryption_key first_name
full_name home_address id_token invite_code ip_address last_name magic_link maiden_name member_number
national_id passport_number password_hash patient_name phone_number pin_code postal_code private_key
recovery_code refresh_token reset_link saml_response secret_answer security_code session_id
signing_key social_security_number sort_code tax_id user_email user_id verification_code visitor_id
zip_code
"""
_KEPT = """
page name key id code state number order_id product_id product_name page_number country_code
promo_code sort_key primary_key path headphones smartphones iphone tooltip membership utm_source
utm_campaign query size plan file_name event_name language category price keyword keyboard
monkey latest panel pinned ticketing mailing status currency video_id link url step variant theme
"""
NAMES, KEPT = _NAMES.split(), _KEPT.split()


def spellings(name):
    """Yield *name* as people write it."""
    words = name.split("_")
    yield from (name, name.upper(), "-".join(words), ".".join(words), "".join(words))
    yield "".join([words[0], *(word.capitalize() for word in words[1:])])
    yield "".join(word.capitalize() for word in words)
    yield from (f"{name}s", f"{name}2", f"my_{name}", f"data.{name}.value", f"_{name}")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_sensitive_in_every_spelling(name):
    """One name, parted, joined, in the plural, numbered or inside another."""
    assert [each for each in spellings(name) if not is_sensitive(each)] == []


@pytest.mark.parametrize("name", NAMES)
def test_neither_property_nor_parameter_of_the_name_is_kept(name):
    """Events and queries ask the same question."""
    kept = [scrub_query(f"{each}=x", frozenset({each.lower()})) for each in spellings(name)]
    assert (scrub_props(dict.fromkeys(spellings(name), "x")), set(kept)) == ({}, {""})


@pytest.mark.parametrize("name", KEPT)
def test_harmless_names_stay(name):
    """A word that only holds another (`iphone`), and what speaks of no person, is kept."""
    assert not is_sensitive(name)


@pytest.mark.parametrize("name", sorted(CLICK_IDS))
def test_click_identifiers_are_known_in_every_case(name):
    """Parameters keep their names whatever their case."""
    assert (is_sensitive(name.upper()), is_sensitive(name.title())) == (True, True)
