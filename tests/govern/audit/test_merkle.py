"""The tree over the audit log."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from privacykit.govern.audit.merkle import leaf_hash, push, root

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/merkle_rfc6962.json").read_text())


@pytest.mark.parametrize("size", range(1, 9))
def test_root_is_the_published_one(size):
    """The root over the reference leaves is that of the certificate-transparency tests."""
    frontier = ()
    for index, leaf in enumerate(VECTORS["leaves"][:size]):
        frontier = push(frontier, index, leaf_hash(bytes.fromhex(leaf)))

    assert VECTORS["roots"][size - 1] == root(frontier).hex()


def test_root_of_nothing_is_the_hash_of_nothing():
    """An empty tree has the root that RFC 9162 gives it."""
    assert sha256(b"").digest() == root(())


def test_frontier_keeps_one_root_per_bit():
    """The frontier never grows beyond the bits set in the size."""
    frontier = ()
    for index in range(100):
        frontier = push(frontier, index, bytes(32))

    assert (100).bit_count() == len(frontier)
