"""
Read files row by row and write them anew without some rows. Does I/O.

Rows that are not touched keep their bytes (JSON lines, CSV) or their types (Parquet).
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import msgspec

from privacykit.connectors.files.record import Record
from privacykit.connectors.parquet_writing import written_as
from privacykit.errors import MissingExtraError, StoreError

Decide = Callable[[Record], dict[str, Any] | bool]
"""What becomes of a row: ``True`` stays, ``False`` goes, values replace it."""

LINES = frozenset({".jsonl", ".ndjson"})
TABLES = frozenset({".csv"})
COLUMNS = frozenset({".parquet"})
ROWS_AT_ONCE = 10_000
BYTES_AT_ONCE = 8 << 20
"""Of Parquet, before they are objects of Python, which take several times as much."""
GROUP_BYTES = 64 << 20
"""Of a row group that is written: what waits in memory for the rest of it."""
BUFFER_BYTES = 1 << 20
"""Of each column that is read."""
_encoder = msgspec.json.Encoder(enc_hook=str)


def kind_of(file: Path) -> str:
    """Return the suffix that says the format, ``.gz`` left out; empty for others."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    last = suffixes[-1] if suffixes else ""
    return last if last in LINES | TABLES | COLUMNS else ""


def read_rows(file: Path) -> Iterator[Record]:
    """
    Yield the rows of *file*; a line that cannot be read has no values.

    Raises:
        StoreError: The file is not of its format.
        MissingExtraError: Parquet needs the extra ``parquet``.
        OSError: It cannot be read.
    """
    kind = kind_of(file)
    if kind in COLUMNS:
        yield from _read_parquet(file)
        return
    with _open(file) as stream:
        yield from _json_lines(stream) if kind in LINES else _csv_rows(stream)


def rewrite(file: Path, target: BinaryIO, decide: Decide) -> None:
    """
    Write *file* to *target*, each row as *decide* says.

    Raises:
        StoreError: The file is not of its format.
        MissingExtraError: Parquet needs the extra ``parquet``.
        OSError: It cannot be read or written.
    """
    kind = kind_of(file)
    if kind in COLUMNS:
        _rewrite_parquet(file, target, decide)
        return
    with _open(file) as source, _packed(file, target) as sink:
        rows = _json_lines(source) if kind in LINES else _csv_rows(source, header=sink.write)
        for record in rows:
            decided = decide(record)
            if decided is True:
                sink.write(record.raw)
            elif decided is not False:
                sink.write(_line(kind, record, decided))


def _open(file: Path) -> IO[bytes]:
    if file.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(file, "rb"))
    return file.open("rb")


def _packed(file: Path, target: BinaryIO) -> AbstractContextManager[IO[bytes]]:
    """Return what writes to *target*, packed where *file* is; *target* itself stays open."""
    if file.suffix.lower() == ".gz":
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=target)
        return cast("AbstractContextManager[IO[bytes]]", packed)
    return nullcontext(target)


def _line(kind: str, record: Record, values: dict[str, Any]) -> bytes:
    if kind in LINES:
        return _encoder.encode(values) + b"\n"
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n" if record.raw.endswith(b"\r\n") else "\n").writerow(
        ["" if value is None else value for value in values.values()]
    )
    return buffer.getvalue().encode()


def _json_lines(stream: IO[bytes]) -> Iterator[Record]:
    for line in stream:
        try:
            values = msgspec.json.decode(line) if line.strip() else {}
        except msgspec.DecodeError:
            values = {}
        yield Record(values if isinstance(values, dict) else {}, line)


def _csv_rows(
    stream: IO[bytes], header: Callable[[bytes], object] | None = None
) -> Iterator[Record]:
    """
    Yield the rows of a CSV file with the bytes they stand in.

    Raises:
        StoreError: It is not UTF-8, or no CSV: a lone carriage return, a field without an end.
    """
    taken: list[bytes] = []

    def lines() -> Iterator[str]:
        for line in stream:
            taken.append(line)
            try:
                yield line.decode()
            except UnicodeDecodeError:
                raise StoreError("a CSV file is not UTF-8") from None

    names: list[str] | None = None
    for row in _read_as_csv(lines()):
        raw = b"".join(taken)
        taken.clear()
        if names is None:
            names = [name.removeprefix("\ufeff") for name in row]
            if header:
                header(raw)
            continue
        values = dict(zip(names, row, strict=False)) if len(row) == len(names) else {}
        yield Record({n: v or None for n, v in values.items()}, raw)


def _read_as_csv(lines: Iterator[str]) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines)
    except csv.Error:
        raise StoreError(
            "a CSV file cannot be read: a line ends in a lone carriage return, or a field has more"
            f" than {csv.field_size_limit()} characters"
        ) from None


def _read_parquet(file: Path) -> Iterator[Record]:
    """
    Yield the rows of a Parquet file.

    Raises:
        StoreError: It is no Parquet.
    """
    parquet = _parquet()
    import pyarrow as pa

    try:
        with _opened_parquet(parquet, file) as source:
            for batch in source.iter_batches(batch_size=_rows_at_once(source)):
                for values in batch.to_pylist():
                    yield Record(values)
    except pa.ArrowException as error:
        raise StoreError(f"reading a Parquet file: {type(error).__name__}") from None


def _rewrite_parquet(file: Path, target: BinaryIO, decide: Decide) -> None:
    """
    Write a Parquet file anew, in row groups as long as its own, or of a bounded size.

    Raises:
        StoreError: It is no Parquet, or a new value is not of its column's type.
    """
    parquet = _parquet()
    import pyarrow as pa

    try:
        with _opened_parquet(parquet, file) as source:
            schema, rows = source.schema_arrow, _rows_of_a_group(source)
            with parquet.ParquetWriter(target, schema, **written_as(source)) as sink:
                group: list[Any] = []
                for batch in _decided_batches(source, schema, decide):
                    group.append(batch)
                    if sum(map(len, group)) >= rows or sum(b.nbytes for b in group) >= GROUP_BYTES:
                        sink.write_table(pa.Table.from_batches(group), row_group_size=rows)
                        group = []
                if group:
                    sink.write_table(pa.Table.from_batches(group), row_group_size=rows)
    except pa.ArrowException as error:
        raise StoreError(f"rewriting a Parquet file: {type(error).__name__}") from None


def _rows_of_a_group(source: Any) -> int:  # noqa: ANN401 - of Arrow
    groups = source.metadata.num_row_groups
    rows: list[int] = [source.metadata.row_group(number).num_rows for number in range(groups)]
    return max([ROWS_AT_ONCE, *rows])


def _rows_at_once(source: Any) -> int:  # noqa: ANN401 - of Arrow
    """Return how many rows are read together: fewer where they are wide."""
    groups = [source.metadata.row_group(number) for number in range(source.metadata.num_row_groups)]
    size: int = sum(one.total_byte_size for one in groups)
    rows: int = sum(one.num_rows for one in groups)
    return min(ROWS_AT_ONCE, max(1, BYTES_AT_ONCE * rows // max(1, size)))


def _decided_batches(source: Any, schema: Any, decide: Decide) -> Iterator[Any]:  # noqa: ANN401
    """Yield the rows that *decide* leaves, as it leaves them, of bounded parts of *source*."""
    import pyarrow as pa

    for batch in source.iter_batches(batch_size=_rows_at_once(source)):
        rows = batch.to_pylist()
        decided = [decide(Record(values)) for values in rows]
        kept = [
            values if what is True else what
            for values, what in zip(rows, decided, strict=True)
            if what is not False
        ]
        if kept:
            yield pa.RecordBatch.from_pylist(kept, schema=schema)


def _opened_parquet(parquet: Any, file: Path) -> Any:  # noqa: ANN401 - of Arrow
    """Open *file*; of a column no more is in memory than is read of it at once."""
    return parquet.ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False)


def _parquet() -> Any:  # noqa: ANN401 - a module without types
    """
    Return the reader of Parquet files.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("parquet", "a data map with Parquet files") from None
    return parquet
