"""The server of ClickHouse as tables need it, and its answers as Arrow. Does no I/O itself."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, Protocol

import msgspec

from privacykit.errors import StoreError

END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""How a stream of Arrow ends. Without it something is missing, whatever the status was."""

UNFINISHED = "the answer of ClickHouse was cut off; run it again"

QUIET = {"log_queries": "0"}
"""A setting: what is asked stays out of the server's log of queries."""

READ = {
    **QUIET,
    "final": "0",  # each physical row counts
    "output_format_arrow_string_as_string": "1",
    "output_format_arrow_low_cardinality_as_dictionary": "0",
}
"""The settings of whatever reads rows."""

HIDDEN = {**READ, "apply_deleted_mask": "0"}
"""Those of what reads rows, such as are masked too."""


class ClickHouseDatabase(Protocol):
    """A database of a server. Every method may raise ``StoreError``."""

    name: str
    """What it is called."""

    def run(
        self,
        statement: str,
        settings: Mapping[str, str],
        *,
        rows: bytes | None = None,
        long: bool = False,
    ) -> str:
        """
        Run *statement* and return what it says.

        Args:
            statement: One.
            settings: By name.
            rows: Its rows, in the format that it names.
            long: Whether it may take as long as parts take to be written.
        """
        ...

    def read(
        self, statement: str, settings: Mapping[str, str], tables: Mapping[str, bytes]
    ) -> Iterator[bytes]:
        """
        Run *statement* beside *tables* of one column ``value`` and yield what it says in pieces.

        Args:
            statement: One.
            settings: By name.
            tables: Their rows as ``JSONEachRow``, by name: they are seen by this statement alone.
        """
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


def told(at: ClickHouseDatabase, query: str) -> list[list[Any]]:
    """
    Return the rows of *query*: what the server knows of itself, or counts.

    Raises:
        StoreError: It does not answer, or something else.
    """
    said = at.run(f"{query} FORMAT JSONCompactEachRow", QUIET, long=True)
    try:
        return msgspec.json.Decoder(list[Any]).decode_lines(said)
    except (msgspec.DecodeError, UnicodeError):
        raise StoreError("ClickHouse answers with something else than rows") from None


def counted(at: ClickHouseDatabase, query: str) -> int:
    """
    Return the number that *query* asks for.

    Raises:
        StoreError: Something else comes.
    """
    said = at.run(f"{query} FORMAT TSV", {**QUIET, "final": "0"}, long=True).strip()
    if not (said.isascii() and said.isdigit()):
        raise StoreError("ClickHouse answers a count with something else")
    return int(said)


class _Stream(io.RawIOBase):
    """
    Pieces as a file, that remembers its end.

    Args:
        pieces: What comes.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self.end = b""

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, into: Any) -> int:  # noqa: ANN401 - a buffer
        """Fill *into* with what there is; 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
            self.end = (self.end + piece)[-len(END) :]
        taken, self._rest = self._rest[: len(into)], self._rest[len(into) :]
        into[: len(taken)] = taken
        return len(taken)


def schema_of(pieces: Iterator[bytes]) -> Any:  # noqa: ANN401 - of Arrow
    """
    Return the schema of an answer.

    Raises:
        StoreError: It is no Arrow.
    """
    import pyarrow as pa

    try:
        return pa.ipc.open_stream(b"".join(pieces)).schema
    except pa.ArrowException:
        raise StoreError(UNFINISHED) from None


def batches(pieces: Iterator[bytes]) -> Iterator[Any]:
    """
    Yield the record batches of an answer as they come.

    Raises:
        StoreError: It is no Arrow, or cut off.
    """
    import pyarrow as pa

    with closing(_Stream(pieces)) as stream:
        try:
            reader = pa.ipc.open_stream(io.BufferedReader(stream, 1 << 20))
            for batch in reader:
                batch.validate(full=True)
                yield batch
        except pa.ArrowException:
            raise StoreError(UNFINISHED) from None
        if stream.end != END or next(pieces, None) is not None:
            raise StoreError(UNFINISHED)
