"""What a connector can do is declared, and what it cannot do is said."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext

import pytest

from privacykit.connectors.files import FilesConnector
from privacykit.connectors.sql import SqlConnector
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.capability import (
    ListsIdentities,
    ReadsTogether,
    Samples,
    session,
)
from privacykit.govern.erasure.ports.connector import Connector, Reader
from privacykit.govern.retention.purger import Retains
from privacykit.operate.own.export import OwnStores

CAPABILITIES = {ListsIdentities, ReadsTogether, Retains, Samples}
FILES = """
[datasets.lake]
path = "."

[collections.lake.users]
subject = true
erase = "delete"
fields.email = { category = "user.contact.email", identity = "email" }
fields.hashed = { category = "user.contact.email", identity = "email", format = "sha256" }
"""


class Plain(Reader):
    """A reader that can do no more than it must."""

    dataset = "plain"


class Together(Plain):
    """One that reads at one go."""

    def __init__(self) -> None:
        self.entered = nullcontext()

    def session(self) -> AbstractContextManager[None]:
        """Return what the test looks for."""
        return self.entered


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (SqlConnector, CAPABILITIES),
        (FilesConnector, {ListsIdentities, Samples}),
        (OwnStores, set()),
    ],
)
def test_a_store_declares_what_it_can_do(kind, expected):
    """By the protocols among its bases, so that a type checker sees a method that is missing."""
    assert {can for can in CAPABILITIES if can in kind.__mro__} == expected


def test_our_own_stores_are_read_and_not_changed():
    """An export reads them like any; they are no connector, so no plan can reach into them."""
    assert (Reader in OwnStores.__mro__, Connector in OwnStores.__mro__) == (True, False)


def test_a_session_is_that_of_who_has_one():
    """Who has none reads one thing after the other."""
    together = Together()
    assert session(together) is together.entered
    assert isinstance(session(Plain.__new__(Plain)), nullcontext)


def test_half_a_capability_is_none():
    """Who lists identities and cannot say what it left out is not believed to list them."""

    class Half:
        def iter_identities(self):
            yield from ()

    assert not isinstance(Half(), ListsIdentities)


def test_files_say_which_columns_hold_hashes(tmp_path):
    """Nobody can be read from a hash: after a restore such a column was not searched."""
    (tmp_path / "users.jsonl").write_text(json.dumps({"email": "a@x.example", "hashed": "00"}))
    found = FilesConnector(parse_datamap(FILES), "lake", tmp_path)
    assert (list(found.hashed_columns()), [name for name, _ in found.iter_identities()]) == (
        ["lake.users.hashed"],
        ["users"],
    )
