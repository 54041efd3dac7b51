"""Files of an Iceberg table: planned, read, written, and committed in a snapshot. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, cast

from privacykit.connectors.lakehouse.rows.columns import kind_of_type
from privacykit.connectors.lakehouse.rows.sought import Wanted
from privacykit.errors import StoreError


def tasks_of(table: Any, wanted: Wanted, name: str) -> list[Any]:  # noqa: ANN401 - of pyiceberg
    """
    Return the files to read, those excluded by their bounds left out.

    Raises:
        StoreError: A manifest cannot be read.
    """
    from pyiceberg.expressions import AlwaysTrue

    try:
        return list(table.scan(row_filter=_filter(table, wanted) or AlwaysTrue()).plan_files())
    except Exception as error:  # noqa: BLE001 - a file system's client raises what it likes
        raise StoreError(failure("reading", name, error)) from None


def tag_of(task: Any) -> str:  # noqa: ANN401 - of pyiceberg
    """Return what changes whenever other rows of a file are deleted by position."""
    return "\n".join(sorted(str(file.file_path) for file in task.delete_files))


def _filter(table: Any, wanted: Wanted) -> Any:  # noqa: ANN401 - of pyiceberg
    from pyiceberg.expressions import AlwaysFalse, In, Or

    found: Any = AlwaysFalse()
    schema, among = table.schema().as_arrow(), cast("Any", In)
    if wanted is None:
        return None
    for one in wanted:
        number = schema.get_field_index(one.column)
        kind = kind_of_type(schema.field(number).type) if number >= 0 else ""
        if one.texts is None or one.folded or kind not in {"text", "int"}:
            return None
        values = [int(t) if kind == "int" else t for t in one.texts if kind == "text" or _whole(t)]
        found = Or(found, among(one.column, values)) if values else found
    return found


def _whole(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()


def read_file(table: Any, task: Any, name: str) -> Any:  # noqa: ANN401 - of pyiceberg and Arrow
    """
    Return the rows of one file, deletes by position applied.

    Raises:
        StoreError: It cannot be read.
    """
    import pyarrow as pa
    from pyiceberg.expressions import AlwaysTrue
    from pyiceberg.io.pyarrow import ArrowScan

    try:
        scan = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue())
        batches = scan.to_table(tasks=[task]).combine_chunks().to_batches()
    except Exception as error:  # noqa: BLE001 - as above
        raise StoreError(failure("reading", name, error)) from None
    empty = pa.RecordBatch.from_pylist([], schema=table.schema().as_arrow())
    return batches[0] if batches else empty


def write_files(table: Any, rows: Any, mark: Any, numbers: Any, name: str) -> list[Any]:  # noqa: ANN401
    """
    Write *rows* into new files of the table, which refers to none of them yet.

    Raises:
        StoreError: They cannot be written.
    """
    from pyiceberg.io.pyarrow import _dataframe_to_data_files

    if not rows.num_rows:
        return []
    try:
        return list(_dataframe_to_data_files(table.metadata, rows, table.io, mark, numbers))
    except Exception as error:  # noqa: BLE001 - as above
        raise StoreError(failure("writing", name, error)) from None


def overwrite(table: Any, replaced: Sequence[tuple[Any, Sequence[Any]]], name: str) -> None:  # noqa: ANN401
    """
    Commit one snapshot in which files stand in the place of others.

    Raises:
        StoreError: Somebody else committed first, or the catalogue does not answer.
    """
    try:
        with table.transaction() as work, work.update_snapshot().overwrite() as snapshot:
            for old, new in replaced:
                snapshot.delete_data_file(old)
                for file in new:
                    snapshot.append_data_file(file)
    except Exception as error:  # noqa: BLE001 - as above
        raise StoreError(failure("changing", name, error)) from None


def every_table(catalogue: Any) -> Iterator[Any]:  # noqa: ANN401 - of pyiceberg
    """Yield what names each table of a catalogue, those of namespaces inside others too."""
    from pyiceberg.exceptions import NoSuchNamespaceError

    seen, ahead = set[Any](), [*catalogue.list_namespaces()]
    while ahead:
        space = ahead.pop()
        if space in seen:
            continue
        seen.add(space)
        # A namespace may be no more than the first part of another's name.
        with suppress(NoSuchNamespaceError):
            yield from catalogue.list_tables(space)
        with suppress(NoSuchNamespaceError):
            ahead += catalogue.list_namespaces(space)


def failure(doing: str, name: str, error: Exception) -> str:
    """Return what is said of a failure: no value is in it."""
    return f"{doing} the Iceberg table {name}: {type(error).__name__}"
