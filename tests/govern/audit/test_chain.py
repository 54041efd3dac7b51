"""The keyed chain: what an entry may hold, and what holds entries together."""

import msgspec
import pytest

from privacykit.errors import InputError, KeyMaterialError
from privacykit.govern.audit.chain import GENESIS, SYSTEM, AuditKey, canonical, detail_digest, draft

KEY = AuditKey(bytes(range(32)))
REF = "0123456789abcdef0123456789abcdef"


def test_first_entry_follows_genesis():
    """The chain starts at position 1 after a fixed value."""
    entry = KEY.link(draft(0, SYSTEM, "log.opened"), KEY.empty())

    assert (entry.seq, entry.prev_hash) == (1, GENESIS)


def test_entry_depends_on_the_one_before():
    """The same deed has another hash at another place."""
    first = KEY.link(draft(0, SYSTEM, "log.opened"), KEY.empty())
    head = KEY.advance(KEY.empty(), first)

    assert KEY.link(draft(0, SYSTEM, "log.opened"), head).hash != first.hash


@pytest.mark.parametrize("field", ["at", "actor", "action", "subject_ref", "request_id", "key"])
def test_every_field_is_under_the_hash(field):
    """No field of an entry can change unseen."""
    entry = KEY.link(draft(1, SYSTEM, "request.received", subject_ref=REF), KEY.empty())
    other = msgspec.structs.replace(entry, **{field: 7 if field == "at" else "ff"})

    assert (KEY.made(entry), KEY.made(other)) == (True, False)


def test_fields_cannot_flow_into_each_other():
    """Lengths are under the hash: moving a character between fields shows."""
    entry = KEY.link(draft(1, SYSTEM, "a.b", subject_ref="ab", request_id="c"), KEY.empty())
    moved = msgspec.structs.replace(entry, subject_ref="a", request_id="bc")

    assert canonical(entry) != canonical(moved)
    assert not KEY.made(moved)


def test_another_key_makes_another_chain():
    """Without the key nobody links an entry."""
    entry = KEY.link(draft(1, SYSTEM, "a.b"), KEY.empty())

    assert not AuditKey(bytes(32)).made(entry)


def test_head_is_sealed():
    """A head with another size does not carry the seal."""
    head = KEY.advance(KEY.empty(), KEY.link(draft(1, SYSTEM, "a.b"), KEY.empty()))

    assert KEY.sealed(head)
    assert not KEY.sealed(msgspec.structs.replace(head, size=0))


@pytest.mark.parametrize(
    "field",
    [
        {"actor": "anna@shop.example"},
        {"actor": "op-203.0.113.7"},
        {"action": "request.received for Anna"},
        {"action": "erased"},
        {"subject_ref": "anna@shop.example"},
        {"subject_ref": "0" * 37},
        {"request_id": "Anna"},
        {"detail_digest": "203.0.113.7"},
        {"detail_digest": "ab\n"},
    ],
    ids=lambda field: next(iter(field.items()))[1][:12].strip(),
)
def test_entry_refuses_words_about_anybody(field):
    """The form of every field leaves no room for a name, an address or a sentence."""
    given = {"actor": SYSTEM, "action": "request.received"} | field

    with pytest.raises(
        InputError, match="an audit entry holds codes and references only"
    ) as refusal:
        draft(0, given.pop("actor"), given.pop("action"), **given)

    assert "anna" not in str(refusal.value).lower()


def test_operator_is_a_key_id():
    """The log knows an operator by an id that depends on the key."""
    anna = KEY.operator("anna")

    assert anna == KEY.operator("anna")
    assert anna != AuditKey(bytes(32)).operator("anna")
    assert draft(0, anna, "a.b").actor == anna


def test_key_hides_itself():
    """The key is not in its repr."""
    assert f"AuditKey({KEY.id})" == repr(KEY)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_key_of_another_length_is_refused(length):
    """A chain's key has 32 bytes."""
    with pytest.raises(KeyMaterialError):
        AuditKey(bytes(length))


def test_detail_is_bound_by_its_salt():
    """The same detail under another salt has another digest."""
    assert detail_digest(bytes(16), b"x") != detail_digest(b"\x01" * 16, b"x")


def test_boundary_of_salt_and_detail_is_under_the_digest():
    """Bytes moved from the salt to the detail show."""
    assert detail_digest(bytes(16) + b"a", b"b") != detail_digest(bytes(16), b"ab")


def test_short_salt_is_refused():
    """A salt that could be guessed would tie the digest to the detail for ever."""
    with pytest.raises(KeyMaterialError):
        detail_digest(bytes(15), b"x")
