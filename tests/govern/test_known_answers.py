"""
Known answers of what is stored of requests: the audit chain, tokens left by erasure, confirmations.

Computed outside of this project. Every text stands after its length in four bytes; *person* is
BLAKE2b's.
"""

from __future__ import annotations

import pytest

from privacykit.govern.audit.chain import AuditKey, detail_digest, draft
from privacykit.govern.datamap.schema import Column
from privacykit.govern.erasure.strategies import weaken
from privacykit.govern.requests.identity_proof import token, token_hash
from privacykit.govern.words import ErasureStrategy
from privacykit.stores.salts.file import fingerprint

SECRET = bytes(range(32))
KEY = AuditKey(SECRET)
GENESIS = "00" * 32
ENTRY_HASH = "c6b03829ae678e5d7c1632254ce4d3ffcd906c9b9b48aa7c8c4129003337905b"
LEAF = "d959a3c3571fa3c4d264e5b7b6235cf53df1a956ee0d51eab29e516373945cc3"


def test_an_entry_of_the_audit_log_is_its_known_answer():
    """BLAKE2b-256 over every field in its order, person "privacykit.audit"; nothing is left out."""
    made = draft(
        1_795_262_400.123456,
        KEY.operator("alice"),
        "request.received",
        subject_ref="ab12",
        request_id="cd34",
        detail_digest="ef" * 32,
    )
    entry = KEY.link(made, KEY.empty())
    assert (
        entry.seq,
        entry.at,
        entry.actor,
        entry.action,
        entry.subject_ref,
        entry.request_id,
        entry.detail_digest,
        entry.key,
        entry.prev_hash,
        entry.hash,
    ) == (
        1,
        1_795_262_400_123_456,
        "op-211c1065994d115f",
        "request.received",
        "ab12",
        "cd34",
        "ef" * 32,
        "723296b0f4988332",
        GENESIS,
        ENTRY_HASH,
    )


def test_the_head_behind_an_entry_is_its_known_answer():
    """The tree's leaf is SHA-256 of 00 and all of the entry; the seal is of size, hash and leaf."""
    made = draft(
        1_795_262_400.123456,
        KEY.operator("alice"),
        "request.received",
        subject_ref="ab12",
        request_id="cd34",
        detail_digest="ef" * 32,
    )
    empty = KEY.empty()
    head = KEY.advance(empty, KEY.link(made, empty))
    assert (head.size, head.hash, head.frontier, head.seal, empty.seal) == (
        1,
        ENTRY_HASH,
        (LEAF,),
        "c9a7ff3a2e2ca740313aa584ea8bcc3788052203018a7a1dbc5fbc36c67f9c53",
        "83d94a651280b4f872e48e647c168de2fcc07d2c0d2c768e76f5bf7b29029705",
    )


def test_the_digest_of_a_detail_is_its_known_answer():
    """SHA-256 of the salt after its length, and the detail."""
    expected = "3f6be993b9e75aa2acb7e2831b6b7059d58d20329a9142d0cd886e2230304079"
    assert detail_digest(bytes(range(16)), b"body") == expected


@pytest.mark.parametrize(
    ("strategy", "row", "expected"),
    [
        ("hash", b"row-1", "pk-e7e540690766338e49c0c2ec3321a296"),
        ("hmac", b"row-1", "pk-e7e540690766338e49c0c2ec3321a296"),
        ("random", b"row-1", "pk-b57ed796f9fdf55554155505a7d4a234"),
    ],
)
def test_a_token_left_by_erasure_is_its_known_answer(strategy, row, expected):
    """BLAKE2b-128 of the row's name (for random ones) and the value, person "privacykit.erase"."""
    column = Column("c", "text")
    made = weaken("Anna", ErasureStrategy(strategy), column, key=SECRET, row=row)
    assert made == expected


def test_a_confirmation_is_kept_as_its_known_answer():
    """The token is base64url without padding; its hash is SHA-256 behind "privacykit.confirm:"."""
    assert (token(SECRET), token_hash("AAEC")) == (
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "be6a7dcc021c8bb286c0ea3b177791e37dc337893c69847127b5d7159098d54b",
    )


def test_the_trace_of_a_dead_salt_is_its_known_answer():
    """BLAKE2b-128 of the salt, person "privacykit.tomb": by it the bytes are searched for."""
    assert fingerprint(SECRET) == "2286372aa5e61df88c452926b07746e8"
