"""Arrow types that every kernel knows, in the place of views. Pure."""

from __future__ import annotations

from typing import Any


def plain_type(kind: Any) -> Any:  # noqa: ANN401 - of Arrow
    """Return *kind* with text and bytes that are views made plain, inside structs and lists too."""
    import pyarrow as pa

    if pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_struct(kind):
        return pa.struct([_plain_field(kind.field(n)) for n in range(kind.num_fields)])
    if pa.types.is_map(kind):
        return pa.map_(plain_type(kind.key_type), plain_type(kind.item_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        made = pa.list_ if pa.types.is_list(kind) else pa.large_list
        return made(_plain_field(kind.value_field))
    return kind


def _plain_field(field: Any) -> Any:  # noqa: ANN401 - of Arrow
    return field.with_type(plain_type(field.type))


def plain_schema(schema: Any) -> Any:  # noqa: ANN401 - of Arrow
    """Return *schema* with plain types."""
    import pyarrow as pa

    return pa.schema([_plain_field(field) for field in schema], metadata=schema.metadata)


def plain_batch(batch: Any) -> Any:  # noqa: ANN401 - of Arrow
    """Return *batch* with plain types."""
    return batch.cast(plain_schema(batch.schema))
