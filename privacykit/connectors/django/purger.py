"""Retention where some collections are deleted from by the ORM: each its own way. Does no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from privacykit.govern.records import Hold
from privacykit.govern.retention.purger import Dropped, DueRows, PurgedBatch, Purger
from privacykit.govern.retention.rules import RetentionTask
from privacykit.govern.words import ErasureStrategy


class OrmPurger:
    """
    Removes rows by SQL, and those of some collections through the connector's own deletion.

    Args:
        by_sql: What does so set by set.
        by_rows: What finds rows and has the connector delete them.
        collections: Those that *by_rows* is for.
    """

    def __init__(self, by_sql: Purger, by_rows: Purger, collections: frozenset[str]) -> None:
        self._by_sql, self._by_rows, self._collections = by_sql, by_rows, collections
        self.longest = by_sql.longest

    def due(self, rule: RetentionTask, holds: Sequence[Hold], now: float) -> DueRows:
        """Count what *rule* finds."""
        return self._of(rule).due(rule, holds, now)

    def drop(self, rule: RetentionTask, part: str, holds: Sequence[Hold], now: float) -> Dropped:
        """Drop a partition, where rows go by SQL."""
        return self._of(rule).drop(rule, part, holds, now)

    def batch(
        self, rule: RetentionTask, holds: Sequence[Hold], now: float, *, low: object, limit: int
    ) -> PurgedBatch:
        """Remove or change at most *limit* rows."""
        return self._of(rule).batch(rule, holds, now, low=low, limit=limit)

    def tidy(self) -> None:
        """Give back what the batches left in logs."""
        self._by_sql.tidy()

    def _of(self, rule: RetentionTask) -> Purger:
        deletes = rule.then is ErasureStrategy.DELETE
        return self._by_rows if deletes and rule.collection in self._collections else self._by_sql
