"""
Capabilities of connectors beyond what every one has, each a small protocol. Pure.

A connector says what it can do by having the methods, best by naming the protocol among its bases.
What it cannot do is said where it matters: a dataset whose identities nobody can list is reported
as not searched. :class:`~privacykit.govern.retention.purger.Retains` is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, Literal, Protocol, cast, runtime_checkable

import msgspec

from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import Connector, Context, Reader
from privacykit.govern.erasure.ports.work import Applied, Work
from privacykit.govern.records import Identity


class Refusal(msgspec.Struct, frozen=True):
    """
    What a store would not do, as it showed when it was tried; no value is in it.

    Attributes:
        id: ``PK272`` refused, ``PK273`` rows would stay, ``PK274`` it could not be tried,
            ``PK278`` it writes more than it was asked to.
        collection: Where.
        fields: Which fields, as far as the store says.
        words: What the store refuses, in our words.
    """

    id: Literal["PK272", "PK273", "PK274", "PK278"]
    collection: str
    fields: tuple[str, ...]
    words: str


class Inspection(msgspec.Struct, frozen=True):
    """
    What the check of a map should know of a store besides its tables.

    Attributes:
        beside: Schemas in reach of the login that were not looked into.
        copies: Tables that the store fills from others and that no erasure writes to.
        refused: Collection, fields and words: what the store refuses of what erasure would write.
    """

    beside: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    refused: tuple[tuple[str, tuple[str, ...], str], ...] = ()


class Tried(msgspec.Struct, frozen=True):
    """
    How a trial went.

    Attributes:
        refusals: What the store refused, in the order of the work.
        added: Rows that the store adds by itself, by triggers: they may hold a copy.
        let_go: How many rows of whomever lose their key to a row that goes, by collection.
    """

    refusals: tuple[Refusal, ...] = ()
    added: int = 0
    let_go: dict[str, int] = {}


@runtime_checkable
class ReadsTogether(Protocol):
    """What can read many things as they were at one moment."""

    def session(self) -> AbstractContextManager[None]:
        """Read everything that is read inside, by this thread, at one go."""
        ...


@runtime_checkable
class ListsIdentities(Protocol):
    """What can name everybody in it: a restored backup is searched for people erased since."""

    def iter_identities(self) -> Iterator[tuple[str, Identity]]:
        """
        Yield every raw identity value that stands in a mapped column, with its collection.

        Raises:
            StoreError: The store does not answer.
        """
        ...

    def hashed_columns(self) -> Sequence[str]:
        """Return the identity columns that hold hashes, which :meth:`iter_identities` leaves."""
        ...


@runtime_checkable
class ShowsRows(Protocol):
    """What can show every row of every table, mapped or not, to those who look what is stored."""

    def every_table(self) -> Sequence[str]:
        """
        Return the tables that are there, by the names that the map has for them.

        Raises:
            StoreError: The store does not answer.
        """
        ...

    def row_count(self, table: str) -> int:
        """Return how many rows *table* has."""
        ...

    def every_row(self, table: str) -> Iterator[Mapping[str, Any]]:
        """
        Yield the rows of *table* as they stand, a page of them in memory.

        Raises:
            StoreError: It cannot be read.
        """
        ...


@runtime_checkable
class Samples(Protocol):
    """What can show some values of a column to the detectors that draft a data map."""

    def sample(self, collection: str, column: str, number: int) -> list[Any]:
        """
        Return up to *number* values of a column, never ``None``; they are not to be shown.

        Raises:
            StoreError: The store does not answer.
        """
        ...


@runtime_checkable
class Inspected(Protocol):
    """What looks beyond its tables."""

    def inspection(self) -> Inspection:
        """
        Return what else the check should know; nothing is written.

        Raises:
            StoreError: The store could not be asked.
        """
        ...


@runtime_checkable
class Trials(Protocol):
    """What can do work and undo it."""

    def try_out(self, work: Sequence[Work], context: Context, *, whole: bool) -> Tried:
        """
        Do *work* in one transaction and roll it back, whatever comes.

        Args:
            work: Batches, in the order in which they will be done.
            context: Whose rows, which holds.
            whole: Whether these are all rows of the plan, so that one left alone will stay.

        Returns:
            What the store refused, and what it did beside the work.
        """
        ...


@runtime_checkable
class Unchanging(Protocol):
    """What cannot be tried, and says which values it will not change."""

    def unchangeable(self, collection: str) -> frozenset[str]:
        """
        Return the columns that the store changes in no row which others point at.

        Raises:
            StoreError: The store could not be asked.
        """
        ...


@runtime_checkable
class Foretells(Protocol):
    """What can say what an erasure will do to a table besides its rows."""

    def outlook(self, collection: str, context: Context) -> Iterator[str]:
        """
        Say what is written anew, what follows, and until when the store can still show the rows.

        Raises:
            StoreError: The store does not answer.
        """
        ...


@runtime_checkable
class GathersMany(Protocol):
    """What is scanned, and serves many people in one pass."""

    def gathered(self, contexts: Sequence[Context], values: Sequence[str] = ()) -> Connector:
        """
        Read once what concerns any of *contexts*; return what answers for each from memory.

        Args:
            contexts: Whose rows, each.
            values: What its ``search`` may be asked for.

        Raises:
            StoreError: The store does not answer.
        """
        ...

    def apply_together(
        self, jobs: Sequence[tuple[Sequence[Work], Context]]
    ) -> Sequence[Sequence[Applied]]:
        """
        Do the work of many people in one pass; a row of two of them is treated for the first.

        Raises:
            StoreError: As ``apply``.
        """
        ...


def inspection(reader: Reader) -> Inspection:
    """Return what *reader* sees besides its tables, if it looks."""
    return reader.inspection() if isinstance(reader, Inspected) else Inspection()


def session(reader: Reader) -> AbstractContextManager[None]:
    """Return a session of *reader*, which reads one thing after the other if it knows none."""
    return cast("ReadsTogether", reader).session() if _can_together(type(reader)) else nullcontext()


@cache
def _can_together(kind: type) -> bool:
    """Say whether *kind* reads together; looking through its members takes a while."""
    return issubclass(kind, ReadsTogether)


def hashed_columns(ownership: Ownership) -> list[str]:
    """Return the identity columns of a dataset that hold hashes: nobody can be read from them."""
    return [
        f"{ownership.dataset}.{name}.{column}"
        for name in ownership.collections
        for column, field in ownership.identity_fields(name).items()
        if field.format != "raw"
    ]
