"""Expired rows of a lake: whole files and partitions go unread, the rest in one pass. Does I/O."""

from __future__ import annotations

from collections.abc import Sequence

from privacykit.connectors.lakehouse.tables import DroppablePart, LakeTables
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import Connector
from privacykit.govern.records import Hold
from privacykit.govern.retention.any_connector import ConnectorPurger
from privacykit.govern.retention.purger import Dropped, DueRows
from privacykit.govern.retention.rules import RetentionTask, iso
from privacykit.govern.words import ErasureStrategy


class LakePurger(ConnectorPurger):
    """
    :class:`privacykit.govern.retention.purger.Purger` for a lake.

    A part is dropped only where its statistics or its partition say that every row is over, and
    where no hold can concern the table: which of its rows one names, or needs, only reading tells.

    Args:
        connector: The dataset.
        ownership: Its ties.
        tables: Its tables.
        key: Key of the strategy *hmac*.
        salt: Key of *hash* and *random*.
    """

    def __init__(
        self,
        connector: Connector,
        ownership: Ownership,
        tables: LakeTables,
        *,
        key: bytes = b"",
        salt: bytes = b"",
    ) -> None:
        super().__init__(connector, key=key, salt=salt)
        self._ownership = ownership
        self._tables = tables

    def due(self, rule: RetentionTask, holds: Sequence[Hold], now: float) -> DueRows:
        """
        Count what *rule* finds, and name the parts that go whole.

        Raises:
            StoreError: A table cannot be read.
        """
        found = super().due(rule, holds, now)
        parts = self._parts(rule, holds)
        return DueRows(
            found.rows,
            found.held,
            found.kept,
            tuple(part.name for part in parts),
            sum(part.rows for part in parts),
        )

    def _parts(self, rule: RetentionTask, holds: Sequence[Hold]) -> Sequence[DroppablePart]:
        plain = rule.then is ErasureStrategy.DELETE and not rule.where and not rule.tally
        if not plain or self._is_held(rule, holds):
            return ()
        return self._tables.droppable(rule.collection, rule.column, iso(rule.cutoff))

    def _is_held(self, rule: RetentionTask, holds: Sequence[Hold]) -> bool:
        here = [it for it in holds if it.dataset == self._ownership.dataset and not it.released_at]
        needed = bool(self._ownership.incoming(rule.collection))
        return any(needed or hold.collection in {rule.collection, "*"} for hold in here)

    def drop(self, rule: RetentionTask, part: str, holds: Sequence[Hold], now: float) -> Dropped:
        """
        Remove a part whole, if it is over still; done again, nothing is left to do.

        Raises:
            StoreError: It cannot be removed.
        """
        del now
        if self._is_held(rule, holds):
            return "held"
        if part not in {one.name for one in self._parts(rule, holds)}:
            return "gone"
        return "dropped" if self._tables.drop(rule.collection, part) else "gone"
