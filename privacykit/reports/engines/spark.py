"""
Spark: the same expressions, counted by it, on this machine or where the environment says. Does I/O.

``SPARK_REMOTE`` or ``MASTER`` name another master, as for every program of Spark; the events' file
must then be there, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from privacykit.errors import BackendError, MissingExtraError

_TABLE: Final = "report_events"


class SparkEngine:
    """
    A session that answers.

    Args:
        connection: Ibis's connection to it.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """
        Return the rows that *expression* has.

        Raises:
            BackendError: It could not answer.
        """
        with _without_values():
            return self._connection.to_pyarrow(expression).to_pylist()  # type: ignore[no-any-return]

    def batches(self, expression: Any) -> Iterator[Mapping[str, list[Any]]]:
        """
        Yield the rows of *expression* in batches, as columns.

        Raises:
            BackendError: It could not answer.
        """
        with _without_values():
            for batch in self._connection.to_pyarrow(expression).to_batches():
                yield batch.to_pydict()


@contextmanager
def _without_values() -> Iterator[None]:
    """
    Keep what Spark says to itself: it quotes rows and plans.

    Raises:
        BackendError: Instead of any error of it.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        name = type(error).__name__
        raise BackendError(f"Spark did not answer ({name}); ask without --engine") from None


@contextmanager
def spark(file: Path) -> Iterator[tuple[SparkEngine, Any]]:
    """
    Open a session with the events of *file*, of Parquet, and their table.

    Raises:
        MissingExtraError: PySpark is not installed.
        BackendError: It cannot be started: there may be no Java.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtraError("engines", "reports --engine spark") from None
    import ibis

    builder = SparkSession.builder.appName("privacykit-report")
    for name, value in (
        ("spark.ui.enabled", "false"),
        ("spark.ui.showConsoleProgress", "false"),
        ("spark.log.level", "OFF"),
        ("spark.sql.session.timeZone", "UTC"),
        ("spark.sql.warehouse.dir", str(file.parent / "spark")),
    ):
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, OSError):
        raise BackendError("Spark cannot be started: is there a Java?") from None
    try:
        connection = ibis.pyspark.connect(session)
        with _without_values():
            table = connection.read_parquet(str(file), table_name=_TABLE)
        yield SparkEngine(connection), table
    finally:
        session.stop()
