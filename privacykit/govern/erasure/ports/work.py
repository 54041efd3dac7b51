"""Work on rows, as connectors are given it, and what they answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from privacykit.govern.planned import PlanStep
from privacykit.govern.records import (
    Action,
    Effect,
)

Key: TypeAlias = tuple[Any, ...]
"""The primary key of a row: JSON values, in the order of the key's columns."""


class Target(msgspec.Struct, frozen=True):
    """
    A row found, and what is to become of it.

    Attributes:
        key: The row.
        action: What is to be done.
        justification: Why it is not simply deleted: ``shared``, ``held``, ``referenced``,
            ``accessed`` or the name of a reason to keep.
    """

    key: Key
    action: Action
    justification: str | None = None

    def __repr__(self) -> str:
        return f"<Target {self.action.value}>"


class Work(msgspec.Struct, frozen=True):
    """A batch of one step: its rows by key."""

    step: PlanStep
    keys: Sequence[Key]

    def __repr__(self) -> str:
        return f"<Work {self.step.collection} {self.step.action.value} {len(self.keys)}>"


class Applied(msgspec.Struct, frozen=True):
    """
    What became of a batch; the first three add up to the rows given.

    Attributes:
        changed: Rows deleted or changed now.
        gone: Rows that were already so.
        skipped: Rows left alone: changed hands, held, or referenced since the plan.
        let_go: Other rows whose key to a row that goes was emptied: maybe somebody else's.
    """

    changed: int
    gone: int = 0
    skipped: int = 0
    let_go: int = 0


class Hit(msgspec.Struct, frozen=True):
    """
    Rows in which a searched value still stands.

    Attributes:
        collection: Where.
        field: In which column.
        rows: How many rows.
        explained: Whether the plan keeps them: ``kept``, ``held``, ``shared`` … ; ``inside`` when
            it is a part of a longer value each time; ``None`` when nobody said they may stay.
    """

    collection: str
    field: str
    rows: int
    explained: str | None = None


class Settled(msgspec.Struct, frozen=True):
    """
    The level an erasure reached, after checking.

    Attributes:
        effect: The level.
        bytes_searched: Bytes of the store's files that were read.
        byte_hits: Occurrences found in them.
        remains: What still holds the data, and until when, in plain words.
    """

    effect: Effect
    bytes_searched: int = 0
    byte_hits: int = 0
    remains: tuple[str, ...] = ()
