"""Every lake keeps the laws of connectors."""

import duckdb
import lance
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyarrow import parquet
from pyiceberg.catalog import load_catalog

from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.delta.tables import DeltaTables
from privacykit.connectors.lakehouse.duckdb.file import DuckDBFile
from privacykit.connectors.lakehouse.duckdb.tables import DuckDBTables
from privacykit.connectors.lakehouse.iceberg.tables import IcebergTables
from privacykit.connectors.lakehouse.lance.tables import LanceTables
from privacykit.connectors.lakehouse.parquet.places import FolderPlace
from privacykit.connectors.lakehouse.parquet.tables import ParquetTables
from privacykit.sinks.storage.turns import folder_turn
from privacykit.testing.connector_contract import ConnectorContract
from privacykit.testing.connector_rows import COLUMNS, contract_map
from tests.connectors.lakehouse.clickhouse_lake import ClickHouseLake
from tests.connectors.lakehouse.spark_lake import tables as spark_tables


def table_of(name, rows):
    """Return contract rows as an Arrow table."""
    kinds = {int: pa.int64(), str: pa.string()}
    schema = pa.schema([(column, kinds[kind]) for column, kind in COLUMNS[name].items()])
    return pa.Table.from_pylist(rows, schema=schema)


class TestParquet(ConnectorContract):
    """A folder a table, two row groups and two files."""

    @pytest.fixture
    def opened(self, tmp_path):
        """Fill a directory."""

        def opened(rows):
            for name, found in rows.items():
                (tmp_path / name).mkdir(exist_ok=True)
                half = len(found) // 2
                for number, some in enumerate((found[:half], found[half:])):
                    file = tmp_path / name / f"part-{number}.parquet"
                    parquet.write_table(table_of(name, some), file, row_group_size=2)
            connector = LakeConnector(
                contract_map(), "contract", ParquetTables(FolderPlace(tmp_path))
            )

            def read():
                return {
                    name: [record.values for record in connector._all(name)] for name in COLUMNS
                }

            return connector, read

        return opened


class TestDelta(ConnectorContract):
    """A Delta table a collection, partitioned where that is natural."""

    @pytest.fixture
    def opened(self, tmp_path):
        """Write tables."""

        def opened(rows):
            for name, found in rows.items():
                write_deltalake(str(tmp_path / name), table_of(name, found), mode="overwrite")
            tables = DeltaTables(FolderPlace(tmp_path), f"{tmp_path}/", {})
            connector = LakeConnector(contract_map(), "contract", tables)

            def read():
                return {
                    name: [record.values for record in connector._all(name)] for name in COLUMNS
                }

            return connector, read

        return opened


class TestIceberg(ConnectorContract):
    """An Iceberg table a collection, in a catalogue of SQLite."""

    @pytest.fixture
    def opened(self, tmp_path):
        """Write tables."""

        def opened(rows):
            root = f"file://{tmp_path}/"
            catalogue = load_catalog(
                "tests", uri=f"sqlite:///{tmp_path}/catalogue.db", warehouse=root
            )
            if not catalogue.list_namespaces():
                catalogue.create_namespace("default")
            for name, found in rows.items():
                if catalogue.table_exists(f"default.{name}"):
                    catalogue.load_table(f"default.{name}").overwrite(table_of(name, found))
                    continue
                made = catalogue.create_table(f"default.{name}", schema=table_of(name, []).schema)
                made.append(table_of(name, found))
            tables = IcebergTables(catalogue, "default", FolderPlace(tmp_path), root)
            connector = LakeConnector(contract_map(), "contract", tables)
            opened_.append(connector)

            def read():
                return {
                    name: [record.values for record in connector._all(name)] for name in COLUMNS
                }

            return connector, read

        opened_ = []
        yield opened
        for connector in opened_:
            connector.close()


class TestDuckDB(ConnectorContract):
    """A DuckDB table a collection, in one file."""

    @pytest.fixture
    def opened(self, tmp_path):
        """Write tables."""

        def opened(rows):
            with duckdb.connect(str(tmp_path / "contract.duckdb")) as owner:
                for name, found in rows.items():
                    owner.register("told", table_of(name, found))
                    owner.execute(f"create or replace table {name} as select * from told")
            tables = DuckDBTables(DuckDBFile(tmp_path / "contract.duckdb", folder_turn))
            connector = LakeConnector(contract_map(), "contract", tables)

            def read():
                return {
                    name: [record.values for record in connector._all(name)] for name in COLUMNS
                }

            return connector, read

        return opened


class TestLance(ConnectorContract):
    """A Lance dataset a collection, in two files."""

    @pytest.fixture
    def opened(self, tmp_path):
        """Write datasets."""

        def opened(rows):
            for name, found in rows.items():
                half = max(1, len(found) // 2)
                place = tmp_path / f"{name}.lance"
                table = table_of(name, found)
                lance.write_dataset(table, place, mode="overwrite", max_rows_per_file=half)
            tables = LanceTables(FolderPlace(tmp_path), f"{tmp_path}/", {})
            connector = LakeConnector(contract_map(), "contract", tables)

            def read():
                return {
                    name: [record.values for record in connector._all(name)] for name in COLUMNS
                }

            return connector, read

        return opened


@pytest.mark.engine("pyspark")
@pytest.mark.filterwarnings("ignore")
class TestSpark(ConnectorContract):
    """A folder a table, two files, in Spark of this machine."""

    @pytest.fixture
    def opened(self, tmp_path):
        """Fill a directory."""

        def opened(rows):
            for name, found in rows.items():
                (tmp_path / name).mkdir(exist_ok=True)
                half = len(found) // 2
                for number, some in enumerate((found[:half], found[half:])):
                    file = tmp_path / name / f"part-{number}.parquet"
                    parquet.write_table(table_of(name, some), file)
            connector = LakeConnector(contract_map(), "contract", spark_tables(tmp_path))

            def read():
                return {name: _stored(tmp_path / name) for name in COLUMNS}

            return connector, read

        return opened


def _stored(folder):
    files = sorted(folder.glob("*.parquet"))
    return [row for file in files for row in parquet.read_table(file).to_pylist()]


EMPTY = '[datasets.lake]\nconnector = "clickhouse"\n'


@pytest.mark.engine
class TestClickHouse(ConnectorContract):
    """A table of ClickHouse a collection, in its own engine."""

    @pytest.fixture
    def opened(self, clickhouse, tmp_path):
        """Write tables."""
        del clickhouse
        lake = ClickHouseLake(tmp_path)

        def opened(rows):
            kinds = {int: "Nullable(Int64)", str: "Nullable(String)"}
            for name, found in rows.items():
                columns = ", ".join(f"{it} {kinds[kind]}" for it, kind in COLUMNS[name].items())
                lake.run(f"DROP TABLE IF EXISTS {name} SYNC")
                lake.run(f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
                lake.insert(found, name)
            connector = LakeConnector(contract_map(), "contract", lake.connector(EMPTY)._tables)

            def read():
                return {
                    name: [record.values for record in connector._all(name)] for name in COLUMNS
                }

            return connector, read

        yield opened
        lake.close()
