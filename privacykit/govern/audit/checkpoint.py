"""
Signed heads of the audit log, to be kept where the log is not. Pure.

The text is a C2SP tlog-checkpoint (a signed note): origin, size, root, then two lines of ours,
``head`` (the keyed chain's last hash) and ``at``. Any tool that reads signed notes checks it with
the public key alone; whoever has the log and the audit key checks the rest.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.errors import InputError
from privacykit.govern.audit.chain import Head
from privacykit.govern.audit.entries import Checkpoint
from privacykit.govern.audit.signature import is_signed

_ED25519 = b"\x01"
_ORIGIN = re.compile(r"[a-z0-9][a-z0-9./_-]{0,99}\Z")
_DASH = "\N{EM DASH} "


def body(checkpoint: Checkpoint) -> bytes:
    """Return the text that is signed, ending with a line feed."""
    tree = b64encode(bytes.fromhex(checkpoint.root_hash)).decode()
    lines = (checkpoint.origin, checkpoint.size, tree, f"head {checkpoint.head}")
    return "\n".join(map(str, (*lines, f"at {checkpoint.at}", ""))).encode()


def sign(head: Head, origin: str, at: int, key: Ed25519PrivateKey) -> Checkpoint:
    """
    Sign *head*.

    Args:
        head: The end of the chain.
        origin: Name of the log: lower-case letters, digits, ``. / _ -``.
        at: Unix seconds.
        key: The key that signs checkpoints and receipts.

    Raises:
        InputError: *origin* has another form.
    """
    if not _ORIGIN.match(origin):
        raise InputError("the origin of a log is lower-case letters, digits, '.', '/', '_', '-'")
    unsigned = Checkpoint(origin, head.size, head.root_hash(), head.hash, at)
    return msgspec.structs.replace(unsigned, signature=key.sign(body(unsigned)).hex())


def signed_by(checkpoint: Checkpoint, key: Ed25519PublicKey) -> bool:
    """Tell whether *key* signed *checkpoint* as it stands."""
    try:
        signature = bytes.fromhex(checkpoint.signature)
    except ValueError:
        return False
    return is_signed(body(checkpoint), signature, [key])


def to_note(checkpoint: Checkpoint, key: Ed25519PublicKey) -> str:
    """Write *checkpoint* as a signed note, ready for a file kept elsewhere."""
    hint = _key_hint(checkpoint.origin, key)
    stamp = b64encode(hint + bytes.fromhex(checkpoint.signature)).decode()
    return f"{body(checkpoint).decode()}\n{_DASH}{checkpoint.origin} {stamp}\n"


def from_note(text: str) -> Checkpoint:
    """
    Read a signed note; whether the signature holds is for :func:`signed_by`.

    Raises:
        InputError: It is not a checkpoint of ours.
    """
    said, gap, stamps = text.partition("\n\n")
    lines = said.split("\n")
    try:
        origin, size, tree, head, at = lines
        stamp = next(s for s in stamps.split("\n") if s.startswith(f"{_DASH}{origin} "))
        found = Checkpoint(
            origin,
            int(size),
            b64decode(tree, validate=True).hex(),
            _after(head, "head "),
            int(_after(at, "at ")),
            b64decode(stamp.rsplit(" ", 1)[1], validate=True)[4:].hex(),
        )
    except (ValueError, StopIteration):
        raise InputError("not a checkpoint of an audit log") from None
    if not gap or found.size < 0 or body(found).decode() != f"{said}\n":
        raise InputError("not a checkpoint of an audit log")
    return found


def key_name(origin: str, key: Ed25519PublicKey) -> str:
    """Return the verifier key of *origin* as signed-note tools take it: name, hint and key."""
    kind = b64encode(_ED25519 + key.public_bytes_raw()).decode()
    return f"{origin}+{_key_hint(origin, key).hex()}+{kind}"


def _key_hint(origin: str, key: Ed25519PublicKey) -> bytes:
    return sha256(f"{origin}\n".encode() + _ED25519 + key.public_bytes_raw()).digest()[:4]


def _after(line: str, word: str) -> str:
    if not line.startswith(word):
        raise ValueError
    return line.removeprefix(word)


def public_key(text: str) -> Ed25519PublicKey:
    """
    Read a public key: 64 hexadecimal digits, or as :func:`key_name` writes it.

    Raises:
        InputError: It is neither.
    """
    try:
        raw = bytes.fromhex(text) if "+" not in text else _named_key(text)
        return Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise InputError("not a public key: 64 hexadecimal digits, or name+hash+key") from None


def _named_key(text: str) -> bytes:
    name, hint, encoded = text.split("+", 2)
    raw = b64decode(encoded, validate=True)
    key = Ed25519PublicKey.from_public_bytes(raw[1:])
    if raw[:1] != _ED25519 or _key_hint(name, key).hex() != hint:
        raise ValueError
    return raw[1:]
