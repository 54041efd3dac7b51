"""Check an exported audit log with nothing but the public key. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from privacykit.govern.audit.chain import GENESIS, canonical, same
from privacykit.govern.audit.checkpoint import signed_by
from privacykit.govern.audit.entries import AuditEntry, Checkpoint
from privacykit.govern.audit.merkle import Frontier, leaf_hash, push, root


def check_export(
    lines: Iterable[bytes], checkpoints: Sequence[Checkpoint], keys: Sequence[Ed25519PublicKey]
) -> list[str]:
    """
    Return what is wrong with an export, in words; nothing when it is what was signed.

    Every checkpoint must lie within the export, and one must cover all of it. The keyed chain
    cannot be checked without its key: the tree, signed, takes its place.

    Args:
        lines: JSON documents, one an entry.
        checkpoints: At least one.
        keys: Public keys that are trusted.
    """
    wrong = [
        f"the checkpoint at {c.size} is signed by no key that you trust"
        for c in checkpoints
        if not any(signed_by(c, key) for key in keys)
    ]
    expected = {c.size: c for c in checkpoints}
    if not expected:
        return ["there is no checkpoint to compare with"]
    roots: Frontier = ()
    size, last = 0, GENESIS
    wrong += _compare(expected, roots, size, last)
    for line in lines:
        try:
            entry = msgspec.json.decode(line, type=AuditEntry)
        except msgspec.MsgspecError:
            return [*wrong, f"line {size + 1} is no entry"]
        roots = push(roots, size, leaf_hash(canonical(entry)))
        size, last = size + 1, entry.hash
        wrong += _compare(expected, roots, size, last)
    if size not in expected:
        wrong.append(f"{size} entries, and the newest checkpoint has seen {max(expected)}")
    return wrong


def _compare(expected: dict[int, Checkpoint], roots: Frontier, size: int, last: str) -> list[str]:
    checkpoint = expected.get(size)
    if checkpoint is None:
        return []
    fits = same(checkpoint.root_hash, root(roots).hex()) and same(checkpoint.head, last)
    return [] if fits else [f"the first {size} entries are not those that were signed"]
