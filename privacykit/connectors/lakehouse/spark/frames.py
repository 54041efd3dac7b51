"""
Frames of a session of Spark: files read, rows sent, answers taken, all as Arrow. Asks Spark.

A message of Spark's quotes values, so none is repeated: the name of its condition is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from privacykit.connectors.lakehouse.spark.files import SCHEME
from privacykit.connectors.lakehouse.spark.query import VALUE, plain_path, quoted
from privacykit.errors import StoreError

ROWS = 20_000
"""Rows of a stream that are in memory here at once."""


class SparkFrames:
    """
    What is asked of *session*, which nobody else has: its settings and views are ours.

    Args:
        session: A session of Spark.
    """

    def __init__(self, session: Any) -> None:  # noqa: ANN401 - of pyspark
        self._session = session

    @contextmanager
    def doing(self, what: str, name: str) -> Iterator[None]:
        """
        Say what Spark could not do.

        Args:
            what: It, in words.
            name: The table.

        Raises:
            StoreError: It could not.
        """
        import pyarrow as pa
        from py4j.protocol import Py4JError, Py4JJavaError
        from pyspark.errors import PySparkException

        try:
            yield
        except PySparkException as error:
            words = error.getCondition() or type(error).__name__
        except Py4JJavaError as error:
            words = _cause(error.java_exception)
        except (Py4JError, pa.ArrowException, OSError) as error:
            words = type(error).__name__
        else:
            return
        raise StoreError(f"{what} the table {name} in Spark: {words}") from None

    def columns(self, folder: str) -> Any:  # noqa: ANN401 - of pyspark
        """Return the schema, of Spark, of all that the files below *folder* hold."""
        reader = self._reader().option("mergeSchema", "true")
        return reader.parquet(plain_path(folder)).schema

    def folder(self, folder: str, schema: Any) -> Any:  # noqa: ANN401 - of pyspark
        """Return the frame of every file below *folder*, whatever the folders in it are called."""
        return self._reader().schema(schema).parquet(plain_path(folder))

    def some(self, paths: Sequence[str], schema: Any) -> Any:  # noqa: ANN401 - of pyspark
        """Return the frame of the files at *paths*."""
        return self._session.read.schema(schema).parquet(*map(plain_path, paths))

    def _reader(self) -> Any:  # noqa: ANN401 - of pyspark
        reader = self._session.read.option("recursiveFileLookup", "true")
        return reader.option("pathGlobFilter", "*.parquet")

    def placed(self, frame: Any, prefix: str) -> Any:  # noqa: ANN401 - of pyspark
        """Return *frame* with two columns more: the file of each row, and its place in that."""
        from pyspark.sql import functions as of

        file = of.regexp_replace(of.col("_metadata.file_path"), SCHEME, "/")
        place = of.col("_metadata.row_index")
        return frame.select("*", file.alias(f"{prefix}file"), place.alias(f"{prefix}row"))

    def sent(self, table: Any) -> Any:  # noqa: ANN401 - of Arrow, of pyspark
        """Return the frame of *table*, of Arrow."""
        return self._session.createDataFrame(table)

    def answer(
        self, query: str, frames: Mapping[str, Any], values: Mapping[str, Sequence[str]]
    ) -> Any:  # noqa: ANN401 - of Arrow
        """
        Return the rows of *query*, an Arrow table.

        Args:
            query: SQL without a value in it.
            frames: By the names that it has for them.
            values: Texts by the names of further frames.
        """
        with self._viewed(frames, values):
            return self._session.sql(query).toArrow()

    def streamed(
        self,
        query: str,
        frames: Mapping[str, Any],
        values: Mapping[str, Sequence[str]],
        schema: Any,  # noqa: ANN401 - of Arrow
    ) -> Iterator[Any]:
        """
        Yield the rows of *query* as record batches of *schema*, a part of the table in memory.

        Args:
            query: SQL without a value in it.
            frames: By the names that it has for them.
            values: Texts by the names of further frames.
            schema: What the rows are.
        """
        import pyarrow as pa

        with self._viewed(frames, values):
            found = self._session.sql(query)
            rows = found.select(*(_plain(field) for field in found.schema)).toLocalIterator()
            while some := [row.asDict(recursive=True) for row in islice(rows, ROWS)]:
                yield pa.RecordBatch.from_pylist(some, schema=schema)

    def run(self, statement: str, frames: Mapping[str, Any]) -> list[list[Any]]:
        """Run *statement*, which is without a value, beside *frames*; return what it says."""
        with self._viewed(frames, {}):
            return [list(row) for row in self._session.sql(statement).collect()]

    def table(self, name: str) -> Any:  # noqa: ANN401 - of pyspark
        """Return the frame of a table of the session's catalogue."""
        return self._session.table(name)

    @contextmanager
    def _viewed(
        self, frames: Mapping[str, Any], values: Mapping[str, Sequence[str]]
    ) -> Iterator[None]:
        import pyarrow as pa

        views = {**frames} | {
            name: self.sent(pa.table({VALUE: pa.array(texts, pa.string())}))
            for name, texts in values.items()
        }
        try:
            for name, frame in views.items():
                frame.createOrReplaceTempView(name)
            yield
        finally:
            for name in views:
                self._session.catalog.dropTempView(name)

    def set(self, key: str, value: str) -> None:
        """Set a setting of the session."""
        self._session.conf.set(key, value)


def _plain(field: Any) -> Any:  # noqa: ANN401 - of pyspark
    """Return a column whose moments have no zone: PySpark tells others in this process's own."""
    from pyspark.sql.functions import col

    return col(quoted(field.name)).cast(_without_zone(field.dataType)).alias(field.name)


def _without_zone(kind: Any) -> Any:  # noqa: ANN401 - of pyspark
    from pyspark.sql import types as of

    match kind:
        case of.TimestampType():
            return of.TimestampNTZType()
        case of.ArrayType():
            return of.ArrayType(_without_zone(kind.elementType), kind.containsNull)
        case of.MapType():
            inner = _without_zone(kind.keyType), _without_zone(kind.valueType)
            return of.MapType(*inner, kind.valueContainsNull)
        case of.StructType():
            fields = [
                of.StructField(it.name, _without_zone(it.dataType), it.nullable) for it in kind
            ]
            return of.StructType(fields)
        case _:
            return kind


def _cause(thrown: Any) -> str:  # noqa: ANN401 - of Java
    """Return what kind of error was at the bottom of one."""
    while (cause := thrown.getCause()) is not None:
        thrown = cause
    return str(thrown.getClass().getSimpleName())


def picked(names: Sequence[str]) -> list[str]:
    """Return names of columns as frames take them."""
    return [quoted(name) for name in names]
