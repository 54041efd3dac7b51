"""A report as Parquet: the rows of all tables in long form, one figure a row. Writes a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from privacykit.errors import BackendError
from privacykit.private_files import replacing
from privacykit.reports.result import Report


def to_arrow(report: Report) -> Any:
    """
    Return the figures of *report* as an Arrow table.

    Columns: ``period``, ``segment``, ``table``, ``row`` (its first cell), ``figure`` (the column's
    name), ``text`` (the figure as it is in JSON) and ``hidden``. Text is null where the figure is
    hidden, and also where it does not apply, like a share of nothing; ``hidden`` tells these apart.
    """
    import pyarrow as pa

    names = ("period", "segment", "table", "row", "figure", "text", "hidden")
    rows = [
        (
            f"{report.periods[one.period].start}/{report.periods[one.period].end}",
            one.segment,
            table.key,
            str(row[0]),
            column.key,
            None if value is None or (value == "" and column.kind != "text") else str(value),
            value is None,
        )
        for one in report.sets
        for table in one.tables
        for row in table.rows
        for column, value in zip(table.columns, row, strict=True)
    ]
    types = [pa.string()] * (len(names) - 1) + [pa.bool_()]
    schema = pa.schema(list(zip(names, types, strict=True)))
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    return pa.Table.from_pydict(columns, schema=schema)


def write(report: Report, path: str) -> None:
    """
    Write *report* to *path*, instead of what is there.

    Raises:
        BackendError: It cannot be written.
    """
    import pyarrow.parquet as pq

    try:
        with replacing(Path(path)) as file:
            pq.write_table(to_arrow(report), file)
    except OSError as error:
        raise BackendError(f"cannot write {path}: {error.strerror}") from None
