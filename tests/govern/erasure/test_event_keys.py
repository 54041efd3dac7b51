"""Tests of what finds a person's events in our own stores."""

from __future__ import annotations

import pytest

from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.event_keys import called_by, traces
from privacykit.govern.records import Identity
from privacykit.pseudonym.subject import subject_reference
from privacykit.pseudonym.visitor import consented_id

NEW, OLD = bytes(range(32)), bytes(range(32, 64))
ANY = frozenset({"controller_customer_id"})

MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
"""
PEOPLE = """
[collections.shop.TABLE]
subject = true
[collections.shop.TABLE.fields]
id = { category = "user.unique_id", identity = "TYPE" }
email = { category = "user.contact.email", identity = "email" }
"""


def _map(*types):
    tables = [
        PEOPLE.replace("TABLE", f"t{n}").replace("TYPE", kind) for n, kind in enumerate(types)
    ]
    return parse_datamap(MAP + "".join(tables))


@pytest.mark.parametrize(
    ("types", "said", "numbers"),
    [
        (["customer.id"], [], {"customer.id", "controller_customer_id"}),
        (["customer.id", "employee.id"], [], set()),
        (["controller_customer_id", "employee.id"], [], {"controller_customer_id"}),
        (["customer.id", "employee.id"], ["customer.id"], {"customer.id"}),
    ],
    ids=["one", "two", "one is the application's", "said"],
)
def test_only_the_applications_own_numbers_find_events(types, said, numbers):
    """The reference in an event is of a value alone, and two tables have a row 7 each."""
    assert called_by(said, _map(*types)) == numbers


def test_a_number_of_another_table_finds_no_event():
    """An erasure of employee 7 leaves the events of customer 7."""
    number = Identity("employee.id", "7")
    asked = [number, Identity("email", "ed@shop.example")]
    found = traces([NEW], asked, frozenset({"customer.id"}))
    assert found == (("subject", subject_reference(NEW, "ed@shop.example")),)


def test_events_of_every_key_are_found():
    """A rotated key leaves older events under older references."""
    found = traces([NEW, OLD], [Identity("email", "ann@shop.example")], ANY)
    assert found == tuple(
        ("subject", subject_reference(key, "ann@shop.example")) for key in (NEW, OLD)
    )


def test_a_consent_is_found_by_its_record_and_by_its_visitor():
    """Stores that keep no record know the visitor id made of it."""
    found = traces([NEW], [Identity("consent_record", "r1")], ANY)
    assert found == (("record", "r1"), ("visitor", consented_id(NEW, "r1")))


def test_a_visitor_id_is_taken_as_it_is():
    """It is a hash of ours already."""
    assert traces([NEW], [Identity("visitor_id", "a" * 32)], ANY) == (("visitor", "a" * 32),)


@pytest.mark.parametrize(
    "identity",
    [
        Identity("email", "ab" * 32, "sha256"),
        Identity("name_birth", "", parts=(("name", "Ann"), ("birth", "1990-01-01"))),
        Identity("email", ""),
    ],
    ids=["hashed", "composite", "empty"],
)
def test_what_the_application_never_said_finds_nothing(identity):
    """Nobody's reference is made of it, and least of all everybody's."""
    assert traces([NEW], [identity], ANY) == ()
