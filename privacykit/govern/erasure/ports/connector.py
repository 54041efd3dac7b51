"""
The connector protocol: what flow 2 asks of a place that holds personal data. Pure.

A connector serves one dataset of the data map. It is synchronous and called in threads. It decides
nothing: the flow tells it whose rows, which actions, which holds; it answers with counts and keys.

Laws of every connector, held by ``privacykit.testing.connector_contract``:

1. ``find`` names every row of the person and no row of anybody else as deletable.
2. ``apply`` is one transaction, re-checks each row, and may be repeated: a row already done is
   *gone*, never an error and never changed twice.
3. ``rows`` and ``find`` see the same rows.
4. ``settle`` never reports a level it has not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from privacykit.govern.datamap.schema import Table
from privacykit.govern.erasure.ports.work import Applied, Hit, Key, Settled, Target, Work
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import (
    Action,
    Effect,
    ErasureStrategy,
    Hold,
    Identity,
    IdentityFormat,
    RowCondition,
)

TAKEN = "a row that was the person's is somebody else's now (PK244)"
"""What a connector says that finds an id used again, and does nothing."""

REDACTED = "[redacted]"
"""Stands in an export for what is somebody else's."""


class Subject(msgspec.Struct, frozen=True, tag=True):
    """
    One person as the stores know them; personal data, stored with a plan and erased with it.

    Attributes:
        identities: Everything that finds them: what was given, and what was learnt and leads on.
        roots: ``dataset.collection`` to the keys of the rows that *are* the person.
        known: What else stands in those rows: theirs, but it finds nobody, for others may have it.
        marks: Their fingerprints, in the order of *roots*, as far as these were looked at.
    """

    identities: tuple[Identity, ...]
    roots: dict[str, tuple[Key, ...]] = {}
    known: tuple[Identity, ...] = ()
    marks: dict[str, tuple[bytes, ...]] = {}

    def __repr__(self) -> str:
        return f"<Subject {len(self.identities)} identities>"


class RowIdentity(msgspec.Struct, frozen=True):
    """
    An identity that stands in a row.

    Attributes:
        identity: The value, written as :func:`privacykit.govern.identity.equality.text_of` does.
        teaches: Whether it is one person's own, so that it may lead on to further rows.
        match: How the map compares it.
        leads: Whether it leads on by itself.
    """

    identity: Identity
    teaches: bool = False
    match: Literal["exact", "ignore-case", "any-spelling"] = "exact"
    leads: bool = True

    @property
    def format(self) -> IdentityFormat:
        """How the value is written."""
        return self.identity.format


class PersonRow(msgspec.Struct, frozen=True):
    """
    A row that is a person.

    Attributes:
        collection: Where, as ``dataset.collection``.
        key: The row.
        holds: The identities that stand in it, those of several columns included.
        mark: Fingerprint of what tells it from a later row with the same key; maybe empty.
    """

    collection: str
    key: Key
    holds: tuple[RowIdentity, ...]
    mark: bytes = b""

    def __repr__(self) -> str:
        return f"<PersonRow {self.collection}>"


class Where(msgspec.Struct, frozen=True, tag=True):
    """
    Rows chosen by a predicate instead of a person: what retention works on, without a plan.

    Attributes:
        collection: The collection.
        conditions: Joined by *and*; a time is given as ISO 8601 and compared in the column's type.
        then: What becomes of the rows.
        fields: For strategies on fields: which; none means those the data map says.
    """

    collection: str
    conditions: tuple[RowCondition, ...]
    then: ErasureStrategy = ErasureStrategy.DELETE
    fields: tuple[str, ...] = ()


Selection: TypeAlias = Subject | Where


class Context(msgspec.Struct, frozen=True):
    """
    Everything a connector needs to know besides the rows.

    Attributes:
        selection: Whose or which rows.
        now: Unix seconds; reasons to keep end by it.
        holds: Rows that may not be touched; every destructive call asks them.
        key: Durable key of the strategy *hmac*; up to 64 bytes.
        salt: Key of *hash* and *random*; the plan's own, destroyed with it.
        given: Whether to name what was provided and observed only (portability, Art. 20).
        changes: For rectification: field to new value.
    """

    selection: Selection
    now: float
    holds: tuple[Hold, ...] = ()
    key: bytes = b""
    salt: bytes = b""
    given: bool = False
    changes: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Context {type(self.selection).__name__}>"


class Reader(Protocol):
    """A place that an export reads: our own stores are one, and may not be changed this way."""

    dataset: str

    def schema(self) -> tuple[Table, ...]:
        """Return what is really there, for the check against the data map."""
        ...

    def order(self) -> tuple[str, ...]:
        """Return the mapped collections, those that point at others first."""
        ...

    def rows(self, collection: str, context: Context) -> Iterator[Mapping[str, Any]]:
        """Yield the person's rows for export, other people's data redacted, in constant memory."""
        ...


class Connector(Reader, Protocol):
    """
    A place that holds personal data, as flow 2 sees it.

    What only some can do is in :mod:`privacykit.govern.erasure.ports.capability`.
    """

    cost_model: Literal["point", "scan"]

    def resolve(self, identities: Sequence[Identity], most: int) -> Sequence[PersonRow]:
        """
        Find the rows that *are* somebody whom one of *identities* names, and what they hold.

        Args:
            identities: What to look for, compared as :mod:`privacykit.govern.identity.equality`
                says.
            most: How many rows of one collection are enough.
        """
        ...

    def strangers(self, subject: Subject) -> int:
        """
        Count root rows of *subject* that are no more what they were when the person was found.

        Asked before anything is begun; what is somebody else's by then, ``apply`` refuses itself.
        """
        ...

    def find(self, collection: str, context: Context) -> Iterator[Target]:
        """
        Name every row of *collection* that is the selection's, in key order, once.

        Raises:
            StoreError: The store could not be asked, or a row has no key to find it again.
        """
        ...

    def step(self, collection: str, action: Action, justification: str | None) -> PlanStep:
        """Describe what *action* does to *collection*; its counts are filled in by the flow."""
        ...

    def size(self, collection: str) -> int:
        """Return about how many rows *collection* has, for caps and costs."""
        ...

    def apply(self, work: Sequence[Work], context: Context) -> Sequence[Applied]:
        """
        Do *work* in one transaction, in the order given.

        Raises:
            StoreError: Nothing of it was done; or a root row of the person is somebody else's by
                now (:data:`TAKEN`), an id that was used again.
        """
        ...

    def search(self, values: Sequence[str], context: Context) -> Iterator[Hit]:
        """Look for *values* in every text column, mapped or not, whatever the plan says."""
        ...

    def settle(self, collections: Sequence[str], asked: Effect, markers: Sequence[str]) -> Settled:
        """Take the step that reaches *asked*, look for *markers* in the bytes, say what is so."""
        ...

    def close(self) -> None:
        """Release what the connector holds."""
        ...
