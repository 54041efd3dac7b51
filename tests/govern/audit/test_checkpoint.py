"""Checkpoints: signed heads as signed notes."""

from base64 import b64decode

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.errors import InputError
from privacykit.govern.audit.chain import SYSTEM, AuditKey, draft
from privacykit.govern.audit.checkpoint import body, from_note, key_name, sign, signed_by, to_note

KEY = AuditKey(bytes(32))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = SIGNER.public_key()
HEAD = KEY.advance(KEY.empty(), KEY.link(draft(1, SYSTEM, "a.b"), KEY.empty()))
CHECKPOINT = sign(HEAD, "shop.example/privacykit", 1_795_000_000, SIGNER)


def test_note_comes_back_as_it_went():
    """Writing and reading a note keeps every field."""
    assert from_note(to_note(CHECKPOINT, PUBLIC)) == CHECKPOINT


def test_signature_holds_with_the_public_key_alone():
    """Whoever has the public key can check the signature."""
    assert signed_by(CHECKPOINT, PUBLIC)


@pytest.mark.parametrize(
    "change",
    [{"size": 2}, {"root_hash": "00" * 32}, {"head": "00" * 32}, {"at": 1}, {"signature": "zz"}],
    ids=lambda change: next(iter(change)),
)
def test_changed_checkpoint_is_not_signed(change):
    """No field can change under the signature."""
    assert not signed_by(msgspec.structs.replace(CHECKPOINT, **change), PUBLIC)


def test_note_is_a_signed_note():
    """The first lines are those of a C2SP checkpoint, the last one its Ed25519 signature."""
    origin, size, tree, _, _, blank, stamp, _ = to_note(CHECKPOINT, PUBLIC).split("\n")

    assert (origin, size, blank) == ("shop.example/privacykit", "1", "")
    assert HEAD.root_hash() == b64decode(tree).hex()
    assert stamp.startswith("— shop.example/privacykit ")


def test_verifier_key_is_the_published_one():
    """Name, key hash and key are joined as in Go's sumdb/note package (its own example)."""
    example = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = Ed25519PublicKey.from_public_bytes(b64decode(example.split("+", 2)[2])[1:])

    assert example == key_name("PeterNeumann", key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        to_note(CHECKPOINT, PUBLIC).replace("\n\n", "\n"),
        to_note(CHECKPOINT, PUBLIC).replace("\n1\n", "\n+1\n"),
        to_note(CHECKPOINT, PUBLIC).replace("\n1\n", "\n-1\n"),
        to_note(CHECKPOINT, PUBLIC).replace("head ", "tail "),
        to_note(CHECKPOINT, PUBLIC).replace("— shop", "— other"),
        to_note(CHECKPOINT, PUBLIC).replace("at 1795000000", "at noon"),
    ],
    ids=["empty", "blank", "unsigned", "plus", "minus", "head", "signer", "time"],
)
def test_other_texts_are_refused(text):
    """What is not exactly a note of ours is not read as one."""
    with pytest.raises(InputError, match="not a checkpoint of an audit log"):
        from_note(text)


@pytest.mark.parametrize("origin", ["", "Shop", "a b", "a\nb", "a" * 101])
def test_origin_has_a_plain_name(origin):
    """A name that could break the note is refused."""
    with pytest.raises(InputError, match="the origin of a log is lower-case letters, digits"):
        sign(HEAD, origin, 0, SIGNER)


def test_body_ends_with_a_line():
    """What is signed is a text of whole lines."""
    assert body(CHECKPOINT).endswith(b"at 1795000000\n")
