"""The purger protocol: what of a store is over, and how it goes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec

from privacykit.govern.records import Hold
from privacykit.govern.retention.rules import RetentionTask


class DueRows(msgspec.Struct, frozen=True):
    """
    What a rule finds in a store.

    Attributes:
        rows: Rows that are over.
        held: Those a hold keeps.
        kept: Those a reason to keep, or a row that points at them, keeps.
        parts: Partitions or period tables that lie wholly before the cut-off and hold nothing
            that is held or kept: they can be dropped.
        part_rows: Rows in these, as the store estimates.
        removable: ``rows`` less what is held or kept.
    """

    rows: int
    held: int = 0
    kept: int = 0
    parts: tuple[str, ...] = ()
    part_rows: int = 0

    @property
    def removable(self) -> int:
        """Rows that may go."""
        return max(self.rows - self.held - self.kept, 0)


class PurgedBatch(msgspec.Struct, frozen=True):
    """
    What one transaction did.

    Attributes:
        rows: Rows removed or changed.
        low: Where the next batch may begin in the rule's column; opaque.
        done: Whether nothing is left for this rule.
    """

    rows: int
    low: object = None
    done: bool = False


Dropped = Literal["dropped", "busy", "gone", "held"]


class Purger(Protocol):
    """What a store offers retention. Each call is a transaction of its own (or none)."""

    longest: float
    """Seconds that a transaction should not exceed."""

    def due(self, rule: RetentionTask, holds: Sequence[Hold], now: float) -> DueRows:
        """Count what *rule* finds."""
        ...

    def drop(self, rule: RetentionTask, part: str, holds: Sequence[Hold], now: float) -> Dropped:
        """
        Detach and drop a partition without making readers wait; idempotent.

        Returns:
            ``busy`` when locks could not be had in time: try again later; ``held`` when one of
            *holds*, as they are now, or a reason to keep lies on it: its rows go one by one.
        """
        ...

    def batch(
        self, rule: RetentionTask, holds: Sequence[Hold], now: float, *, low: object, limit: int
    ) -> PurgedBatch:
        """Remove or change at most *limit* rows, the oldest first, from *low* on."""
        ...

    def tidy(self) -> None:
        """Give back what the batches left in logs, if that is large; called between batches."""
        ...


@runtime_checkable
class Retains(Protocol):
    """A connector with a way of its own to remove what is too old; others are searched by rows."""

    def purger(self, *, key: bytes, salt: bytes) -> Purger:
        """Return what retention works with; *key* is that of *hmac*, *salt* that of *hash*."""
        ...
