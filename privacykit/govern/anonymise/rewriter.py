"""The rewriter protocol: what a store offers to change stored fields row by row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import msgspec

from privacykit.govern.records import Hold

TreatValue: TypeAlias = Callable[[Any], Any]
"""A stored value to what may stay of it; done twice it changes nothing, and it never raises."""


class StoredRows(msgspec.Struct, frozen=True):
    """
    How much there is.

    Attributes:
        rows: Rows of the collection.
        held: Those a hold keeps.
    """

    rows: int
    held: int


class RewrittenRows(msgspec.Struct, frozen=True):
    """
    What one transaction did, or would do.

    Attributes:
        rows: Rows looked at.
        changed: Those that were written, or would be.
        held: Those left because a hold is on them.
        unreadable: Those that could not be read and stay.
        after: Where the next batch begins; opaque, made of plain values.
        done: Whether there are no more.
    """

    rows: int
    changed: int
    held: int = 0
    unreadable: int = 0
    after: tuple[object, ...] | None = None
    done: bool = False


class Rewriter(Protocol):
    """
    What changes stored fields.

    Laws: each call is a transaction of its own; a row on which a hold stands is not written,
    whenever the hold was placed; a row that needs no change is not written.
    """

    longest: float
    """Seconds that a transaction should not exceed."""

    def stored(self, collection: str, holds: Sequence[Hold], now: float) -> StoredRows:
        """
        Count the rows of *collection*.

        Raises:
            StoreError: The store refused.
        """
        ...

    def batch(
        self,
        collection: str,
        fields: Mapping[str, TreatValue],
        holds: Sequence[Hold],
        now: float,
        *,
        after: tuple[object, ...] | None,
        limit: int,
        write: bool,
    ) -> RewrittenRows:
        """
        Treat *fields* of at most *limit* rows that come after *after* in the order of the key.

        Args:
            collection: Which rows.
            fields: Field to its treatment.
            holds: What may not be touched.
            now: Unix seconds.
            after: Where the batch before ended; ``None`` at the beginning.
            limit: Most rows; a store of files takes one file at a time.
            write: Whether to write; else only to say what would be written.

        Raises:
            StoreError: The store refused, and nothing of this batch was written.
        """
        ...


@runtime_checkable
class Rewrites(Protocol):
    """A connector whose rows can be treated where they stand."""

    def rewriter(self) -> Rewriter:
        """Return what changes stored fields."""
        ...
