"""
Retention over any connector: its own search, its own changes. Pure.

Stores with a quicker way (SQL) offer a purger of their own; this one serves files and whatever
else speaks the connector protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from privacykit.govern.erasure.ports.connector import Connector, Context, Where
from privacykit.govern.erasure.ports.work import Target, Work
from privacykit.govern.erasure.treatment import HELD
from privacykit.govern.records import Action, Hold, RowCondition
from privacykit.govern.retention.purger import Dropped, DueRows, PurgedBatch
from privacykit.govern.retention.rules import RetentionTask, iso

SCAN_SECONDS = 3600.0
"""A store that is read as a whole for each change is changed once."""

POINT_SECONDS = 1.0
_DOING = frozenset({Action.DELETE, Action.CHANGE})


class ConnectorPurger:
    """
    :class:`privacykit.govern.retention.purger.Purger` over a connector.

    Args:
        connector: The store.
        key: Key of the strategy *hmac*.
        salt: Key of *hash* and *random*, of this run alone.
    """

    def __init__(self, connector: Connector, *, key: bytes = b"", salt: bytes = b"") -> None:
        self._connector = connector
        self._key = key
        self._salt = salt
        self._scans = connector.cost_model == "scan"
        self.longest = SCAN_SECONDS if self._scans else POINT_SECONDS

    def due(self, rule: RetentionTask, holds: Sequence[Hold], now: float) -> DueRows:
        """Count what *rule* finds."""
        rows = held = kept = 0
        for target in self._find(rule, holds, now):
            rows += 1
            if target.justification == HELD:
                held += 1
            elif target.action not in _DOING:
                kept += 1
        return DueRows(rows, held, kept)

    def drop(
        self, _rule: RetentionTask, _part: str, _holds: Sequence[Hold], _now: float
    ) -> Dropped:
        """Do nothing: there are no partitions."""
        return "gone"

    def batch(
        self, rule: RetentionTask, holds: Sequence[Hold], now: float, *, low: object, limit: int
    ) -> PurgedBatch:
        """Remove or change at most *limit* rows; all at once where the store is read as a whole."""
        context = self._context(rule, holds, now)
        seen = low if isinstance(low, int) else 0
        targets = (t for t in self._find(rule, holds, now) if t.action in _DOING)
        chosen = list(islice(targets, seen, None if self._scans else seen + limit))
        if not chosen:
            return PurgedBatch(0, seen, done=True)
        action = chosen[0].action
        step = self._connector.step(rule.collection, action, None)
        work = Work(step, [target.key for target in chosen])
        done = self._connector.apply([work], context)[0]
        # What was deleted is found no more; what was changed is, and so are rows skipped.
        left = len(chosen) - done.changed if action is Action.DELETE else len(chosen)
        return PurgedBatch(done.changed, seen + left, done=self._scans or len(chosen) < limit)

    def tidy(self) -> None:
        """Do nothing."""

    def _find(self, rule: RetentionTask, holds: Sequence[Hold], now: float) -> Iterator[Target]:
        return self._connector.find(rule.collection, self._context(rule, holds, now))

    def _context(self, rule: RetentionTask, holds: Sequence[Hold], now: float) -> Context:
        over = RowCondition(rule.column, "<", iso(rule.cutoff))
        where = Where(rule.collection, (*rule.where, over), rule.then)
        return Context(where, now, tuple(holds), self._key, self._salt)
