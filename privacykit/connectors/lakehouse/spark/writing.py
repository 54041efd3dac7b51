"""
The options by which Spark writes a file like the one before, told from its footer. Pure.

Spark has fewer types than Parquet: what it would write as another one is refused.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from privacykit.errors import StoreError

_CODECS = {"UNCOMPRESSED": "none", "LZ4": "lz4_raw"}
_SAME = (
    *("is_boolean", "is_int8", "is_int16", "is_int32", "is_int64", "is_float32", "is_float64"),
    *("is_string", "is_large_string", "is_string_view", "is_binary", "is_large_binary"),
    *("is_date32", "is_decimal128"),
)
INT96 = "INT96"


class WriterOptions(NamedTuple):
    """
    What files have in common that Spark writes in one go.

    Attributes:
        codec: How they are packed, as Spark calls it.
        filtered: The columns with a bloom filter.
        untold: The columns without statistics.
        int96: Whether moments are written in the old way, in twelve bytes.
    """

    codec: str
    filtered: tuple[str, ...]
    untold: tuple[str, ...]
    int96: bool

    def options(self) -> dict[str, str]:
        """Return them in the words of Spark."""
        found = {"compression": self.codec}
        found |= {f"parquet.bloom.filter.enabled#{it}": "true" for it in self.filtered}
        return found | {f"parquet.column.statistics.enabled#{it}": "false" for it in self.untold}

    def timestamps(self) -> str:
        """Return what Spark's setting of how moments are written has to be."""
        return INT96 if self.int96 else "TIMESTAMP_MICROS"


def options_of(metadata: Any, known: Any, table: str) -> WriterOptions:  # noqa: ANN401 - of Arrow
    """
    Return how a file with this footer is written anew.

    Args:
        metadata: The footer.
        known: The Arrow schema by which Spark reads the table.
        table: What the file is of, for messages.

    Raises:
        StoreError: PK442, Spark would write a column in another type; or it has one that Spark
            does not read, and would leave out.
    """
    each = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    groups = [group for group in each if group.num_rows]
    columns = [group.column(number) for group in groups for number in range(group.num_columns)]
    old = {it.path_in_schema for it in columns if it.physical_type == INT96}
    for field in metadata.schema.to_arrow_schema():
        place = known.get_field_index(field.name)
        if place < 0 or not _is_covered(field.type, known.field(place).type):
            raise StoreError(f"a file of {table} has got columns meanwhile; run it again")
        if not _is_same(field.type, is_old=field.name in {path.split(".")[0] for path in old}):
            raise StoreError(
                f"Spark would write the column {field.name} of {table}, {field.type}, in another"
                " type; change the table with the connector parquet (PK442)"
            )
    codec = columns[0].compression if columns else "SNAPPY"
    return WriterOptions(
        _CODECS.get(codec, codec.lower()),
        tuple(sorted({it.path_in_schema for it in columns if it.bloom_filter_offset is not None})),
        tuple(sorted({it.path_in_schema for it in columns if not it.is_stats_set} - old)),
        bool(old),
    )


def _is_same(kind: Any, *, is_old: bool) -> bool:  # noqa: ANN401 - of Arrow
    """Say whether Spark reads and writes a column of this type as what it is."""
    import pyarrow as pa

    if any(getattr(pa.types, test)(kind) for test in _SAME):
        return True
    if pa.types.is_timestamp(kind):
        return kind.unit != "ns" or is_old
    inner = _inner(kind)
    return bool(inner) and all(_is_same(it, is_old=is_old) for it in inner)


def _is_covered(kind: Any, known: Any) -> bool:  # noqa: ANN401 - of Arrow
    """Say whether every field inside *kind*, however deep, is in *known* too."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        there = pa.types.is_struct(known)
        return there and all(
            known.get_field_index(field.name) >= 0
            and _is_covered(field.type, known.field(field.name).type)
            for field in (kind.field(number) for number in range(kind.num_fields))
        )
    pairs = zip(_inner(kind), _inner(known), strict=False)
    return all(_is_covered(inner, other) for inner, other in pairs)


def _inner(kind: Any) -> list[Any]:  # noqa: ANN401 - of Arrow
    """Return the types that a type is made of."""
    import pyarrow as pa

    if pa.types.is_map(kind):
        return [kind.key_type, kind.item_type]
    if pa.types.is_struct(kind):
        return [kind.field(number).type for number in range(kind.num_fields)]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_dictionary(kind):
        return [kind.value_type]
    return []
