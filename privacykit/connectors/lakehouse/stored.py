"""
The files of a store, decoded and searched: a packed file shows nothing to a search of its bytes.

Reads the files it is given and nothing else. What is neither text nor a form that is decoded here
counts as unread, and no level is claimed over it.
"""

from __future__ import annotations

import gzip
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import quote, quote_plus

import msgspec

from privacykit.connectors.bytesearch import BLOCK, count_in_blocks
from privacykit.connectors.lakehouse.rows.hits import count_occurrences
from privacykit.connectors.lakehouse.tables import StoredFile

BOUND = 16
"""Characters to which Iceberg cuts the bounds of a column, unless a table says otherwise."""

NAMED = 5
"""Tables that are named where several hold a value."""

_PARQUET, _AVRO, _GZIP = b"PAR1", b"Obj\x01", b"\x1f\x8b"

_PLAIN = (b"SQLite format 3\x00", b"crc\x00")
"""How files begin whose bytes show text as it is: SQLite; and checksums of Hadoop, without any."""


class StoredSearch(NamedTuple):
    """
    What a search of every file found.

    Attributes:
        size: Bytes read.
        hits: Occurrences.
        unread: Files that could not be searched.
        holding: Files that hold a value still.
        below: The tables, or folders, that these lie in; empty for the dataset itself.
    """

    size: int
    hits: int
    unread: int
    holding: int
    below: tuple[str, ...]

    def words(self) -> Iterator[str]:
        """Yield what keeps the files from being called empty; no name of a file may be in it."""
        if self.unread:
            yield f"{self.unread} files are in a form that cannot be searched"
        if self.holding:
            where = ", ".join(self.below[:NAMED]) or "beside the tables"
            yield f"{self.holding} files hold a value still, rows that no table shows too: {where}"


def count_in_stored(files: Iterable[StoredFile], markers: Sequence[str]) -> StoredSearch:
    """
    Search *files* for *markers*.

    Args:
        files: Every file below the dataset.
        markers: Values of the person; upper and lower case are one, and a value is found as it
            stands in an URL, too (``anna%40shop.example``).
    """
    wanted = sorted({way for marker in markers if marker for way in _written(marker.lower())})
    size = hits = unread = holding = 0
    below: dict[str, None] = {}
    for file in files:
        found, searched = _count(file, wanted) if wanted and file.searchable else (0, not wanted)
        if wanted:
            found += sum(count_occurrences(batch, wanted) for batch in file.rows)
        # A name that is no UTF-8 stands for its bytes.
        found += _in_bytes(iter([file.name.encode("utf-8", "surrogateescape")]), wanted)
        if found:
            top, slash, _ = file.name.partition("/")
            named = slash and not _in_bytes(iter([top.encode("utf-8", "replace")]), wanted)
            below |= dict.fromkeys([top] if named else [])
        size, hits = size + file.size, hits + found
        unread, holding = unread + (not searched), holding + bool(found)
    return StoredSearch(size, hits, unread, holding, tuple(below))


def _written(value: str) -> tuple[str, ...]:
    """Return *value* as it stands in text and in the address of a page."""
    return value, quote(value, safe="").lower(), quote_plus(value, safe="@").lower()


def _count(file: StoredFile, wanted: Sequence[str]) -> tuple[int, bool]:
    """Return how often *wanted* occur, and whether the file shows all that it holds."""
    head = file.stream.read(16)
    file.stream.seek(0)
    blocks = iter(lambda: file.stream.read(BLOCK), b"")
    try:
        if head.startswith(_PARQUET):
            return _in_parquet(file.stream, wanted), True
        if head.startswith(_AVRO):
            return _in_avro(file.stream, wanted), True
        if head.startswith(_GZIP):
            with gzip.open(file.stream) as plain:
                return _in_text(iter(lambda: plain.read(BLOCK), b""), wanted)
        if head.startswith(_PLAIN) or file.plain:
            return _in_bytes(blocks, wanted), True
        return _in_text(blocks, wanted)
    except (OSError, EOFError, ValueError):
        return 0, False


def _in_text(blocks: Iterator[bytes], wanted: Sequence[str]) -> tuple[int, bool]:
    """Return the occurrences, and whether all is text: what is packed in any way is none."""
    decoder, is_text = getincrementaldecoder("utf-8")(), True

    def looked_at() -> Iterator[bytes]:
        nonlocal is_text
        for block in blocks:
            is_text = is_text and _is_text(block)
            yield block
        is_text = is_text and not decoder.getstate()[0]

    def _is_text(block: bytes) -> bool:
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            return False
        return b"\0" not in block

    found = _in_bytes(looked_at(), wanted)
    return found, is_text


def _in_bytes(blocks: Iterator[bytes], wanted: Sequence[str]) -> int:
    markers = [value.encode() for value in wanted]
    # JSON writes what is not ASCII as escapes.
    markers += [text for value in wanted if (text := _escaped(value)) not in markers]
    return count_in_blocks(lambda: next(blocks, b""), markers)[1]


def _escaped(value: str) -> bytes:
    return value.encode("unicode_escape").replace(b"\\x", b"\\u00")


def _in_parquet(stream: BinaryIO, wanted: Sequence[str]) -> int:
    """
    Return the occurrences in rows, statistics and metadata.

    Raises:
        ValueError: It is not a Parquet file that can be read.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        source = parquet.ParquetFile(stream)
        found = sum(count_occurrences(batch, wanted) for batch in source.iter_batches())
        kept = source.metadata.metadata or {}
        columns = [
            source.schema.column(n).path.encode() for n in range(source.metadata.num_columns)
        ]
        told = [*columns, *kept, *kept.values(), *_statistics(source.metadata)]
        found += sum(_in_bytes(iter([one]), wanted) for one in told)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(type(error).__name__) from None
    return found


def _statistics(metadata: Any) -> list[bytes]:  # noqa: ANN401 - of Arrow
    found = []
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for number in range(row_group.num_columns):
            statistics = row_group.column(number).statistics
            if statistics is not None and statistics.has_min_max:
                found += [_bytes_of(statistics.min), _bytes_of(statistics.max)]
    return [item for item in found if item]


def _bytes_of(value: Any) -> bytes:  # noqa: ANN401 - a value
    return value if isinstance(value, bytes) else str(value).encode()


def _in_avro(stream: BinaryIO, wanted: Sequence[str]) -> int:
    """
    Return the occurrences in a manifest; a bound that is cut counts where it begins like a value.

    Raises:
        ValueError: It is not an Avro file that can be read, or its reader is not installed.
    """
    try:
        import fastavro
    except ImportError:
        raise ValueError("no reader of Avro") from None
    text = msgspec.json.Encoder(enc_hook=str)
    cut = sorted({*wanted, *(value[:BOUND] for value in wanted)})
    rows = (_plain(record) for record in fastavro.reader(stream))
    lines = (text.encode(row) + b"\n" for row in rows)
    return _in_bytes(lines, cut)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value
    """Return *value* with its bytes as text: JSON would pack them."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
