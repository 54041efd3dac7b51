"""Values that still stand in rows, looked for in every column at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from privacykit.connectors.files.record import Record
from privacykit.connectors.lakehouse.rows.columns import as_text, at_path, leaf_fields

FEW = 8
"""Values up to which each is looked for by itself; more become one expression."""


def hits_in(batch: Any, values: Sequence[str]) -> Iterator[tuple[str, Record]]:  # noqa: ANN401
    """
    Yield every row of *batch* and the path of the column in which one of *values* occurs.

    Args:
        batch: Rows, an Arrow record batch.
        values: In lower case.
    """
    for path, mask in _masks(batch, values):
        for row in batch.filter(mask).to_pylist():
            yield path, Record(row)


def rows_with(batch: Any, values: Sequence[str]) -> Any:  # noqa: ANN401 - of Arrow
    """Return for each row whether one of *values*, in lower case, occurs in any column."""
    import pyarrow as pa
    from pyarrow import compute

    found = pa.nulls(batch.num_rows, pa.bool_()).fill_null(fill_value=False)
    for _, mask in _masks(batch, values):
        found = compute.or_(found, mask)
    return found


def count_occurrences(batch: Any, values: Sequence[str]) -> int:  # noqa: ANN401 - of Arrow
    """Return in how many cells of *batch* one of *values*, in lower case, occurs."""
    from pyarrow import compute

    return sum(compute.sum(mask).as_py() or 0 for _, mask in _masks(batch, values))


def _masks(batch: Any, values: Sequence[str]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    from pyarrow import compute

    for path, _ in leaf_fields(batch.schema):
        text = _texts(at_path(batch, path))
        mask = _occurs(text, values).fill_null(fill_value=False)
        if compute.any(mask).as_py():
            yield path, mask


def _occurs(text: Any, values: Sequence[str]) -> Any:  # noqa: ANN401 - of Arrow
    from pyarrow import compute

    if len(values) > FEW:
        one = "|".join("\\Q" + value.replace("\\E", "\\E\\\\E\\Q") + "\\E" for value in values)
        return compute.match_substring_regex(text, one, ignore_case=True)
    found = compute.match_substring(text, values[0], ignore_case=True)
    for value in values[1:]:
        found = compute.or_(found, compute.match_substring(text, value, ignore_case=True))
    return found


def _texts(column: Any) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa

    text = as_text(column)
    if text is not None:
        return text
    kind = column.type
    if not pa.types.is_nested(kind) and not pa.types.is_binary(kind):
        try:
            return column.cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass
    return pa.array([_written(value) for value in column.to_pylist()], pa.large_string())


def _written(value: Any) -> str | None:  # noqa: ANN401 - a value
    if value is None:
        return None
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
