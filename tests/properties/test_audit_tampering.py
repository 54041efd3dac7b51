"""Whatever is done to a log, its check says so; whatever is left alone verifies."""

from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from privacykit.govern.audit.chain import AuditKey, draft
from privacykit.govern.audit.checkpoint import sign
from privacykit.govern.audit.entries import AuditEntry
from privacykit.govern.audit.merkle import leaf_hash, push, root
from privacykit.govern.audit.verify import LogStatus, Verifier

KEY = AuditKey(bytes(32))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
FIELDS = st.sampled_from([f for f in AuditEntry.__struct_fields__ if f not in {"seq", "at"}])
REFERENCES = st.text("0123456789abcdef-", max_size=36)


@st.composite
def _logs(draw):
    heads = [KEY.empty()]
    entries = []
    for at in range(draw(st.integers(1, 12))):
        new = draft(at, "system", "a.b", subject_ref=draw(REFERENCES), request_id=draw(REFERENCES))
        entries.append(KEY.link(new, heads[-1]))
        heads.append(KEY.advance(heads[-1], entries[-1]))
    return entries, heads


def _check(entries, head, checkpoint=None):
    verifier = Verifier(
        {KEY.id: KEY},
        origin="test",
        checkpoints=[checkpoint] if checkpoint else [],
        public_keys=[SIGNER.public_key()],
    )
    for entry in entries:
        verifier.read(entry, None)
    return verifier.finish(head)


@given(_logs(), st.data())
def test_untouched_log_is_whole(log, data):
    """A log that nobody touched verifies with any checkpoint taken of it."""
    entries, heads = log
    size = data.draw(st.integers(0, len(entries)))

    assert _check(entries, heads[-1], sign(heads[size], "test", 0, SIGNER)).standing is (
        LogStatus.WHOLE
    )


@given(_logs(), st.data())
def test_any_changed_field_is_found(log, data):
    """No text put in any field of any entry goes unseen."""
    entries, heads = log
    index = data.draw(st.integers(0, len(entries) - 1))
    field, text = data.draw(FIELDS), data.draw(st.text(max_size=40))
    assume(text != getattr(entries[index], field))
    entries[index] = msgspec.structs.replace(entries[index], **{field: text})

    assert _check(entries, heads[-1]).standing is LogStatus.BROKEN


@given(_logs(), st.data())
def test_any_other_order_or_number_is_found(log, data):
    """Entries taken out, doubled or moved do not fit, wherever they stood."""
    entries, heads = log
    others = data.draw(st.lists(st.sampled_from(entries), max_size=len(entries) + 1))
    assume(others != entries)

    assert _check(others, heads[-1]).standing is LogStatus.BROKEN


@given(_logs(), _logs())
def test_checkpoint_fits_one_history_only(log, other):
    """A checkpoint of one history makes no other one whole."""
    (entries, heads), (others, other_heads) = log, other
    assume(entries != others[: len(entries)])

    report = _check(others, other_heads[-1], sign(heads[-1], "test", 0, SIGNER))

    assert report.standing in {LogStatus.BROKEN, LogStatus.OLDER}


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40))
def test_frontier_gives_the_root_of_the_recursive_tree(leaves):
    """The kept frontier and the definition in RFC 9162 §2.1.1 agree."""

    def tree(hashes):
        if len(hashes) == 1:
            return hashes[0]
        split = 1 << (len(hashes) - 1).bit_length() - 1
        joined = tree(hashes[:split]) + tree(hashes[split:])
        return sha256(b"\x01" + joined).digest()

    frontier = ()
    for index, leaf in enumerate(leaves):
        frontier = push(frontier, index, leaf_hash(leaf))

    assert root(frontier) == tree([leaf_hash(leaf) for leaf in leaves])
