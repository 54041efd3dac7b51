"""What sinks that keep events have kept, unpacked, and what went to them on the wire."""

from __future__ import annotations

import gzip
import time
from contextlib import contextmanager
from io import BytesIO

import duckdb
import msgspec
import pyarrow.parquet
import pytest

from privacykit.testing.stubs.storage.clickhouse import ClickHouseStub
from privacykit.testing.stubs.storage.s3 import S3Stub
from tests.waiting import eventually
from tests.whole.test_canary import BASE, PRODUCT, application, visit


def unpacked(key, body):
    """Return what an object holds, as text."""
    if key.endswith(".gz"):
        return gzip.decompress(body)
    return msgspec.json.encode(pyarrow.parquet.ParquetFile(BytesIO(body)).read().to_pylist())


@contextmanager
def bucket(_folder, form):
    """Yield the keys of a sink in a bucket, and what reads all that it got."""
    with S3Stub(time.time) as stub:
        keys = f'user = "{stub.user}"\nkey = "{stub.token}"\nregion = "{stub.region}"'
        yield (
            f'url = "s3://{stub.bucket}/raw"\nendpoint = "{stub.url}"\nformat = "{form}"\n{keys}',
            lambda: [stub.received(), *(unpacked(*it) for it in stub.objects.items())],
        )
        assert stub.faults == []


@contextmanager
def folder(folder, form):
    """Yield the keys of a sink in a folder, and what reads all that it got."""
    (folder / "lake").mkdir()

    def read():
        files = [path for path in (folder / "lake").rglob("*") if path.is_file()]
        return [
            it
            for path in files
            for it in (path.read_bytes(), unpacked(path.name, path.read_bytes()))
        ]

    yield f'folder = "lake"\nformat = "{form}"', read


@contextmanager
def database(folder, _more):
    """Yield the keys of a sink in a DuckDB file, and what reads all that it got."""
    path = folder / "kept.duckdb"

    def read():
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute("FROM events").fetchall()
        return [path.read_bytes(), msgspec.json.encode(rows)]

    yield 'file = "kept.duckdb"', read


@contextmanager
def warehouse(_folder, _more):
    """Yield the keys of a sink in ClickHouse, and what reads all that it got."""
    with ClickHouseStub() as stub:
        yield (
            f'url = "{stub.url}"\nuser = "{stub.user}"\ntoken = "{stub.token}"',
            lambda: [stub.received()],
        )
        assert stub.faults == []


KEEPERS = {
    "clickhouse": ("clickhouse", warehouse, ""),
    "duckdb": ("duckdb", database, ""),
    "objects in a bucket, parquet": ("objects", bucket, "parquet"),
    "objects in a bucket, lines": ("objects", bucket, "jsonl"),
    "objects in a folder, parquet": ("objects", folder, "parquet"),
}


@pytest.mark.parametrize("name", sorted(KEEPERS))
def test_nothing_comes_out_of_what_keeps_events(name, open_house, canary, tmp_path):
    """Objects, tables, requests: whatever a sink wrote, in the clear."""
    kind, made, more = KEEPERS[name]
    with made(tmp_path, more) as (keys, read):
        table = PRODUCT.replace("KIND", kind).replace('url = "URL"\n', "").replace("KEYS", keys)
        house = open_house(BASE + f"{table}gather = 0\n", app=application())
        visit(house, canary)
        assert eventually(lambda: house.count("delivery_delivered", kind) >= 8, 60.0)
        kept = read()
    assert canary.search(b"\n".join(kept), name) == []
    assert b"seen" in b"".join(kept)
