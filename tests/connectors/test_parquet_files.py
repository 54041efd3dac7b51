"""Parquet files are written anew as they were: packing, row groups, and in little memory."""

import io

import pyarrow as pa
import pytest
from pyarrow import parquet

from privacykit.connectors.files import formats
from privacykit.connectors.lakehouse.parquet.rewrite import rewrite_parquet
from privacykit.errors import StoreError

CODECS = ("none", "snappy", "gzip", "brotli", "lz4", "zstd")
ROWS = 25_000


def _file(tmp_path, **how):
    table = pa.table({
        "id": range(ROWS),
        "name": [f"name {number}" for number in range(ROWS)],
        "inner": [{"tags": ["a", str(number % 7)]} for number in range(ROWS)],
    })  # fmt: skip
    file = tmp_path / "visits.parquet"
    parquet.write_table(table, file, **how)
    return file


def _through_files(file):
    target = io.BytesIO()
    formats.rewrite(file, target, lambda record: record.values["id"] != 3)
    return target


def _through_lake(file):
    target = io.BytesIO()
    with file.open("rb") as source:
        rewrite_parquet(source, target, {3: None})
    return target


def _packed(file):
    group = parquet.ParquetFile(file).metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    return {c.path_in_schema: (c.compression, c.has_dictionary_page) for c in columns}


@pytest.mark.parametrize("through", [_through_files, _through_lake])
@pytest.mark.parametrize("codec", CODECS)
def test_a_file_keeps_its_packing(tmp_path, codec, through):
    """Whatever it is, none included; a row less, and the others as they were."""
    others = "snappy" if codec != "snappy" else "none"
    packing = {"id": codec, "name": others, "inner.tags.list.element": codec}
    file = _file(tmp_path, compression=packing, use_dictionary=["name"])
    new = through(file)
    assert _packed(new) == _packed(file)
    old = parquet.read_table(file).to_pylist()
    assert parquet.read_table(new).to_pylist() == old[:3] + old[4:]


@pytest.mark.parametrize("rows", [1_000, 12_000, 100_000])
def test_row_groups_stay_as_long_as_they_were(tmp_path, rows):
    """But never shorter than what is read at once: readers pay for each group."""
    file = _file(tmp_path, row_group_size=rows)
    told = parquet.ParquetFile(_through_files(file)).metadata
    lengths = [told.row_group(number).num_rows for number in range(told.num_row_groups)]
    longest = max(rows, formats.ROWS_AT_ONCE)
    assert sum(lengths) == ROWS - 1
    assert max(lengths) <= longest
    assert len(lengths) <= -(-ROWS // longest) * 2


def test_memory_does_not_grow_with_a_row_group(tmp_path, monkeypatch):
    """A file may be one row group: neither reading nor writing holds it whole."""
    monkeypatch.setattr(formats, "GROUP_BYTES", 1 << 20)
    monkeypatch.setattr(formats, "BUFFER_BYTES", 1 << 16)
    monkeypatch.setattr(formats, "BYTES_AT_ONCE", 1 << 19)
    big = pa.table({"id": range(20_000), "text": [f"{n:01000}" for n in range(20_000)]})
    file = tmp_path / "visits.parquet"
    parquet.write_table(big, file, compression="none", use_dictionary=False)
    size = file.stat().st_size
    del big
    before = pa.total_allocated_bytes()
    most = 0

    def decide(record):
        nonlocal most
        most = max(most, pa.total_allocated_bytes() - before)
        return {**record.values, "text": "short"}

    with (tmp_path / "new.parquet").open("w+b") as target:
        formats.rewrite(file, target, decide)
    assert parquet.read_table(tmp_path / "new.parquet").num_rows == 20_000
    assert most < size / 4


@pytest.mark.parametrize("read", [lambda file: [*formats.read_rows(file)], _through_files])
def test_what_is_no_parquet_is_said(tmp_path, read):
    """An error of ours, without a word of what stands in it."""
    file = tmp_path / "visits.parquet"
    file.write_bytes(b"Anna Mark " * 100)
    with pytest.raises(StoreError, match="Parquet file: ArrowInvalid"):
        read(file)


def test_a_value_of_another_type_is_said(tmp_path):
    """A column of numbers takes no text; the old file stays."""
    file = _file(tmp_path)
    with pytest.raises(StoreError, match="rewriting a Parquet file"):
        formats.rewrite(file, io.BytesIO(), lambda record: {**record.values, "id": "Anna"})
