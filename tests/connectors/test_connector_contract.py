"""Every connector of ours keeps the laws of connectors."""

import csv
import json

import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, create_engine

from privacykit.connectors.files import FilesConnector
from privacykit.connectors.sql import SqlConnector
from privacykit.testing.connector_contract import ConnectorContract
from privacykit.testing.connector_rows import COLUMNS, contract_map


class TestSql(ConnectorContract):
    """Three databases, foreign keys declared."""

    @pytest.fixture
    def opened(self, sql_url):
        """Fill a database."""
        engines = []

        def opened(rows):
            engine = create_engine(sql_url)
            engines.append(engine)
            metadata = _tables()
            metadata.drop_all(engine)
            metadata.create_all(engine)
            with engine.begin() as connection:
                for table in metadata.sorted_tables:
                    connection.execute(table.insert(), rows[table.name])

            def read():
                with engine.connect() as connection:
                    return {
                        table.name: [dict(r) for r in connection.execute(table.select()).mappings()]
                        for table in metadata.sorted_tables
                    }

            connector = SqlConnector.open(contract_map(), "contract", sql_url)
            engines.append(connector._engine)
            return connector, read

        yield opened
        for engine in engines:
            engine.dispose()


def _tables():
    metadata = MetaData()
    for name, columns in COLUMNS.items():
        made = []
        for column, kind in columns.items():
            if column == "id":
                made.append(Column("id", Integer, primary_key=True, autoincrement=False))
            elif kind is int:
                made.append(Column(column, Integer, ForeignKey("people.id"), index=True))
            else:
                made.append(Column(column, String(100)))
        Table(name, metadata, *made)
    return metadata


class TestFiles(ConnectorContract):
    """Three formats."""

    @pytest.fixture(params=["jsonl", "csv", "parquet"])
    def opened(self, request, tmp_path):
        """Fill a directory."""

        def opened(rows):
            for name, found in rows.items():
                _write(tmp_path / f"{name}.{request.param}", found)
            connector = FilesConnector(contract_map(), "contract", tmp_path)

            def read():
                return {
                    name: [_typed(name, record.values) for record in connector._rows(name)]
                    for name in COLUMNS
                }

            return connector, read

        return opened


def _typed(name, values):
    kinds = COLUMNS[name]
    return {c: v if v is None else kinds[c](v) for c, v in values.items()}


def _write(file, rows):
    if file.suffix == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif file.suffix == ".csv":
        with file.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        kinds = {int: pa.int64(), str: pa.string()}
        columns = COLUMNS[file.stem]
        schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
        parquet.write_table(pa.Table.from_pylist(rows, schema=schema), file)
