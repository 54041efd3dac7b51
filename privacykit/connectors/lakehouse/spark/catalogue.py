"""
Tables of a catalogue that a session of Spark reaches and we do not: changed by a merge. Asks Spark.

Their files are not seen from here, so nothing is claimed over them: the level is ``logical``, also
where every step was run that the format has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from privacykit.connectors.lakehouse.delta.merge import merge_of
from privacykit.connectors.lakehouse.rows.columns import mask_of
from privacykit.connectors.lakehouse.rows.hits import rows_with
from privacykit.connectors.lakehouse.rows.sought import Wanted
from privacykit.connectors.lakehouse.spark.frames import SparkFrames
from privacykit.connectors.lakehouse.spark.query import (
    ROWS,
    SparkCondition,
    condition_of,
    holding_condition,
    quoted,
    rows_query,
)
from privacykit.connectors.lakehouse.spark.statements import (
    CHECK,
    GONE,
    freeing,
    merge_statement,
    named,
)
from privacykit.connectors.lakehouse.tables import (
    Edited,
    Freed,
    LakeTables,
    Outlook,
    Scanned,
    StoredFile,
    taken,
)
from privacykit.errors import StoreError

FORMATS = frozenset({"delta", "iceberg"})
KEPT = (
    "rows go by a MERGE that Spark runs; how many files it writes anew it does not tell, and old"
    " ones keep them: nothing is searched there"
)
UNSEEN = "the files of {} are not seen from here: {} was run, nothing was searched"


class SparkCatalogueTables(LakeTables):
    """
    The tables of one namespace.

    Args:
        frames: Of a session of Spark that is ours.
        namespace: Its parts, the catalogue first.
    """

    searches = True

    def __init__(self, frames: SparkFrames, namespace: Sequence[str]) -> None:
        self._frames = frames
        self._namespace = tuple(namespace)
        self._schemas: dict[str, Any] = {}

    def names(self) -> Sequence[str]:
        """
        Return the tables that hold rows.

        Raises:
            StoreError: The catalogue does not answer.
        """
        where = named(self._namespace[:-1], self._namespace[-1])
        with self._frames.doing("listing", where):
            told = self._frames.run(f"SHOW TABLES IN {where}", {})
            views = {row[1] for row in self._frames.run(f"SHOW VIEWS IN {where}", {})}
        return sorted(name for _, name, of_session in told if not of_session and name not in views)

    def _frame(self, name: str) -> Any:  # noqa: ANN401 - of pyspark
        return self._frames.table(named(self._namespace, name))

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """
        Return the columns of a table.

        Raises:
            StoreError: It cannot be read.
        """
        if name not in self._schemas:
            with self._frames.doing("reading the columns of", name):
                self._schemas[name] = self._frame(name).limit(0).toArrow().schema
        return self._schemas[name]

    def count(self, name: str) -> int:
        """
        Return the rows of a table.

        Raises:
            StoreError: It cannot be read.
        """
        with self._frames.doing("counting", name):
            return int(self._frame(name).count())

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """
        Yield the rows that *wanted* may fit, looked for by Spark.

        Raises:
            StoreError: The table cannot be read.
        """
        if wanted == ():
            return
        for batch in self._rows(name, condition_of(wanted, self.schema(name), "", {"": {}})):
            yield from taken(Scanned("", "", range(batch.num_rows), batch), mask_of(batch, wanted))

    def holding(self, name: str, values: Sequence[str]) -> Iterator[Scanned]:
        """
        Yield the rows in some column of which one of *values*, in lower case, occurs.

        Raises:
            StoreError: The table cannot be read.
        """
        for batch in self._rows(name, holding_condition(values, self.schema(name), "", {})):
            found = Scanned("", "", range(batch.num_rows), batch)
            yield from taken(found, rows_with(batch, values))

    def _rows(self, name: str, condition: SparkCondition) -> Iterator[Any]:
        query, schema = rows_query(condition), self.schema(name)
        with self._frames.doing("reading", name):
            frames = {ROWS: self._frame(name)}
            if condition.few:
                yield from self._frames.answer(query, frames, condition.values).to_batches()
            else:
                yield from self._frames.streamed(query, frames, condition.values, schema)

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """
        Merge the rows of *edits* away, or into others, in one statement.

        Raises:
            StoreError: PK442, its format takes no merge; or Spark refuses it.
        """
        self._format(name)
        source, joined, gone, updates = merge_of(edits, quoted)
        statement = merge_statement(named(self._namespace, name), joined, gone, updates)
        with self._frames.doing("changing", name):
            self._frames.run(statement, {GONE: self._frames.sent(source)})

    def _format(self, name: str) -> str:
        """
        Return the format of a table.

        Raises:
            StoreError: PK442, it is none that Spark changes.
        """
        asking = f"DESCRIBE TABLE EXTENDED {named(self._namespace, name)}"
        with self._frames.doing("asking for the format of", name):
            told = self._frames.run(asking, {})
        kind = next((str(row[1]).lower() for row in told if row[0] == "Provider"), "")
        if kind not in FORMATS:
            said = f"{name} is a table of the format {kind or 'that Spark does not name'}"
            raise StoreError(f"{said}, which Spark does not change: map its folder (PK442)")
        return kind

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """
        Say what a merge means, if there are rows that *wanted* fits.

        Raises:
            StoreError: The table cannot be read.
        """
        del now
        if not any(True for _ in self.scan(name, wanted)):
            return Outlook()
        return Outlook(1, 1, kept=KEPT)

    def free(self, names: Sequence[str]) -> Freed:
        """
        Let Spark do what makes old files of *names* go; that they went is not seen from here.

        Raises:
            StoreError: It refuses a step.
        """
        freed = Freed(reached=False)
        for name in names:
            kind = self._format(name)
            if kind == "delta":
                self._frames.set(CHECK, "false")
            steps = freeing(kind, self._namespace, name)
            for step in steps:
                with self._frames.doing("freeing", name):
                    self._frames.run(step, {})
            freed.remains.append(UNSEEN.format(name, "; ".join(steps)))
        return freed

    def stored(self) -> Iterator[StoredFile]:
        """Yield nothing: no file is seen from here."""
        yield from ()

    def close(self) -> None:
        """Do nothing: the session ends with the process, or is somebody else's."""
