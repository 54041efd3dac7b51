"""
The forms of objects that hold events: JSON lines and Parquet. Pure.

JSON lines hold the event as it is, packed by gzip; Parquet holds the columns of
:mod:`privacykit.stores.events.columns`, packed by Zstandard. No statistics are kept of columns that
tell people apart: the foot of a Parquet file would repeat their least and greatest values in the
clear, where no reader of events looks for them.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, Protocol

from privacykit.collect.events.format import decode_event, members_of, moment
from privacykit.collect.ports import OutboxRow
from privacykit.errors import MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa

_one = members_of("id", "data.expires_at")
_time = members_of("time")

COUNTED = ("time", "name", "purpose", "site", "expires_at")
"""Columns of Parquet files that keep statistics: none by which anybody is told apart."""


MOST_LINES = 1024 * 1024 * 1024
"""Bytes that the lines of one object are unpacked to at most."""
_GZIP = zlib.MAX_WBITS | 16
"""What tells :mod:`zlib` that it unpacks gzip (zlib manual, ``inflateInit2``)."""


class Doomed(NamedTuple):
    """
    Which events are to go.

    Attributes:
        now: Unix seconds: what has expired.
        ids: Events with these ids.
    """

    now: float = 0.0
    ids: Collection[str] = frozenset()


class JoinedObjects(NamedTuple):
    """
    Several objects as one.

    Attributes:
        body: It, with each event once.
        ids: Of its events.
        ends: Their ``expires_at``, Unix seconds.
    """

    body: bytes
    ids: frozenset[str]
    ends: Collection[int]


class ObjectForm(Protocol):
    """How events are written into one object."""

    suffix: str

    def dated(self, row: OutboxRow) -> str:
        """
        Return the day of *row* in UTC.

        Raises:
            ValueError: It is no event.
        """
        ...

    def encode(self, rows: Sequence[OutboxRow]) -> bytes:
        """Return the object that holds *rows*."""
        ...

    def ids(self, body: bytes) -> frozenset[str]:
        """
        Return the ids of the events in an object.

        Raises:
            ValueError: It is no object of this form.
        """
        ...

    def without(self, body: bytes, doomed: Doomed) -> tuple[bytes | None, int]:
        """
        Return an object less the *doomed*, or ``None`` where nothing is left, and how many went.

        Raises:
            ValueError: It is no object of this form.
        """
        ...

    def joined(self, bodies: Sequence[bytes]) -> JoinedObjects:
        """
        Return one object that holds the events of all *bodies*.

        Raises:
            ValueError: One of them is no object of this form.
        """
        ...


class JSONLines(ObjectForm):
    """CloudEvents JSON, one a line, packed by gzip."""

    suffix = ".jsonl.gz"

    def dated(self, row: OutboxRow) -> str:
        """
        Return the day of *row* in UTC.

        Raises:
            ValueError: It has no id, time or end.
        """
        _one(row.body)
        return _day(_time(row.body)[0])

    def encode(self, rows: Sequence[OutboxRow]) -> bytes:
        """Return the lines; the same rows give the same bytes."""
        return _packed(row.body.replace(b"\n", b" ") for row in rows)

    def ids(self, body: bytes) -> frozenset[str]:
        """
        Return the ids of the events in an object.

        Raises:
            ValueError: It is no object of this form.
        """
        return frozenset(_one(line)[0] for line in _lines(body))

    def without(self, body: bytes, doomed: Doomed) -> tuple[bytes | None, int]:
        """
        Return an object less the *doomed*, or ``None`` where nothing is left, and how many went.

        Raises:
            ValueError: It is no object of this form.
        """
        lines = _lines(body)
        kept = [line for line in lines if not _goes(line, doomed)]
        return (_packed(kept) if kept else None), len(lines) - len(kept)

    def joined(self, bodies: Sequence[bytes]) -> JoinedObjects:
        """
        Return one object that holds the events of all *bodies*.

        Raises:
            ValueError: One of them is no object of this form.
        """
        lines = {_one(line)[0]: line for body in bodies for line in _lines(body)}
        ends = [int(moment(_one(line)[1]).timestamp()) for line in lines.values()]
        return JoinedObjects(_packed(list(lines.values())), frozenset(lines), ends)


class Parquet(ObjectForm):
    """
    Events in columns.

    Raises:
        MissingExtraError: The extra ``parquet`` is not installed.
    """

    suffix = ".parquet"

    def __init__(self) -> None:
        try:
            import pyarrow.parquet
        except ImportError:
            raise MissingExtraError("parquet", "events in Parquet files") from None
        self._parquet = pyarrow.parquet

    def dated(self, row: OutboxRow) -> str:
        """
        Return the day of *row* in UTC.

        Raises:
            ValueError: It is no event of the present format.
        """
        return _day(decode_event(row.body).time)

    def encode(self, rows: Sequence[OutboxRow]) -> bytes:
        """Return the file."""
        import pyarrow as pa

        from privacykit.stores.events.columns import record_batch

        events = record_batch([decode_event(row.body) for row in rows])
        return self._written(pa.Table.from_batches([events]))

    def ids(self, body: bytes) -> frozenset[str]:
        """
        Return the ids of the events in an object.

        Raises:
            ValueError: It is no object of this form.
        """
        return frozenset(self._read(body, ["id"]).column("id").to_pylist())

    def without(self, body: bytes, doomed: Doomed) -> tuple[bytes | None, int]:
        """
        Return an object less the *doomed*, or ``None`` where nothing is left, and how many went.

        Raises:
            ValueError: It is no object of this form.
        """
        table = self._read(body)
        kept = table.filter(_kept(table, doomed))
        gone = table.num_rows - kept.num_rows
        return (self._written(kept) if kept.num_rows else None), gone

    def joined(self, bodies: Sequence[bytes]) -> JoinedObjects:
        """
        Return one object that holds the events of all *bodies*.

        Raises:
            ValueError: One of them is no object of this form.
        """
        import pyarrow as pa

        table = pa.concat_tables(map(self._read, bodies), promote_options="default")
        first: dict[str, int] = {}
        for at, id_ in enumerate(table.column("id").to_pylist()):
            first.setdefault(id_, at)
        table = table.take(pa.array(first.values(), pa.int64()))
        ends = {end // 1000 for end in table.column("expires_at").cast(pa.int64()).to_pylist()}
        return JoinedObjects(self._written(table), frozenset(first), ends)

    def _read(self, body: bytes, columns: list[str] | None = None) -> pa.Table:
        import pyarrow as pa

        try:
            # Of one file: its folder's name would else be read as a column, by newer readers.
            return self._parquet.ParquetFile(BytesIO(body)).read(columns=columns)
        except (pa.ArrowInvalid, OSError):
            raise ValueError("not a file of events") from None

    def _written(self, table: pa.Table) -> bytes:
        out = BytesIO()
        self._parquet.write_table(table, out, compression="zstd", write_statistics=list(COUNTED))
        return out.getvalue()


FORMS: Mapping[str, type[JSONLines | Parquet]] = {"jsonl": JSONLines, "parquet": Parquet}
"""What ``format`` may say."""


def form_of(suffix: str) -> ObjectForm:
    """
    Return the form of objects whose names end with *suffix*.

    Raises:
        ValueError: It is none of ours.
        MissingExtraError: Its extra is not installed.
    """
    for form in FORMS.values():
        if form.suffix == suffix:
            return form()
    raise ValueError("no form of objects")


def _kept(table: pa.Table, doomed: Doomed) -> pa.Array:
    import pyarrow as pa
    from pyarrow import compute

    end = table.column("expires_at")
    goes = compute.less_equal(end.cast(pa.int64()), int(doomed.now * 1000))
    among = compute.is_in(table.column("id"), value_set=pa.array(list(doomed.ids), pa.string()))
    return compute.invert(compute.or_(goes, among))


def _day(time: str) -> str:
    return moment(time).date().isoformat()


def _packed(lines: Iterator[bytes] | Sequence[bytes]) -> bytes:
    return gzip.compress(b"".join(line + b"\n" for line in lines), 6, mtime=0)


def _lines(body: bytes) -> list[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        text = unpacker.decompress(body, MOST_LINES)
    except zlib.error:
        text = b""
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("not a file of events")
    return text.splitlines()


def _goes(line: bytes, doomed: Doomed) -> bool:
    id_, end = _one(line)
    return moment(end).timestamp() <= doomed.now or id_ in doomed.ids
