"""
The unkeyed tree over the audit log, so that a signed root proves an exported log. Pure.

Hashes are those of RFC 9162 §2.1 (SHA-256, prefix 0 for leaves, 1 for nodes). Only the roots of
the perfect subtrees are kept (the *frontier*, at most one per bit of the size), so that an append
costs two hashes on average and never reads the log.
"""

from __future__ import annotations

from hashlib import sha256

Frontier = tuple[bytes, ...]
"""Roots of the perfect subtrees, largest first: one per bit set in the size."""


def leaf_hash(data: bytes) -> bytes:
    """Hash *data* as a leaf (RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + data).digest()


def push(frontier: Frontier, size: int, leaf: bytes) -> Frontier:
    """
    Add a leaf to the tree.

    Args:
        frontier: The frontier of the tree so far.
        size: How many leaves it has so far.
        leaf: The new leaf's hash.

    Returns:
        The frontier of the tree of ``size + 1`` leaves.
    """
    roots = list(frontier)
    node = leaf
    while size & 1:
        node = _node(roots.pop(), node)
        size >>= 1
    return (*roots, node)


def root(frontier: Frontier) -> bytes:
    """Return the root hash of the tree; that of no leaves is the hash of nothing."""
    if not frontier:
        return sha256(b"").digest()
    node = frontier[-1]
    for left in reversed(frontier[:-1]):
        node = _node(left, node)
    return node


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
