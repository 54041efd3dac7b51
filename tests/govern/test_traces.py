"""Tests of what finds a person's events in our own stores."""

from __future__ import annotations

import pytest

from privacykit.govern.records import Identity
from privacykit.govern.traces import traces
from privacykit.pseudonym.subject import subject_reference
from privacykit.pseudonym.visitor import consented_id

NEW, OLD = bytes(range(32)), bytes(range(32, 64))


def test_events_of_every_key_are_found():
    """A rotated key leaves older events under older references."""
    found = traces([NEW, OLD], [Identity("email", "ann@shop.example")])
    assert found == tuple(
        ("subject", subject_reference(key, "ann@shop.example")) for key in (NEW, OLD)
    )


def test_a_consent_is_found_by_its_record_and_by_its_visitor():
    """Stores that keep no record know the visitor id made of it."""
    found = traces([NEW], [Identity("consent_record", "r1")])
    assert found == (("record", "r1"), ("visitor", consented_id(NEW, "r1")))


def test_a_visitor_id_is_taken_as_it_is():
    """It is a hash of ours already."""
    assert traces([NEW], [Identity("visitor_id", "a" * 32)]) == (("visitor", "a" * 32),)


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
    assert traces([NEW], [identity]) == ()
