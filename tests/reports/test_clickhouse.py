"""The same expressions in ClickHouse, run in the process; `make engines` brings it."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.engines.handed_over import COUNTS
from privacykit.reports.expressions.events import COLUMNS
from privacykit.reports.periods import bounds
from tests.reports import reference
from tests.reports.kinds.other_engines import differing
from tests.reports.test_engines import AUTUMN, BERLIN, answers

pytestmark = pytest.mark.engine


class ClickHouse:
    """ClickHouse as an engine: SQL by Ibis, run by chdb."""

    def __init__(self, session):
        self.session = session

    def rows(self, expression):
        """Return the rows that *expression* has."""
        text = ibis.to_sql(expression, dialect="clickhouse")
        found = self.session.query(text, "Arrow")
        return pa.ipc.open_file(found.bytes()).read_all().to_pylist()


def test_clickhouse_answers_as_duckdb_does(tmp_path):
    """Chains, segments and durations, ties, midnights and a change of clocks among them."""
    from chdb.session import Session

    told = reference.table(reference.invented(11, 300, bounds(AUTUMN, BERLIN)[0]))
    pq.write_table(told, tmp_path / "told.parquet")
    with duck_db() as engine:
        wanted = list(answers(engine, engine.connection.create_table("told", told)))
    session = Session(str(tmp_path / "clickhouse"))
    columns = ", ".join(
        f"`{name}` Nullable({'Int64' if kind == 'int64' else 'String'})"
        for name, kind in COLUMNS.items()
    )
    session.query(f"create table told ({columns}) engine = MergeTree order by tuple()")
    session.query(f"insert into told select * from file('{tmp_path}/told.parquet')")
    table = ibis.table(COLUMNS, name="told")

    found = list(answers(ClickHouse(session), table))
    session.close()

    assert found == wanted


def test_every_kind_of_report_is_the_same(tmp_path, monkeypatch, capsys):
    """By the command, figures, notes and all."""
    assert differing(tmp_path, monkeypatch, capsys, "clickhouse", COUNTS["clickhouse"]) == []
