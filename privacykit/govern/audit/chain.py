"""
The audit log: a keyed chain that holds nothing about anybody, and how it is checked. Pure.

Laws of the chain:

1. Entry *n* carries the keyed hash of its own fields and of entry *n-1*'s hash. Without the key
   nobody can make an entry fit.
2. An entry holds codes, counts of nothing, random references and key ids; :func:`draft` refuses
   anything else, so that no erasure ever has to touch the chain.
3. Words and numbers that vary stand in a *detail*, kept elsewhere and erasable by itself; the
   entry holds the digest of the detail under a salt that dies with it. Once a person is erased,
   the details of that request's entries are too.
4. The *head* (how many, the last hash, the tree) is sealed with the same key: a cut tail does not
   fit it. An old head under an old log does; only a checkpoint kept elsewhere tells those.
"""

from __future__ import annotations

import re
from hashlib import blake2b, sha256
from hmac import compare_digest
from itertools import chain
from struct import Struct
from typing import Final

import msgspec

from privacykit.errors import InputError, KeyMaterialError
from privacykit.govern.audit.entries import AuditEntry
from privacykit.govern.audit.merkle import Frontier, leaf_hash, push, root

GENESIS: Final = bytes(32).hex()
"""What the first entry follows."""

SYSTEM: Final = "system"
"""The actor of what no operator asked for, like the worker on its timer."""

_ACTOR = re.compile(r"(system|op-[0-9a-f]{16})\Z")
_ACTION = re.compile(r"[a-z][a-z_]{0,31}\.[a-z][a-z_]{0,31}\Z")
_REFERENCE = re.compile(r"[0-9a-f-]{0,36}\Z")
_DIGEST = re.compile(r"([0-9a-f]{64})?\Z")
_KEY_BYTES = 32
_PERSONS = (b"privacykit.keyid", b"privacykit.opera", b"privacykit.audit", b"privacykit.heads")
"""What a keyed hash is of: one of a key is never one of another thing."""
_LENGTH = Struct(">I").pack


class Draft(msgspec.Struct, frozen=True):
    """An entry before it has a place in the chain; made by :func:`draft`."""

    at: int
    actor: str
    action: str
    subject_ref: str = ""
    request_id: str = ""
    detail_digest: str = ""


class Head(msgspec.Struct, frozen=True):
    """
    The end of the chain.

    Attributes:
        size: Number of entries.
        hash: The last entry's hash, or :data:`GENESIS`.
        frontier: Hex of the tree's frontier.
        key: Id of the key that sealed it.
        seal: Keyed hash of size, hash and frontier.
    """

    size: int
    hash: str
    frontier: tuple[str, ...]
    key: str
    seal: str

    def root_hash(self) -> str:
        """Return the tree's root (RFC 9162 §2.1.1) in hex."""
        return root(self.roots()).hex()

    def roots(self) -> Frontier:
        """Return the tree's frontier as bytes."""
        return tuple(map(bytes.fromhex, self.frontier))


class AuditKey:
    """
    The durable key of the chain. Its value is in no ``repr``.

    Args:
        key: Exactly 32 bytes.

    Raises:
        KeyMaterialError: Any other length.
    """

    __slots__ = ("_states", "id")

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise KeyMaterialError("an audit key is 32 bytes")
        self._states = {
            person: blake2b(digest_size=32, key=key, person=person) for person in _PERSONS
        }
        self.id: Final = self._mac(b"privacykit.keyid", b"")[:16]

    def __repr__(self) -> str:
        return f"AuditKey({self.id})"

    def operator(self, name: str) -> str:
        """
        Turn an operator's *name* into the id the log knows them by.

        Whoever has the key and a list of names can tell who did what; the log alone cannot.
        """
        return f"op-{self._mac(b'privacykit.opera', name.encode())[:16]}"

    def link(self, draft: Draft, after: Head) -> AuditEntry:
        """Give *draft* the place after *after*."""
        return self._linked(draft, after)[0]

    def advance(self, head: Head, entry: AuditEntry) -> Head:
        """Return the head after *entry* was appended to *head*."""
        return self._ahead(head, entry, canonical(entry))

    def follow(self, draft: Draft, head: Head) -> tuple[AuditEntry, Head]:
        """Do both: return the entry of *draft* behind *head*, and the head behind that."""
        entry, fields = self._linked(draft, head)
        return entry, self._ahead(head, entry, _leaf(fields, entry.hash))

    def _linked(self, draft: Draft, after: Head) -> tuple[AuditEntry, bytes]:
        """Return the entry, and its fields as its hash takes them."""
        place = after.size + 1, draft.at, draft.actor, draft.action
        about = draft.subject_ref, draft.request_id, draft.detail_digest
        fields = _joined(*place, *about, self.id, after.hash)
        made = self._mac(b"privacykit.audit", fields)
        return AuditEntry(*place, *about, self.id, after.hash, made), fields

    def _ahead(self, head: Head, entry: AuditEntry, leaf: bytes) -> Head:
        return self.seal(entry.seq, entry.hash, push(head.roots(), head.size, leaf_hash(leaf)))

    def seal(self, size: int, last: str, roots: Frontier) -> Head:
        """Return the sealed head of a chain of *size* entries that ends with hash *last*."""
        frontier = tuple(node.hex() for node in roots)
        return Head(size, last, frontier, self.id, self._head_seal(size, last, frontier))

    def empty(self) -> Head:
        """Return the head of a log without entries."""
        return self.seal(0, GENESIS, ())

    def made(self, entry: AuditEntry) -> bool:
        """Tell whether this key linked *entry* as it stands."""
        return same(self._entry_hash(entry), entry.hash)

    def sealed(self, head: Head) -> bool:
        """Tell whether this key sealed *head* as it stands."""
        return same(self._head_seal(head.size, head.hash, head.frontier), head.seal)

    def _head_seal(self, size: int, last: str, frontier: tuple[str, ...]) -> str:
        return self._mac(b"privacykit.heads", _joined(size, last, *frontier))

    def _entry_hash(self, entry: AuditEntry) -> str:
        return self._mac(b"privacykit.audit", _fields(entry))

    def _mac(self, person: bytes, data: bytes) -> str:
        hashing = self._states[person].copy()  # the key is hashed already
        hashing.update(data)
        return hashing.hexdigest()


def draft(
    at: float,
    actor: str,
    action: str,
    *,
    subject_ref: str = "",
    request_id: str = "",
    detail_digest: str = "",
) -> Draft:
    """
    Make an entry that can hold nothing about anybody: every field has a narrow form.

    Args:
        at: Unix seconds, kept to the microsecond.
        actor: :data:`SYSTEM` or what :meth:`AuditKey.operator` returned.
        action: Two words of lower-case letters and underscores with a full stop between.
        subject_ref: Hexadecimal digits (and hyphens), random, at most 36.
        request_id: The same.
        detail_digest: What :func:`detail_digest` returned, or nothing.

    Raises:
        InputError: A field has another form.
    """
    fits = (
        _ACTOR.match(actor)
        and _ACTION.match(action)
        and _REFERENCE.match(subject_ref)
        and _REFERENCE.match(request_id)
        and _DIGEST.match(detail_digest)
    )
    if not fits:
        raise InputError("an audit entry holds codes and references only")
    return Draft(round(at * 1_000_000), actor, action, subject_ref, request_id, detail_digest)


def detail_digest(salt: bytes, body: bytes) -> str:
    """
    Commit to a detail without holding it: once *salt* is destroyed nothing links the two.

    Args:
        salt: 16 random bytes or more, of this detail alone.
        body: The detail as it is stored.

    Returns:
        64 hexadecimal digits.

    Raises:
        KeyMaterialError: A shorter salt, which could be guessed.
    """
    if len(salt) < 16:  # noqa: PLR2004 - 128 bits
        raise KeyMaterialError("the salt of a detail is 16 bytes or more")
    return sha256(len(salt).to_bytes(1) + salt + body).hexdigest()


def canonical(entry: AuditEntry) -> bytes:
    """Return the bytes that the tree takes as the leaf of *entry*: all of it."""
    return _leaf(_fields(entry), entry.hash)


def same(one: str, other: str) -> bool:
    """Compare two texts in constant time; *other* may be anything that a tamperer wrote."""
    return compare_digest(one.encode(), other.encode())


def _leaf(fields: bytes, hash_: str) -> bytes:
    return _framed([fields, hash_.encode()])


def _fields(entry: AuditEntry) -> bytes:
    return _joined(
        entry.seq,
        entry.at,
        entry.actor,
        entry.action,
        entry.subject_ref,
        entry.request_id,
        entry.detail_digest,
        entry.key,
        entry.prev_hash,
    )


def _joined(*values: object) -> bytes:
    return _framed([v if isinstance(v, bytes) else str(v).encode() for v in values])


def _framed(parts: list[bytes]) -> bytes:
    """Return *parts* in one, each behind its length in four bytes."""
    return b"".join(chain.from_iterable(zip(map(_LENGTH, map(len, parts)), parts, strict=True)))
