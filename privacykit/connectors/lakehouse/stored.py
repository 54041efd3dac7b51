"""
The files of a store, decoded and searched: a packed file shows nothing to a search of its bytes.

Reads the files it is given and nothing else. What cannot be decoded counts as unread, and no level
is claimed over it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import msgspec

from privacykit.connectors.bytesearch import BLOCK, count_in_blocks
from privacykit.connectors.lakehouse.rows.hits import count_occurrences
from privacykit.connectors.lakehouse.tables import StoredFile

BOUND = 16
"""Characters to which Iceberg cuts the bounds of a column, unless a table says otherwise."""

_PARQUET, _AVRO, _GZIP = b"PAR1", b"Obj\x01", b"\x1f\x8b"

_PACKED = (
    *(b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"BZh", b"7z\xbc\xaf\x27\x1c"),
    *(b"\x04\x22\x4d\x18", b"\xff\x06\x00\x00sNaPpY", b"ORC"),
)
"""How files begin that are packed in ways nobody here unpacks: zip, zstd, xz, bzip2, 7z, lz4, …"""

_DUCKDB = b"DUCK"
"""What stands behind the checksum of a DuckDB file's first block; its columns are packed."""


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
        found = _count(file, wanted) if wanted else 0
        if wanted:
            hits += sum(count_occurrences(batch, wanted) for batch in file.rows)
        size += file.size
        hits += found or 0
        unread += found is None
        hits += _in_bytes(iter([file.name.encode()]), wanted)
    return size, hits, unread


def _count(file: StoredFile, wanted: Sequence[str]) -> int | None:
    """Return how often *wanted* occur; ``None`` where the file cannot be read."""
    begins = file.stream.read(12)
    head = begins[:4]
    file.stream.seek(0)
    if begins.startswith(_PACKED) or (begins[8:] == _DUCKDB and not file.rows):
        return None
    try:
        if head == _PARQUET:
            return _in_parquet(file.stream, wanted)
        if head == _AVRO:
            return _in_avro(file.stream, wanted)
        if head[:2] == _GZIP:
            with gzip.open(file.stream) as plain:
                return _in_bytes(iter(lambda: plain.read(BLOCK), b""), wanted)
        return _in_bytes(iter(lambda: file.stream.read(BLOCK), b""), wanted)
    except (OSError, EOFError, ValueError):
        return None


def _in_bytes(blocks: Any, wanted: Sequence[str]) -> int:  # noqa: ANN401 - an iterator
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
