"""
Containers unwrapped, gzip, zip and Parquet, so that what is in them is searched. Pure.

What cannot be unwrapped is searched as it is; what unwraps to more than a bound, to the bound.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

MOST_UNWRAPPED = 256 * 1024 * 1024
"""Bytes that one file may unwrap to."""
_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_DEEPEST = 3


def unwrapped(raw: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield *raw* and whatever is wrapped in it, at most three deep."""
    yield raw
    if depth >= _DEEPEST:
        return
    if raw.startswith(_GZIP):
        yield from unwrapped(_gunzipped(raw), depth + 1)
    elif raw.startswith(_ZIP):
        for member in _unzipped(raw):
            yield from unwrapped(member, depth + 1)
    elif raw.startswith(_PARQUET):
        yield _decoded(raw)


def _gunzipped(raw: bytes) -> bytes:
    """Return what gzip members hold, as far as they are whole: a log that is written to is not."""
    out, left = b"", raw
    while left.startswith(_GZIP) and len(out) < MOST_UNWRAPPED:
        stream = zlib.decompressobj(wbits=31)
        try:
            out += stream.decompress(left, MOST_UNWRAPPED - len(out))
        except zlib.error:
            break
        left = stream.unused_data
    return out


def _unzipped(raw: bytes) -> Iterator[bytes]:
    try:
        with ZipFile(BytesIO(raw)) as archive:
            size = 0
            for info in archive.infolist():
                size += info.file_size
                if size > MOST_UNWRAPPED:
                    return
                yield archive.read(info)
    except (BadZipFile, OSError, NotImplementedError, RuntimeError, zlib.error):
        return


def _decoded(raw: bytes) -> bytes:
    """Return the cells of a Parquet file as text; nothing without the extra ``parquet``."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        return b""
    try:
        table = parquet.ParquetFile(BytesIO(raw)).read()
    except (pa.ArrowException, OSError):
        return b""
    out = BytesIO()
    for batch in table.to_batches(max_chunksize=1000):
        out.write(repr(batch.to_pylist()).encode("utf-8", "backslashreplace"))
        if out.tell() > MOST_UNWRAPPED:
            break
    return out.getvalue()
