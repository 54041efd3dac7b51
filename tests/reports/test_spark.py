"""The same expressions in Spark, on this machine; `make engines` brings it, Java must be there."""

from __future__ import annotations

import ibis
import pyarrow.parquet as pq
import pytest

from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.engines.handed_over import COUNTS
from privacykit.reports.periods import bounds
from tests.reports import reference
from tests.reports.kinds.other_engines import differing
from tests.reports.test_engines import AUTUMN, BERLIN, answers

pytestmark = [pytest.mark.engine("pyspark"), pytest.mark.filterwarnings("ignore")]


class Spark:
    """Spark as an engine, through Ibis."""

    def __init__(self, connection):
        self.connection = connection

    def rows(self, expression):
        """Return the rows that *expression* has."""
        return self.connection.to_pyarrow(expression).to_pylist()


def test_spark_answers_as_duckdb_does(tmp_path):
    """Chains, segments and durations, ties, midnights and a change of clocks among them."""
    from pyspark.sql import SparkSession

    told = reference.table(reference.invented(11, 120, bounds(AUTUMN, BERLIN)[0]))
    pq.write_table(told, tmp_path / "told.parquet")
    with duck_db() as engine:
        wanted = list(answers(engine, engine.connection.create_table("told", told)))
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "2")
    session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    connection = ibis.pyspark.connect(session)
    table = connection.read_parquet(str(tmp_path / "told.parquet"), table_name="told")

    found = list(answers(Spark(connection), table))
    session.stop()

    assert found == wanted


@pytest.mark.slow
def test_every_kind_of_report_is_the_same(tmp_path, monkeypatch, capsys):
    """By the command, figures, notes and all."""
    monkeypatch.setenv("MASTER", "local[2]")
    assert differing(tmp_path, monkeypatch, capsys, "spark", COUNTS["spark"]) == []
