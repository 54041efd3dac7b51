"""Proof of identity."""

from base64 import urlsafe_b64decode

import pytest

from privacykit.errors import InputError, KeyMaterialError
from privacykit.govern.records import RequestType
from privacykit.govern.requests.identity_proof import (
    LEVELS,
    METHODS,
    REQUIRED,
    assurance,
    proven,
    strongest,
    token,
    token_hash,
)


@pytest.mark.parametrize("kind", [k for k, level in REQUIRED.items() if level != "none"])
def test_address_alone_proves_nobody(kind):
    """An IP address opens no request that needs a proof."""
    assert not proven(kind, assurance("ip_address", at=1, by="self"))


@pytest.mark.parametrize("level", LEVELS[1:])
def test_address_cannot_be_claimed_to_prove_more(level):
    """Nobody may record an address as a proof."""
    with pytest.raises(InputError, match="ip_address proves none at most"):
        assurance("ip_address", at=1, by="self", level=level)


def test_weak_proofs_do_not_add_up():
    """Ten weak proofs are a weak proof."""
    weak = [assurance("knowledge", at=n, by="self") for n in range(10)]

    assert strongest(weak).level == "low"


def test_strongest_proof_counts():
    """One good proof among weak ones is enough."""
    proofs = [assurance("knowledge", at=1, by="self"), None, assurance("eid", at=2, by="self")]

    assert proven(RequestType.ACCESS, strongest(proofs))


def test_no_proof_is_none():
    """Without any proof only what needs none is proven."""
    assert strongest([]) is None
    assert proven(RequestType.OPT_OUT_SALE_SHARING, None)
    assert not proven(RequestType.ERASURE, None)


def test_less_may_be_recorded_than_the_method_can_prove():
    """A blurred document proves less."""
    assert assurance("document_seen", at=1, by="op", level="low").level == "low"


@pytest.mark.parametrize(("method", "level"), [("guess", None), ("eid", "certain")])
def test_unknown_words_are_refused(method, level):
    """Proofs use the words of the list."""
    with pytest.raises(InputError, match="not a way to prove who one is"):
        assurance(method, at=1, by="self", level=level)


def test_every_method_and_type_has_a_level():
    """No type of request is left without a bar."""
    assert set(RequestType) == set(REQUIRED)
    assert set(METHODS.values()) <= set(LEVELS)


def test_token_carries_its_randomness():
    """A token is 256 random bits and nothing else."""
    text = token(bytes(range(32)))

    assert bytes(range(32)) == urlsafe_b64decode(text + "=")


def test_short_token_is_refused():
    """A token that could be guessed is none."""
    with pytest.raises(KeyMaterialError):
        token(bytes(8))


def test_hash_says_nothing_of_its_token():
    """What is kept differs from what is sent, for any text."""
    assert token_hash("a") != token_hash("b")
    assert len(token_hash("\ud800")) == 64
