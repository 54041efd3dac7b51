"""
Events as lines of JSON in files by period: one month of ``expires_at`` each. Does I/O, in threads.

By period, so that the end of retention is the end of a file, as in our own store.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import anyio.to_thread
import msgspec
from msgspec import Meta

from privacykit.collect.ports import Maintains, OutboxRow, Reachable, SendOutcome, Sink
from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks.config import SinkConfig, options, problem, refuse
from privacykit.sinks.kind import SinkKind
from privacykit.sinks.lines import LineFile
from privacykit.stores.events.periods import Period

SUFFIX = ".jsonl"


class JSONLinesSink(Sink, Maintains, Reachable):
    """
    Appends events to ``<stem>-2027_12.jsonl`` and its like in *folder*; each id once.

    Args:
        name: The sink's name.
        folder: Must exist.
        stem: What the names of its files begin with.
    """

    def __init__(self, name: str, folder: Path, *, stem: str) -> None:
        self.name = name
        self._folder = folder
        self._stem = stem
        self._files: dict[Period, LineFile] = {}

    async def send(self, batch: Sequence[OutboxRow]) -> SendOutcome:
        """
        Append *batch*; on disk when this returns.

        Raises:
            SinkError: A file could not be written; nothing torn is left behind.
        """
        try:
            await anyio.to_thread.run_sync(self._append, batch)
        except OSError as error:
            raise SinkError(_said(error)) from None
        return SendOutcome()

    def _append(self, batch: Sequence[OutboxRow]) -> None:
        by_period: dict[Period, dict[str, bytes]] = {}
        for row in batch:
            period = Period.of(row.envelope.expires_at)
            by_period.setdefault(period, {})[row.envelope.id] = row.body
        for period, bodies in by_period.items():
            self._file(period).append(bodies)

    def _file(self, period: Period) -> LineFile:
        if period not in self._files:
            path = self._folder / f"{self._stem}-{period.name}{SUFFIX}"
            self._files[period] = LineFile(path)
        return self._files[period]

    async def keep(self, now: float) -> None:
        """
        Remove the files of periods that have ended, and what else has expired at *now*.

        Raises:
            SinkError: A file could not be read or written.
        """
        try:
            await anyio.to_thread.run_sync(self._keep, now)
        except OSError as error:
            raise SinkError(_said(error)) from None

    def _keep(self, now: float) -> None:
        for path in self._folder.glob(f"{self._stem}-*{SUFFIX}"):
            period = Period.named(path.name[len(self._stem) + 1 : -len(SUFFIX)])
            if period and period.start <= now:
                self._file(period).drop_expired(now, whole=period.end <= now)

    async def erase(self, ids: Collection[str]) -> int:
        """
        Erase the events with *ids*; return how many went.

        Raises:
            SinkError: A file could not be read or written; some may be left.
        """
        try:
            return await anyio.to_thread.run_sync(self._erase, frozenset(ids))
        except OSError as error:
            raise SinkError(_said(error)) from None

    def _erase(self, ids: frozenset[str]) -> int:
        periods = self._folder.glob(f"{self._stem}-*{SUFFIX}")
        names = (Period.named(path.name[len(self._stem) + 1 : -len(SUFFIX)]) for path in periods)
        return sum(self._file(period).drop(ids) for period in list(names) if period)

    async def answers(self) -> None:
        """
        Look whether files can be made in the folder.

        Raises:
            SinkError: They cannot.
        """
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise SinkError("PK170 the folder cannot be written to")

    async def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()


def _said(error: OSError) -> str:
    return f"PK170 a file of events failed ({type(error).__name__} {error.errno})"


class _Options(msgspec.Struct):
    folder: Annotated[str, Meta(description="where the files are; it must exist")]


def from_config(config: SinkConfig) -> JSONLinesSink:
    """
    Build the sink.

    Raises:
        ConfigurationError: The folder is missing, or a key is unknown.
    """
    refuse(config, "url", "token", "key")
    folder = config.base / options(config, _Options).folder
    if folder.exists() and not folder.is_dir():
        hint = "name the folder that files go to"
        raise ConfigurationError(problem(config, "PK171", "folder", "a file, no folder", hint))
    if not folder.is_dir():
        raise ConfigurationError(
            problem(config, "PK171", "folder", "the folder does not exist", "create it")
        )
    return JSONLinesSink(config.name, folder, stem=config.name)


KIND = SinkKind(
    "jsonl",
    "Files of JSON lines, one for each month of `expires_at`.",
    from_config,
    options=_Options,
    deduplicates="the event's id",
    erasure="The files of a period end with it; take a person out of them with the data map.",
)
