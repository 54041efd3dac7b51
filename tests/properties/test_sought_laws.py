"""Of many identities those that stand in a row are found by look-ups, and no others."""

from __future__ import annotations

from hashlib import md5, sha1, sha256

from hypothesis import given
from hypothesis import strategies as st

from privacykit.govern.erasure.ports.connector import PersonRow, RowIdentity
from privacykit.govern.identity.sought import Sought, holding
from privacykit.govern.records import Identity

HASHES = {"sha256": sha256, "sha1": sha1, "md5": md5}
VALUES = ["Anna@x.example", "anna@x.example ", "ANNA@X.EXAMPLE", "ännA", "1", "01", ""]
TYPES = ["email", "phone_number", "controller_customer_id"]
FORMATS = ["raw", *HASHES]


@st.composite
def identities(draw):
    """An identity of few types and values, as it is, hashed or of several parts."""
    kind, value = draw(st.sampled_from(TYPES)), draw(st.sampled_from(VALUES))
    written = draw(st.sampled_from(FORMATS))
    if draw(st.integers(0, 6)) == 0:
        names = draw(st.sampled_from([("a", "b"), ("a", "c")]))
        return Identity(kind, "", parts=tuple((name, value) for name in names))
    if written != "raw":
        text = draw(st.sampled_from([value, value.strip().lower()]))
        value = HASHES[written](text.encode()).hexdigest()
        value = draw(st.sampled_from([value, value.upper()]))
    return Identity(kind, value, written)


@given(
    st.lists(identities(), max_size=8),
    st.lists(
        st.builds(
            RowIdentity, identities(), st.booleans(), st.sampled_from(["exact", "ignore-case"])
        ),
        max_size=5,
    ),
)
def test_look_ups_find_what_comparing_each_with_each_finds(many, holds):
    """In the order given, each once."""
    row = PersonRow("app.people", (1,), tuple(holds))
    alike = [it for it in dict.fromkeys(many) if holding(row, it)]
    assert Sought(many).in_row(row) == alike


def test_a_hash_in_a_row_or_given_finds_its_value():
    """Known answers, so that comparing alike wrongly is seen as well."""
    digest = sha256(b"anna@x.example").hexdigest()
    hashed, plain = Identity("email", digest, "sha256"), Identity("email", "Anna@x.example")
    assert Sought([hashed]).in_row(PersonRow("p", (1,), (RowIdentity(plain),))) == [hashed]
    assert Sought([plain]).in_row(PersonRow("p", (1,), (RowIdentity(hashed),))) == [plain]
    other = Identity("email", "bert@x.example")
    assert Sought([hashed, plain]).in_row(PersonRow("p", (1,), (RowIdentity(other),))) == []
