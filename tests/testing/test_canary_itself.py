"""Tests of the canary itself: what it does not find, no test of ours would."""

from __future__ import annotations

import base64
import json
import secrets
from urllib.parse import quote

import pytest

from privacykit.testing.canary import Canary

CANARY = Canary.hatch("203.0.113.77", "2001:db8:1:77::7").keeping(salt=b"\x80salt\xff" * 5)
WORD = CANARY.words["token"]


def found(haystack):
    """Return what is found, without how."""
    return {finding.what for finding in CANARY.search(haystack)}


@pytest.mark.parametrize("address", ["203.0.113.77", "2001:db8:1:77::7"])
@pytest.mark.parametrize(
    "spell",
    [
        str,
        str.upper,
        lambda text: f"for={quote(text, safe='')}",
        lambda text: text.replace(":", "%3a").replace(".", "%2e"),
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
        lambda text: text[::-1],
        lambda text: text.encode("utf-16-le"),
        lambda text: base64.b64encode(f"a {text} b".encode()),
        lambda text: base64.b64encode(f"ab {text} b".encode()),
        lambda text: base64.urlsafe_b64encode(f"abc {text} bc".encode()),
        lambda text: json.dumps({"client": [text, 5]}),
    ],
)
def test_an_address_is_found_in_every_spelling(address, spell):
    """Whoever wrote it, and whatever stands around it."""
    assert found(spell(address)) == {"ipv4" if "." in address else "ipv6"}


@pytest.mark.parametrize(
    "haystack",
    [
        CANARY.ipv4.packed.hex(),
        f"{int(CANARY.ipv4)}",
        "77.113.0.203.in-addr.arpa",
        "ip-203-0-113-77.provider.example",
        base64.b64encode(CANARY.ipv4.packed),
        b"..." + CANARY.ipv6.packed + b"...",
        CANARY.ipv6.exploded,
        "2001:db8:1:77::/64",
        "20010db800010077",
    ],
)
def test_an_address_is_found_as_number_and_network(haystack):
    """Packed, reversed, and as a subnet that is one household."""
    assert found(haystack) & {"ipv4", "ipv6"}


@pytest.mark.parametrize("haystack", ["203.0.113.0", "2001:db8:1::", "203.0.113.0:0 GET /*"])
def test_a_weakened_address_is_none(haystack):
    """24 and 48 bits may come out."""
    assert found(haystack) == set()


@pytest.mark.parametrize("shift", range(3))
def test_a_word_is_found_inside_base64(shift):
    """At every alignment."""
    text = b"x" * shift + WORD.encode() + b"yz"
    assert found(base64.b64encode(text)) == {"token"}


def test_a_secret_is_found_raw_and_spelled():
    """A salt or key is bytes, not text."""
    salt = CANARY.secrets["salt"]
    for spelled in (salt, salt.hex(), base64.b64encode(b"?" + salt), salt[::-1]):
        assert found(spelled) == {"salt"}


def test_nothing_is_found_by_chance():
    """In a megabyte of noise, raw and as text."""
    noise = secrets.token_bytes(1 << 20)
    assert CANARY.search(noise) == CANARY.search(noise.hex()) == []


def test_everything_it_sends_is_a_marker():
    """No header and no path of its goes in unmarked."""
    for name, value in [*CANARY.headers(), *CANARY.headers(ipv6=True)]:
        assert found(value), name
    assert found(CANARY.path()) == {"path", "email", "token", "query"}


def test_files_are_searched_and_inputs_are_not(tmp_path):
    """Whatever they are called; the key file and the geo database were put in."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "events.db-wal").write_bytes(b"..." + WORD.encode())
    (tmp_path / "privacykit.keys").write_text(WORD)
    assert [(f.what, f.where) for f in CANARY.search_files(tmp_path)] == [
        ("token", "deep/events.db-wal")
    ]


def test_it_does_not_print_secrets():
    """They are real ones."""
    assert "salt" not in repr(CANARY)


def test_users_get_one_as_a_fixture(privacy_canary):
    """The plugin brings it along with the package."""
    assert {f.what for f in privacy_canary.search(str(privacy_canary.ipv4))} == {"ipv4"}
