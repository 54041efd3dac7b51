"""The rules of webhooks: where one may go, how it is signed, what an answer means."""

import ast
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import KeyMaterialError
from privacykit.webhook import (
    KEY_BYTES,
    LONGEST_WAIT_SECONDS,
    AnswerKind,
    answer_kind,
    is_private,
    sign,
    signing_keys,
    wait_asked,
)

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "vectors" / "standard_webhooks.json").read_text())
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["title"])
def test_signs_as_published(case):
    """The reference library's own case, and one whose published end is wrong."""
    signed = sign(
        case["id"], case["timestamp"], case["body"].encode(), keys=signing_keys(case["secret"])
    )
    assert (signed["webhook-signature"] == case["signature"]) is case["valid"]


def test_signs_with_every_key():
    """While a key is rotated a receiver may know either, or our public half."""
    keys = signing_keys(f"whsec_{'B' * 32} whsec_{'A' * 32}")
    every = sign("msg_1", 1, b"{}", keys=keys, private=PRIVATE)["webhook-signature"].split(" ")
    alone = [sign("msg_1", 1, b"{}", keys=[key])["webhook-signature"] for key in keys]
    assert every == [sign("msg_1", 1, b"{}", private=PRIVATE)["webhook-signature"], *alone]


def test_asymmetric_signature_needs_our_public_key_only():
    """A recipient verifies without any secret of ours."""
    version, signature = sign("e1", 7, b"{}", private=PRIVATE)["webhook-signature"].split(",", 1)
    PRIVATE.public_key().verify(b64decode(signature), b"e1.7.{}")
    assert version == "v1a"


@pytest.mark.parametrize(
    "text",
    ["whsec_n*t+b@se", "whsec_c2hvcnQ=", "whsec_" + "A" * 200, "whsec_ключ", f"{'A' * 32} whsec_"],
)
def test_refuses_other_keys_without_a_word_of_them(text):
    """A key is base64 of 24 to 64 bytes."""
    with pytest.raises(KeyMaterialError) as caught:
        signing_keys(text)
    assert text.removeprefix("whsec_") not in str(caught.value)


@given(st.binary(max_size=100))
def test_a_key_that_cannot_be_read_cannot_sign(key):
    """Reading and signing draw the same line, so nobody signs with what another refuses."""
    written = f"whsec_{b64encode(key).decode()}"
    if len(key) in KEY_BYTES:
        assert sign("m", 1, b"", keys=signing_keys(written)) == sign("m", 1, b"", keys=[key])
        return
    with pytest.raises(KeyMaterialError):
        signing_keys(written)
    with pytest.raises(KeyMaterialError):
        sign("m", 1, b"", keys=[key])


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_no_key_is_no_signature(text):
    """A message is not sent unsigned because a key's file is empty."""
    with pytest.raises(KeyMaterialError):
        signing_keys(text)


def test_signs_nothing_with_nothing():
    """An empty signature is none."""
    with pytest.raises(KeyMaterialError):
        sign("m", 1, b"")


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        ((200, 202, 204, 299), AnswerKind.TAKEN),
        ((0, 302, 408, 425, 429, 500, 503, 599), AnswerKind.AGAIN),
        ((401, 402, 403, 404, 405, 407, 410, 421, 451), AnswerKind.REFUSES_US),
        ((400, 409, 413, 422), AnswerKind.REFUSED),
    ],
    ids=lambda value: value.name if isinstance(value, AnswerKind) else None,
)
def test_every_status_means_one_thing(statuses, kind):
    """Taken, to be sent again, a wrong URL or credential, a wrong message."""
    assert {answer_kind(status) for status in statuses} == {kind}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("٣", None),
        ("-1", None),
        (" 90 ", 90.0),
        ("9" * 5000, LONGEST_WAIT_SECONDS),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("Thu, 01 Jan 1970 00:01:40 -0000", 40.0),
        ("Thu, 01 Jan 1970 01:01:40 +0100", 40.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT_SECONDS),
        ("Thu, 01 Jan 1970 00:01:40 +9999", None),
    ],
)
def test_reads_how_long_to_wait(said, seconds):
    """Seconds or a date, never longer than a day."""
    assert wait_asked(said, 60.0) == seconds


@given(st.text())
def test_no_header_makes_us_stumble(said):
    """Whatever a receiver asks, the answer is a time within reason or none."""
    seconds = wait_asked(said, 0.0)
    assert seconds is None or 0.0 <= seconds <= LONGEST_WAIT_SECONDS


@pytest.mark.parametrize(
    "url",
    [
        "https://mailer.example/hook",
        "https://mailer.example:8443",
        "http://localhost:9000/",
        "http://127.0.0.1/",
        "http://[::1]:80/",
    ],
)
def test_posts_where_nobody_can_listen(url):
    """Encrypted, or on this machine."""
    assert is_private(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mailer.example",
        "https://",
        "http://mailer.example/",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "http://10.0.0.1/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "https://anna@mailer.example/",
        "https://:word@mailer.example/",
        "https://@mailer.example/",
        "https://mailer.example:port/",
        "https://[::1/",
        "https://mailer\n.example/",
        "https://mailer .example/",
    ],
)
def test_posts_nothing_in_the_clear(url):
    """No open connection, no password in a URL, nothing that a client reads otherwise than we."""
    assert not is_private(url)


def test_the_rules_stand_once():
    """
    Only this module knows the header's form, the statuses to retry and how waits are written.

    The stub that stands for a receiver checks them by itself.
    """
    words = ("webhook-signature", "408, 425", "parsedate_to_datetime", "'whsec_'")
    package = HERE.parent / "privacykit"
    ours = [path for path in package.rglob("*.py") if "testing" not in path.parts]
    maybe = [path for path in ours if any(word in path.read_text() for word in _spelled(words))]
    know = [path for path in maybe if any(word in _code(path) for word in words)]
    assert [str(path.relative_to(package)) for path in know] == ["webhook.py"]


def _spelled(words: Sequence[str]) -> list[str]:
    """Return *words* without what `ast.unparse` writes in one way only: quotes and blanks."""
    return [word.strip("'").partition(",")[0] for word in words]


def _code(path: Path) -> str:
    """Return the module without its docstrings."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return ast.unparse(tree)
