"""
DuckDB, in the process: the engine that is there with the extra ``reports``. Does I/O.

Memory is bounded; what does not fit goes to a private folder that is removed with the engine.
An engine opens no files but those it is told, fetches nothing, and loads no extension.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from privacykit.errors import MissingExtraError
from privacykit.reports.engines.parts import writing_parts_once

MEMORY = "1500MB"
"""Of the two gigabytes that a report may take."""

BATCH = 50_000
"""Rows of a stream that are held at once."""


class DuckDb:
    """
    An embedded engine.

    Args:
        connection: Ibis's connection to it.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        connection.compiler = writing_parts_once(connection.compiler)

    def shut(self, files: Sequence[str] = ()) -> None:
        """
        Reach nothing outside any more, for good.

        Args:
            files: Absolute paths, and patterns, that are still read.
        """
        allowed = ", ".join(text_of(one) for one in files)
        for setting in (
            f"allowed_paths = [{allowed}]",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            self.connection.con.execute(f"set {setting}")

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """Return the rows that *expression* has."""
        return self.connection.to_pyarrow(expression).to_pylist()  # type: ignore[no-any-return]

    def batches(self, expression: Any) -> Iterator[Mapping[str, list[Any]]]:
        """Yield the rows of *expression* in batches, as columns."""
        # Ibis's own batches call what DuckDB 2 no longer has. Asked for no row, it registers tables
        # that are in memory; then DuckDB streams.
        self.connection.to_pyarrow(expression.limit(0))
        found = self.connection.con.sql(self.connection.compile(expression))
        for batch in found.to_arrow_reader(BATCH):
            yield batch.to_pydict()


def text_of(value: str) -> str:
    """Return the SQL of a text."""
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def duck_db() -> Iterator[DuckDb]:
    """
    Open an engine that keeps nothing.

    Raises:
        MissingExtraError: The extra ``reports`` is not installed.
    """
    try:
        import ibis
    except ImportError:
        raise MissingExtraError("reports", "reports") from None
    with tempfile.TemporaryDirectory(prefix="privacykit-report-") as folder:
        connection = ibis.duckdb.connect(":memory:", memory_limit=MEMORY, temp_directory=folder)
        try:
            yield DuckDb(connection)
        finally:
            connection.disconnect()
