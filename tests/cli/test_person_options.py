"""Tests of how commands are told who somebody is."""

from __future__ import annotations

import pytest

from privacykit.cli.rights.person import PersonOptions
from privacykit.errors import InputError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.records import Identity

NO_MAP = parse_datamap("")


def _one(text):
    return PersonOptions(None, None, None, [text]).identities(lambda: NO_MAP)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("number=17=x,y=z", Identity("number", "17=x,y=z")),
        ("email:sha256=" + "ab" * 32, Identity("email", "ab" * 32, "sha256")),
        (
            "customer:region=EU,number=17",
            Identity("customer", "", parts=(("number", "17"), ("region", "EU"))),
        ),
        (
            "person:name=Doe, Jane, birth=1990-01-01",
            Identity("person", "", parts=(("birth", "1990-01-01"), ("name", "Doe, Jane"))),
        ),
    ],
    ids=["plain", "hash", "composite", "comma"],
)
def test_an_identity_is_read(text, expected):
    """One value, the hash of one, or parts in the order of their names."""
    assert _one(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "secret",
        "=secret",
        "email=",
        "email:sha3=secret",
        "person:name=secret",
        "person:name=secret,name=secret",
        "person:name=secret,birth=",
        ":name=secret,birth=secret",
    ],
)
def test_what_is_no_identity_is_refused_without_its_value(text):
    """The message says how to write one."""
    with pytest.raises(InputError, match="TYPE:PART=VALUE") as caught:
        _one(text)
    assert "secret" not in str(caught.value)
