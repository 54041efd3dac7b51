"""
One DuckDB file that holds events: written, ended, taken out of, written anew. Synchronous file I/O.

Laws of this file:

1. DuckDB lets one process at a time open a file; ours take turns at its folder, and hold the file
   open for one piece of work only, so that readers get in between.
2. An event is looked for by its id among those of the same moments before it is added. There is no
   index: rows could not be deleted from one at a bearable price.
3. What is deleted stays in free blocks of the file. So after an erasure, and a day after retention
   first deleted something, all that lives is copied into a new file, which takes the place of the
   old one while that is still held.
4. File and log are their owner's only.
5. Nothing is downloaded: DuckDB is told not to look for extensions.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacykit import forks
from privacykit.collect.events.format import Event
from privacykit.connectors.lakehouse.duckdb.file import (
    BESIDE,
    OFFLINE,
    is_in_use,
    quoted_path,
)
from privacykit.errors import MissingExtraError, SinkError
from privacykit.private_files import PRIVATE_MODE, create_private, sync_folder
from privacykit.sinks.storage.turns import folder_turn
from privacykit.stores.events.columns import arrow_schema, record_batch

if TYPE_CHECKING:
    import duckdb

REWRITE_SECONDS = 86_400.0
"""How long after the first deletion the file is written anew."""

_ADD = """
INSERT INTO store.events BY NAME
SELECT * FROM batch WHERE id NOT IN (
    SELECT id FROM store.events
    WHERE id BETWEEN (SELECT min(id) FROM batch) AND (SELECT max(id) FROM batch))
"""
_ENDED = "DELETE FROM store.events WHERE expires_at <= epoch_ms(?)::TIMESTAMP AT TIME ZONE 'UTC'"
_GONE = "DELETE FROM store.events WHERE id IN (SELECT value FROM ids)"


class EventsFile:
    """
    The file at *path*, made when it is first opened, in a folder that exists.

    Args:
        path: Where it is.

    Raises:
        MissingExtraError: The extra ``duckdb`` is not installed.
    """

    def __init__(self, path: Path) -> None:
        try:
            import duckdb
            import pyarrow as pa  # noqa: F401 - what events are handed over in
        except ImportError:
            raise MissingExtraError("duckdb", "a sink of type 'duckdb'") from None
        self._duckdb = duckdb
        self._path = path
        # A child would share what is open with its parent.
        self._turn = forks.TurnLock()

    def add(self, events: Mapping[str, Event]) -> None:
        """
        Add those of *events*, by id, that are not there; on disk when this returns.

        Raises:
            SinkError: The file could not be opened or written; nothing is added.
        """
        if not events:
            return
        batch = _table(record_batch(events.values()))
        with self._opened() as store:
            store.register("batch", batch)
            store.execute(_ADD)

    def drop_expired(self, now: float) -> None:
        """
        Delete what has expired at *now*, and write the file anew where that is due.

        Args:
            now: Unix seconds.

        Raises:
            SinkError: The file could not be opened or written; it is as it was.
        """
        with self._opened() as store:
            if _count(store.execute(_ENDED, [int(now * 1000)])):
                store.execute("INSERT INTO store.privacykit_deletions VALUES (?)", [now])
            (first,) = _row(store.execute("SELECT min(began) FROM store.privacykit_deletions"))
            if first is not None and first + REWRITE_SECONDS <= now:
                self._rewrite(store)

    def erase(self, ids: Collection[str]) -> int:
        """
        Delete events by *ids*, write the file anew, and return how many went.

        Raises:
            SinkError: The file could not be opened or written; some may be left in free blocks.
        """
        with self._opened() as store:
            # By join, so that no statement holds whom it is about.
            store.register("ids", _values(ids))
            gone = _count(store.execute(_GONE))
            if gone:
                self._rewrite(store)
            return gone

    def since(self, first: str) -> list[dict[str, Any]]:
        """
        Return the events whose id is *first* or above, a member for each column.

        Raises:
            SinkError: The file could not be opened or read.
        """
        if not self._path.exists():
            return []
        with self._opened() as store:
            wanted = "SELECT * FROM store.events WHERE id >= ? ORDER BY id"
            said: Any = store.sql(wanted, params=[first])
            found: list[dict[str, Any]] = said.to_arrow_table().to_pylist()
            return found

    def look(self) -> None:
        """
        Open the file, make it if there is none, and close it.

        Raises:
            SinkError: That cannot be done.
        """
        with self._opened():
            pass

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """
        Yield a connection to which the file is attached as ``store``.

        Raises:
            SinkError: It cannot be opened, or what is done with it failed.
        """
        try:
            with self._turn, folder_turn(self._path.parent):
                for left in self._path.parent.glob(f"{BESIDE}*"):
                    shutil.rmtree(left)
                if not self._path.exists():
                    self._create()
                with self._connected(self._path, "store") as store:
                    self._prepare(store)
                    yield store
        except OSError as error:
            told = f"PK170 a file of events failed ({type(error).__name__} {error.errno})"
            raise SinkError(told) from None
        except self._duckdb.Error as error:
            if is_in_use(error):
                raise SinkError("PK184 another program has the DuckDB file open") from None
            raise SinkError(f"PK185 DuckDB failed ({type(error).__name__})") from None

    @contextmanager
    def _connected(self, path: Path, name: str) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._duckdb.connect(":memory:", config=OFFLINE)
        try:
            connection.execute(f"ATTACH {quoted_path(path)} AS {name}")
            # DuckDB takes the log that is there, and would make one that others can read.
            with suppress(FileExistsError):
                os.close(create_private(path.with_name(f"{path.name}.wal")))
            yield connection
            connection.execute(f"CHECKPOINT {name}")
        finally:
            connection.close()

    def _prepare(self, store: duckdb.DuckDBPyConnection) -> None:
        """Make the tables, and the columns that events have got since."""
        store.register("shape", _table(record_batch([])))
        store.execute("CREATE TABLE IF NOT EXISTS store.events AS SELECT * FROM shape")
        store.execute("CREATE TABLE IF NOT EXISTS store.privacykit_deletions (began DOUBLE)")
        here = {row[0] for row in store.execute("DESCRIBE store.events").fetchall()}
        for name, kind, *_ in store.execute("DESCRIBE shape").fetchall():
            if name not in here:
                store.execute(f'ALTER TABLE store.events ADD COLUMN "{name}" {kind}')

    def _create(self) -> None:
        with self._beside() as fresh:
            with self._connected(fresh, "fresh"):
                pass
            self._settle(fresh)

    def _rewrite(self, store: duckdb.DuckDBPyConnection) -> None:
        """Copy all that lives into a new file that takes the place of the old one."""
        store.execute("DELETE FROM store.privacykit_deletions")
        with self._beside() as fresh:
            store.execute(f"ATTACH {quoted_path(fresh)} AS fresh")
            store.execute("COPY FROM DATABASE store TO fresh")
            store.execute("CHECKPOINT store")
            store.execute("DETACH fresh")
            self._settle(fresh)

    @contextmanager
    def _beside(self) -> Iterator[Path]:
        """Yield the path of a new file in a folder that nobody else can look into."""
        with tempfile.TemporaryDirectory(prefix=BESIDE, dir=self._path.parent) as folder:
            yield Path(folder) / "events"

    def _settle(self, fresh: Path) -> None:
        descriptor = os.open(fresh, os.O_RDWR | os.O_CLOEXEC)
        try:
            os.fchmod(descriptor, PRIVATE_MODE)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        fresh.replace(self._path)
        sync_folder(self._path.parent)


def _table(batch: Any) -> Any:  # noqa: ANN401 - a library without types
    import pyarrow as pa

    return pa.Table.from_batches([batch], schema=arrow_schema())


def _values(values: Collection[str]) -> Any:  # noqa: ANN401 - a library without types
    import pyarrow as pa

    return pa.table({"value": pa.array(sorted(values), pa.string())})


def _row(said: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    return said.fetchall()[0]


def _count(said: duckdb.DuckDBPyConnection) -> int:
    return int(_row(said)[0])
