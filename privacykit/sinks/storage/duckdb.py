"""Events into a DuckDB file, in columns, each once. Does file I/O, in threads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated

import anyio.to_thread
import msgspec
from msgspec import Meta

from privacykit.collect.events.format import Event, decode_event
from privacykit.collect.ports import (
    Batches,
    Gathers,
    Maintains,
    OutboxRow,
    Reachable,
    SendOutcome,
    Sink,
)
from privacykit.errors import ConfigurationError
from privacykit.sinks.config import SinkConfig, options, problem, refuse
from privacykit.sinks.event_deleter import DELETION, deleting
from privacykit.sinks.kind import SinkKind
from privacykit.sinks.storage.duckdb_file import EventsFile

BATCH = 5000


class DuckDBSink(Sink, Batches, Gathers, Maintains, Reachable):
    """
    Adds events to *file*.

    Args:
        name: The sink's name.
        file: Where they go.
        batch: Events in one attempt, at most.
        gather: Seconds to wait for more, after a batch that was not full.
    """

    def __init__(self, name: str, file: EventsFile, *, batch: int, gather: float) -> None:
        self.name = name
        self.batch = batch
        self.gather = gather
        self._file = file

    async def send(self, batch: Sequence[OutboxRow]) -> SendOutcome:
        """
        Add *batch*; on disk when this returns.

        Raises:
            SinkError: The file could not be opened or written.
        """
        return await anyio.to_thread.run_sync(self._add, batch)

    def _add(self, batch: Sequence[OutboxRow]) -> SendOutcome:
        events: dict[str, Event] = {}
        rejected: list[tuple[str, str]] = []
        for row in batch:
            try:
                events[row.envelope.id] = decode_event(row.body)
            except ValueError:
                rejected.append((row.envelope.id, "unreadable"))
        self._file.add(events)
        return SendOutcome(rejected=tuple(rejected))

    async def keep(self, now: float) -> None:
        """
        Delete what has expired at *now*.

        Raises:
            SinkError: The file could not be opened or written.
        """
        await anyio.to_thread.run_sync(self._file.drop_expired, now)

    async def erase(self, ids: Collection[str]) -> int:
        """
        Erase the events with *ids*; return how many went.

        Raises:
            SinkError: Some may be left: it has to be repeated.
        """
        return await anyio.to_thread.run_sync(self._file.erase, ids)

    async def answers(self) -> None:
        """
        Open the file, and make it if there is none.

        Raises:
            SinkError: That cannot be done.
        """
        await anyio.to_thread.run_sync(self._file.look)

    async def close(self) -> None:
        """Nothing is held open between batches."""


class _Options(msgspec.Struct, kw_only=True):
    file: Annotated[str, Meta(description="the file; it makes itself, its folder must exist")]
    batch: Annotated[int, Meta(ge=1, le=50_000, description="events in one attempt, at most")] = (
        BATCH
    )
    gather: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="seconds to wait for more after a batch that was not full; readers have "
            "the file meanwhile",
        ),
    ] = 10.0


def from_config(config: SinkConfig) -> DuckDBSink:
    """
    Build the sink.

    Raises:
        ConfigurationError: The folder of the file is missing, or a key is unknown.
        MissingExtraError: The extra ``duckdb`` is not installed.
    """
    refuse(config, "url", "token", "key")
    wanted = options(config, _Options)
    path = config.base / wanted.file
    if not path.parent.is_dir() or path.is_dir():
        raise ConfigurationError(
            problem(config, "PK171", "file", "its folder does not exist, or it is one", "create it")
        )
    return DuckDBSink(config.name, EventsFile(path), batch=wanted.batch, gather=wanted.gather)


KIND = SinkKind(
    "duckdb",
    "A DuckDB file, one column for each member of the event.",
    from_config,
    extra="duckdb",
    packages=("duckdb", "pyarrow"),
    options=_Options,
    deleter=deleting(from_config),
    deletion=DELETION,
    deduplicates="its id, which is looked for among those of the same moments",
    erasure="`privacykit subject erase` deletes the events of the person, and writes the file "
    "anew, since what DuckDB deletes stays in free blocks of its file.",
)
