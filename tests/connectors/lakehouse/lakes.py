"""Lakes of every format for tests: who visited what, when, in files of a folder."""

import gzip
import io
from datetime import UTC, datetime
from itertools import count

import duckdb
import lance
import pyarrow as pa
from deltalake import write_deltalake
from lance.file import LanceFileReader
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
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.records import Identity, RequestType
from privacykit.sinks.storage.turns import folder_turn
from privacykit.testing.plans import MemoryPlans

NOW = datetime(2026, 11, 30, tzinfo=UTC).timestamp()
ANNA = "anna.zzz-mark@lake.example"
MAP = """
[datasets.lake]
path = "."
connector = "{kind}"
effect = "erased"
max_proportion = 1.0
[collections.lake.visits]
retention = {{ duration = "100 days", from = "month" }}
[collections.lake.visits.fields]
id = {{ exclude = "a number" }}
email = {{ category = "user.contact.email", identity = "email" }}
month = {{ exclude = "a period" }}
page = "user.behavior.browsing_history"
amount = {{ exclude = "a sum" }}
"""
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("email", pa.string()),
        ("month", pa.string()),
        ("page", pa.string()),
        ("amount", pa.decimal128(10, 2)),
    ]
)
MONTHS = ("2026-01", "2026-10", "2026-11")


def visits(people=(ANNA, "bert@lake.example", "zoe.zzzz@lake.example"), each=4):
    """Return rows: each person in every month."""
    number = count()
    return [
        {"id": next(number), "email": who, "month": month, "page": f"/p/{n}", "amount": n}
        for month in MONTHS
        for n in range(each)
        for who in people
    ]


def arrow(rows):
    """Return *rows* as an Arrow table."""
    return pa.Table.from_pylist(rows, schema=SCHEMA)


class ParquetLake:
    """Files in folders by month, with bloom filters."""

    kind = "parquet"
    files = 3
    parts = 1

    def __init__(self, folder):
        self.folder = folder

    def write(self, rows):
        """Write the table anew."""
        for month in MONTHS:
            place = self.folder / "visits" / f"month={month}"
            place.mkdir(parents=True, exist_ok=True)
            mine = arrow([row for row in rows if row["month"] == month]).drop_columns(["month"])
            if mine.num_rows:
                parquet.write_table(
                    mine,
                    place / "part-0.parquet",
                    row_group_size=5,
                    bloom_filter_options={"email": True},
                )

    def tables(self):
        """Return the tables."""
        return ParquetTables(FolderPlace(self.folder))

    def close(self):
        """Let go of what was opened."""


class DeltaLake(ParquetLake):
    """A Delta table by month, with a change feed."""

    kind = "delta"

    def write(self, rows):
        """Write the table anew."""
        write_deltalake(
            str(self.folder / "visits"),
            arrow(rows),
            partition_by=["month"],
            configuration={"delta.enableChangeDataFeed": "true"},
        )

    def tables(self):
        """Return the tables."""
        return DeltaTables(FolderPlace(self.folder), f"{self.folder}/", {})


class IcebergLake(ParquetLake):
    """An Iceberg table by month, with a catalogue in SQLite."""

    kind = "iceberg"

    def catalogue(self):
        """Return the catalogue."""
        return load_catalog(
            "tests", uri=f"sqlite:///{self.folder}/catalogue.db", warehouse=f"file://{self.folder}/"
        )

    def write(self, rows):
        """Write the table."""
        catalogue = self.catalogue()
        catalogue.create_namespace("default")
        table = catalogue.create_table("default.visits", schema=SCHEMA)
        with table.update_spec() as spec:
            spec.add_identity("month")
        table.append(arrow(rows))
        catalogue.close()

    def tables(self):
        """Return the tables."""
        return IcebergTables(
            self.catalogue(), "default", FolderPlace(self.folder), f"file://{self.folder}/"
        )


class DuckDBLake(ParquetLake):
    """A DuckDB file, a table among others."""

    kind = "duckdb"
    files = 1
    parts = 0

    @property
    def file(self):
        """Where it is."""
        return self.folder / "lake.duckdb"

    def write(self, rows, name="visits"):
        """Write the table anew."""
        self.run(f"create or replace table {name} as select * from told", told=arrow(rows))

    def run(self, *statements, **tables):
        """Run *statements* as its owner does, and return what the last one says."""
        with duckdb.connect(str(self.file)) as owner:
            for name, table in tables.items():
                owner.register(name, table)
            return [owner.execute(statement).fetchall() for statement in statements][-1]

    def tables(self):
        """Return the tables."""
        return DuckDBTables(DuckDBFile(self.file, folder_turn))


class LanceLake(ParquetLake):
    """A Lance dataset in two files, as LanceDB lays it, with an index of each kind that holds text."""

    kind = "lance"
    files = 2
    parts = 0
    indexes = (("BTREE", "tree"), ("BITMAP", "bits"), ("INVERTED", "words"), ("NGRAM", "grams"))

    @property
    def place(self):
        """Where it is."""
        return self.folder / "visits.lance"

    def write(self, rows):
        """Write the table anew."""
        most = max(1, (len(rows) + 1) // 2)
        made = lance.write_dataset(
            arrow(rows), self.place, mode="overwrite", max_rows_per_file=most
        )
        for kind, name in self.indexes:
            made.create_scalar_index("email", kind, name=name)

    def tables(self):
        """Return the tables."""
        return LanceTables(FolderPlace(self.folder), f"{self.folder}/", {})


LAKES = [ParquetLake, DeltaLake, IcebergLake, DuckDBLake, LanceLake]


def connector(lake):
    """Return the connector over *lake*."""
    return LakeConnector(parse_datamap(MAP.format(kind=lake.kind)), "lake", lake.tables())


def rows_of(lake):
    """Return what the lake shows, by id."""
    found = [r for s in lake.tables().scan("visits", None) for r in s.batch.to_pylist()]
    return sorted(({**row, "amount": int(row["amount"])} for row in found), key=lambda r: r["id"])


def means(lake, holds=()):
    """Return what the flow works with."""
    return GovernContext(
        parse_datamap(MAP.format(kind=lake.kind)),
        {"lake": connector(lake)},
        MemoryPlans(),
        lambda: NOW,
        lambda size: b"s" * size,
        lambda: tuple(holds),
        key=b"k" * 32,
    )


def whom(email=ANNA, **more):
    """Return the context of a person."""
    return Context(Subject((Identity("email", email),)), NOW, salt=b"s" * 32, **more)


def plan(to, email=ANNA):
    """Plan and approve an erasure."""
    made = flow.plan_request(
        to, RequestType.ERASURE, [Identity("email", email)], plan_id="p", request_id="r"
    )
    return flow.approve(to, "p", made.targets_digest, "op", accept_problems=made.problems_digest)


def erase(to, email=ANNA):
    """Erase a person and return plan and outcome."""
    made = plan(to, email)
    flow.execute(to, "p", made.targets_digest)
    return made, flow.verify(to, "p")


def texts_of(file):
    """Return all that a file says, decoded: not the way the code under test does."""
    data = file.read_bytes()
    if data[:4] == b"PAR1":
        table = parquet.ParquetFile(io.BytesIO(data))
        footer = [
            str(table.metadata.row_group(g).column(c).statistics)
            for g in range(table.metadata.num_row_groups)
            for c in range(table.metadata.num_columns)
        ]
        return str(table.read().to_pylist()) + str(footer)
    if data[8:12] == b"DUCK":
        with duckdb.connect(str(file), read_only=True) as there:
            names = there.execute("select table_name from duckdb_tables()").fetchall()
            rows = [there.execute(f'select * from "{name}"').fetchall() for (name,) in names]
        return str(rows) + data.decode("utf-8", "replace")
    if file.suffix in {".lance", ".idx"}:
        rows = LanceFileReader(str(file)).read_all().to_table().to_pylist()
        return str(rows) + data.decode("utf-8", "replace")
    if data[:4] == b"Obj\x01":
        import fastavro

        return str(list(fastavro.reader(io.BytesIO(data))))
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace")


def files_with(folder, text):
    """Return the files below *folder*, referred to or not, that say *text*."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return [file.name for file in files if text in texts_of(file) or text in file.name]
