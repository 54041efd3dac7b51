"""
Columns of rows that were read: which of them may be looked for, and their values. Pure.

Values are compared in Arrow, a column at a time; only rows that fit become Python values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from privacykit.connectors.lakehouse.rows.sought import SoughtValues, Wanted

OURS = "privacykit_"
"""How our own columns begin, if none of the table does."""

_KINDS = (
    ("is_boolean", "bool"),
    ("is_integer", "int"),
    ("is_floating", "float"),
    ("is_decimal", "float"),
    ("is_timestamp", "time"),
    ("is_date", "date"),
)


def mask_of(batch: Any, wanted: Wanted) -> Any:  # noqa: ANN401 - of Arrow
    """
    Return for each row of *batch* whether it fits one of *wanted*; ``None`` where all may.

    More rows may be told than fit, never fewer.
    """
    import pyarrow as pa
    from pyarrow import compute

    if wanted is None:
        return None
    found = pa.nulls(batch.num_rows, pa.bool_()).fill_null(fill_value=False)
    for one in wanted:
        column = at_path(batch, one.column)
        fits = _fits(column, one) if column is not None else None
        if fits is None:
            return None
        found = compute.or_(found, fits)
    return found


def at_path(batch: Any, path: str) -> Any:  # noqa: ANN401 - of Arrow
    """Return the column at a dotted *path*; ``None`` where only the rows can tell."""
    import pyarrow as pa
    from pyarrow import compute

    names = batch.schema.names
    if path in names:
        return batch.column(path)
    head, *rest = path.split(".")
    if head not in names or not rest:
        return None
    column = batch.column(head)
    for name in rest:
        if not pa.types.is_struct(column.type) or column.type.get_field_index(name) < 0:
            return None
        column = compute.struct_field(column, [name])
    return column


def _fits(column: Any, one: SoughtValues) -> Any:  # noqa: ANN401 - of Arrow
    from pyarrow import compute

    text = None if one.texts is None else as_text(column)
    if text is None or one.texts is None:
        return compute.is_valid(column)
    if not one.folded:
        return _among(text, one.texts)
    lowered = _among(compute.utf8_lower(text), {item.lower() for item in one.texts})
    # Beyond ASCII, lower case is not the same everywhere: those rows are looked at.
    strange = compute.invert(compute.string_is_ascii(text)).fill_null(fill_value=False)
    return compute.or_(lowered, strange)


def _among(text: Any, values: Any) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa
    from pyarrow import compute

    return compute.is_in(text, value_set=pa.array(sorted(values), text.type))


def as_text(column: Any) -> Any:  # noqa: ANN401 - of Arrow
    """Return *column* as text, exactly as identities are written; ``None`` where that differs."""
    import pyarrow as pa
    from pyarrow import compute

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_integer(kind):
        return column.cast(pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column
    if pa.types.is_string_view(kind):
        return compute.cast(column, pa.large_string())
    return None


def kind_of_type(kind: Any) -> str:  # noqa: ANN401 - of Arrow
    """Return what a column of this type holds, in the words of :class:`Column`."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    for test, name in _KINDS:
        if getattr(pa.types, test)(kind):
            return name
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "bytes"
    if pa.types.is_nested(kind):
        return "json"
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return "text" if text or pa.types.is_string_view(kind) else "other"


def leaf_fields(schema: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - of Arrow
    """Return every column by its path, with its type; what is inside structs comes one by one."""
    import pyarrow as pa

    found: list[tuple[str, Any]] = []

    def walk(fields: Sequence[Any], prefix: str) -> None:
        for field in fields:
            if pa.types.is_struct(field.type):
                walk(
                    [field.type.field(n) for n in range(field.type.num_fields)],
                    f"{prefix}{field.name}.",
                )
            else:
                found.append((f"{prefix}{field.name}", field.type))

    walk(list(schema), "")
    return found


def own_prefix(columns: Sequence[str]) -> str:
    """Return a beginning that no column's name has, in whatever case."""
    found = OURS
    while any(column.lower().startswith(found) for column in columns):
        found += "_"
    return found
