"""Checking an exported log with the public key alone."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.errors import InputError
from privacykit.govern.audit.chain import SYSTEM, AuditKey, draft
from privacykit.govern.audit.checkpoint import key_name, public_key, sign
from privacykit.govern.audit.export_check import check_export

KEY = AuditKey(bytes(32))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = SIGNER.public_key()


def _export(size):
    heads, lines = [KEY.empty()], []
    for number in range(size):
        entry = KEY.link(draft(number, SYSTEM, "a.b"), heads[-1])
        heads.append(KEY.advance(heads[-1], entry))
        lines.append(msgspec.json.encode(entry) + b"\n")
    return lines, [sign(head, "test", 0, SIGNER) for head in heads]


@pytest.mark.parametrize("size", [0, 1, 5])
def test_export_with_its_checkpoint_is_what_was_signed(size):
    """However long it is."""
    lines, checkpoints = _export(size)

    assert check_export(lines, [checkpoints[-1]], [PUBLIC]) == []


def test_older_checkpoints_count_too():
    """Each must lie within the export."""
    lines, checkpoints = _export(5)

    assert check_export(lines, checkpoints, [PUBLIC]) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[:-1], "4 entries, and the newest checkpoint has seen 5"),
        (lambda lines: lines[1:], "4 entries, and the newest"),
        (lambda lines: lines[::-1], "are not those that were signed"),
        (lambda lines: [*lines, lines[0]], "6 entries, and the newest"),
        (lambda lines: [*lines[:2], b"{}\n", *lines[3:]], "line 3 is no entry"),
        (lambda lines: [lines[0].replace(b"a.b", b"c.d"), *lines[1:]], "not those that were"),
    ],
    ids=["cut", "beheaded", "reversed", "longer", "garbage", "edited"],
)
def test_changed_export_is_found(change, words):
    """Whoever changes the file shows."""
    lines, checkpoints = _export(5)

    wrong = check_export(change(lines), [checkpoints[-1]], [PUBLIC])

    assert words in "; ".join(wrong)


def test_checkpoint_of_a_stranger_proves_nothing():
    """Signed by a key that nobody trusts, or none at all."""
    lines, checkpoints = _export(2)
    stranger = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32).public_key()

    assert check_export(lines, [checkpoints[-1]], [stranger]) == [
        "the checkpoint at 2 is signed by no key that you trust"
    ]
    assert check_export(lines, [], [PUBLIC]) == ["there is no checkpoint to compare with"]


def test_public_key_is_read_in_both_spellings():
    """Hexadecimal, or as signed notes write verifier keys."""
    raw = PUBLIC.public_bytes_raw()

    assert public_key(raw.hex()).public_bytes_raw() == raw
    assert public_key(key_name("test", PUBLIC)).public_bytes_raw() == raw


@pytest.mark.parametrize("text", ["", "zz", "00" * 31, "a+b", "test+00000000+AQ==", "a+b+?"])
def test_other_texts_are_no_key(text):
    """What is not a key is refused."""
    with pytest.raises(InputError, match="not a public key: 64 hexadecimal digits"):
        public_key(text)


def test_verifier_key_of_another_name_is_refused():
    """The hash inside binds name and key."""
    with pytest.raises(InputError, match="not a public key: 64 hexadecimal digits"):
        public_key(key_name("test", PUBLIC).replace("test", "best"))
