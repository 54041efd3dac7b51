"""Standard Webhooks signatures."""

import json
from pathlib import Path

import pytest

from privacykit.errors import KeyMaterialError
from privacykit.sinks.signature import sign, signing_keys

VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "standard_webhooks.json").read_text()
)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["title"])
def test_signs_as_published(case):
    """The reference library's own case, and one whose published end is wrong."""
    signed = sign(
        signing_keys(case["secret"]), case["id"], case["timestamp"], case["body"].encode()
    )
    assert (signed["webhook-signature"] == case["signature"]) is case["valid"]


def test_signs_with_every_key():
    """While a key is rotated a receiver may know either."""
    old, new = "whsec_" + "A" * 32, "whsec_" + "B" * 32
    keys = signing_keys(f"{new} {old}")
    both = sign(keys, "msg_1", 1, b"{}")["webhook-signature"].split(" ")
    alone = [sign([key], "msg_1", 1, b"{}")["webhook-signature"] for key in keys]
    assert both == alone


@pytest.mark.parametrize("text", ["whsec_n*t+b@se", "whsec_c2hvcnQ=", "whsec_" + "A" * 200])
def test_refuses_other_keys_without_a_word_of_them(text):
    """A key is base64 of 24 to 64 bytes."""
    with pytest.raises(KeyMaterialError) as caught:
        signing_keys(text)
    assert text.removeprefix("whsec_") not in str(caught.value)
