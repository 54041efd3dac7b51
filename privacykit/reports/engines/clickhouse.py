"""
ClickHouse, in the process (chdb): the same expressions, counted by it. Does I/O.

It keeps its data in the folder of the events' file, which is private and removed with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from privacykit.errors import BackendError, MissingExtraError

_AS_OTHERS_DO: Final = "settings join_use_nulls = 1"
"""What a join does not find is null, as everywhere else, and no nought."""
_TABLE: Final = "report_events"


class ClickHouse:
    """
    An embedded engine.

    Args:
        session: chdb's session.
    """

    def __init__(self, session: Any) -> None:
        self._session = session

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """
        Return the rows that *expression* has.

        Raises:
            BackendError: It could not answer.
        """
        return self._table(expression).to_pylist()  # type: ignore[no-any-return]

    def batches(self, expression: Any) -> Iterator[Mapping[str, list[Any]]]:
        """
        Yield the rows of *expression* in batches, as columns.

        Raises:
            BackendError: It could not answer.
        """
        for batch in self._table(expression).to_batches():
            yield batch.to_pydict()

    def _table(self, expression: Any) -> Any:
        import ibis
        import pyarrow as pa

        text = f"{ibis.to_sql(expression, dialect='clickhouse')} {_AS_OTHERS_DO}"
        found = self.run(text, "Arrow")
        return pa.ipc.open_file(found.bytes()).read_all()

    def run(self, statement: str, how: str = "CSV") -> Any:
        """
        Return what ClickHouse answers.

        Raises:
            BackendError: It failed; what it says may quote a row, and stays with it.
        """
        try:
            return self._session.query(statement, how)
        except RuntimeError:
            raise BackendError("ClickHouse did not answer; ask without --engine") from None


@contextmanager
def click_house(file: Path) -> Iterator[tuple[ClickHouse, Any]]:
    """
    Open an engine with the events of *file*, of Parquet, and their table.

    Raises:
        MissingExtraError: chdb is not installed.
        BackendError: It could not read them.
    """
    try:
        from chdb.session import Session
    except ImportError:
        raise MissingExtraError("engines", "reports --engine clickhouse") from None
    import ibis
    from pyarrow import parquet

    schema = ibis.Schema.from_pyarrow(parquet.read_schema(file))
    kinds = {name: "Int64" if kind.is_integer() else "String" for name, kind in schema.items()}
    columns = ", ".join(f"`{name}` Nullable({kind})" for name, kind in kinds.items())
    session = Session(str(file.parent / "clickhouse"))
    try:
        engine = ClickHouse(session)
        engine.run(f"create table {_TABLE} ({columns}) engine = MergeTree order by tuple()")
        engine.run(f"insert into {_TABLE} select * from file('{file}', Parquet)")  # noqa: S608 - ours
        yield engine, ibis.table(schema, name=_TABLE)
    finally:
        session.close()
