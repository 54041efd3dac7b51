"""
The connector of lakes: Parquet, Delta, Iceberg, DuckDB and whatever else is scanned. Does I/O.

Priced by the scan: one person costs what a thousand cost, so a run gets the rows of many people at
once (:meth:`LakeConnector.apply_together`), looks for all of them in one pass and writes each file
once. A row is known by its content: it is found again whatever was compacted meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from privacykit.connectors.lakehouse.gathered import GatheredTables
from privacykit.connectors.lakehouse.purger import LakePurger
from privacykit.connectors.lakehouse.reading import LakeReader
from privacykit.connectors.lakehouse.rows.edits import Job, edits_of
from privacykit.connectors.lakehouse.rows.sought import Wanted, together, wanted_of
from privacykit.connectors.lakehouse.stored import count_in_stored
from privacykit.connectors.lakehouse.words import COPIES, outlook_words
from privacykit.govern.erasure.ports.capability import (
    Foretells,
    GathersMany,
    Unchanging,
)
from privacykit.govern.erasure.ports.connector import Connector, Context
from privacykit.govern.erasure.ports.work import Applied, Settled, Work
from privacykit.govern.records import Effect
from privacykit.govern.retention.purger import Retains


class LakeConnector(LakeReader, Connector, Foretells, GathersMany, Unchanging, Retains):
    """
    A dataset of tables that are scanned.

    Args:
        datamap: The data map.
        dataset: Its dataset.
        tables: The tables.
    """

    def apply(self, work: Sequence[Work], context: Context) -> Sequence[Applied]:
        """
        Do *work*: every file that holds one of its rows is written anew once.

        Raises:
            StoreError: A table changed meanwhile or cannot be written; those before it are done.
        """
        return self.apply_together([(work, context)])[0]

    def apply_together(
        self, jobs: Sequence[tuple[Sequence[Work], Context]]
    ) -> list[Sequence[Applied]]:
        """
        Do the work of many people in one pass over each table.

        A row that two of them share is treated for the first; for the second it is left alone.

        Raises:
            StoreError: A table changed meanwhile or cannot be written; those before it are done.
        """
        # Whose keys lead where is read once for everybody, too.
        tied = any(self.ownership.ties[name] for name in self.order())
        by = self.gathered([it for _, it in jobs]) if tied and len(jobs) > 1 else self
        doing = [Job(self.ownership, by.whose(context), context, work) for work, context in jobs]
        for name in self.order():
            mine = [job for job in doing if job.begin(name)]
            if mine:
                wanted = together([self._sought_again(job, name) for job in mine])
                edits = list(edits_of(name, self._tables.scan(name, wanted), mine))
                if edits:
                    self._tables.change(name, edits)
        return [job.applied() for job in doing]

    def _sought_again(self, job: Job, name: str) -> Wanted:
        """Where a row is somebody's by what points at it, that may be gone: every row is met."""
        if any(not tie.points for tie in self.ownership.ties[name]):
            return None
        return wanted_of(self.ownership, job.whose, name, job.context)

    def settle(self, collections: Sequence[str], asked: Effect, markers: Sequence[str]) -> Settled:
        """
        Free what the format keeps of old rows, then decode and search every file for *markers*.

        Raises:
            StoreError: A table cannot be read or its old files not removed.
        """
        if asked is not Effect.ERASED:
            return Settled(Effect.LOGICAL, remains=(COPIES,))
        freed = self._tables.free(collections)
        found = count_in_stored(self._tables.stored(), markers)
        whole = freed.reached and not found.hits and not found.unread
        notes = (*freed.remains, *found.words(), COPIES)
        return Settled(Effect.ERASED if whole else Effect.LOGICAL, found.size, found.hits, notes)

    def unchangeable(self, collection: str) -> frozenset[str]:
        """Return the columns that the store changes in no row which others point at."""
        return self._tables.fixed_columns(collection)

    def outlook(self, collection: str, context: Context) -> Iterator[str]:
        """Say which files are written anew, what follows, and until when time travel shows rows."""
        whose = self.whose(context)
        wanted = wanted_of(self.ownership, whose, collection, context)
        told = self._tables.outlook(collection, wanted, context.now)
        if told.files:
            asked = self._datamap.datasets[self.dataset].effect
            yield from outlook_words(f"{self.dataset}.{collection}", told, asked)

    def gathered(self, contexts: Sequence[Context], values: Sequence[str] = ()) -> LakeConnector:
        """
        Read once what concerns any of *contexts*, and return a connector over that, in memory.

        It finds, shows and searches as this one does; it changes nothing.

        Args:
            contexts: Whose rows, each.
            values: What :meth:`search` may be asked for.

        Raises:
            StoreError: A table cannot be read.
        """
        found = GatheredTables(self._tables)
        inner = LakeConnector(self._datamap, self.dataset, found)
        # People come first: what hangs on them is looked for by keys that are in memory by then.
        whoses = [inner.whose(context) for context in contexts]
        for name in reversed(self.order()):
            each = [
                wanted_of(self.ownership, whose, name, context)
                for whose, context in zip(whoses, contexts, strict=True)
            ]
            found.gather(name, together(each), values)
        for name in set(self._tables.names()) - set(self.order()):
            found.gather(name, (), values)
        return inner

    def purger(self, *, key: bytes, salt: bytes) -> LakePurger:
        """Return what retention works with; whole files and partitions go without being read."""
        return LakePurger(self, self.ownership, self._tables, key=key, salt=salt)

    def close(self) -> None:
        """Close the tables."""
        self._tables.close()
