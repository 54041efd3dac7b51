"""
The files of a store, decoded and searched: a packed file shows nothing to a search of its bytes.

Reads the files it is given and nothing else. What is neither text nor a form that is decoded here
counts as unread, and no level is claimed over it.
"""

from __future__ import annotations

import gzip
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import msgspec

from privacykit.connectors.bytesearch import BLOCK, count_in_blocks
from privacykit.connectors.lakehouse.rows.hits import count_occurrences
from privacykit.connectors.lakehouse.tables import StoredFile

BOUND = 16
"""Characters to which Iceberg cuts the bounds of a column, unless a table says otherwise."""

_PARQUET, _AVRO, _GZIP = b"PAR1", b"Obj\x01", b"\x1f\x8b"

_PLAIN = (b"SQLite format 3\x00", b"crc\x00")
"""How files begin whose bytes show text as it is: SQLite; and checksums of Hadoop, without any."""


def count_in_stored(files: Iterable[StoredFile], markers: Sequence[str]) -> tuple[int, int, int]:
    """
    Return bytes read, occurrences of *markers* found, and files that could not be searched.

    Args:
        files: Every file below the dataset.
        markers: Values of the person; upper and lower case are one.
    """
    wanted = sorted({marker.lower() for marker in markers if marker})
    size = hits = unread = 0
    for file in files:
        found, searched = _count(file, wanted) if wanted and file.searchable else (0, not wanted)
        if wanted:
            hits += sum(count_occurrences(batch, wanted) for batch in file.rows)
        size += file.size
        hits += found
        unread += not searched
        hits += _in_bytes(iter([file.name.encode()]), wanted)
    return size, hits, unread


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
        found += _in_bytes(iter([*kept.values(), *_statistics(source.metadata)]), wanted)
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
