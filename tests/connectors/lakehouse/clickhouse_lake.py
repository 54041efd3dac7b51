"""A database of ClickHouse's own engine for tests, behind HTTP, and a lake in it."""

from contextlib import contextmanager
from email import message_from_bytes, policy

import msgspec

from privacykit.govern.datamap import parse_datamap
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from privacykit.testing.stubs.storage.clickhouse import (
    ClickHouseError,
    ClickHouseStub,
    _failed,
    _told,
)
from tests.connectors.lakehouse.lakes import MAP, ParquetLake
from tests.sinks.storage.engines import Engine

SETTINGS = (
    "old_parts_lifetime = 1, min_bytes_for_wide_part = 1, cleanup_delay_period = 1,"
    " cleanup_delay_period_random_add = 0, cleanup_thread_preferred_points_per_iteration = 0"
)
"""A server removes old parts after eight minutes; tests have less time."""


class LakeEngine(Engine):
    """The one session, which also answers bytes, and knows tables that come with a statement."""

    def ask(self, statement, asked, tables):
        """Return the bytes that *statement* says, beside *tables*."""
        given = (it for it in asked if not it.endswith(("_structure", "_format")))
        settings = ", ".join(
            f"{it} = {asked[it]}" for it in given if it not in {"query", "wait_end_of_query"}
        )
        with self._lock:
            for name, rows in tables.items():
                self._query(f"CREATE TEMPORARY TABLE {name} (value String)")
                if rows:
                    self._query(f"INSERT INTO {name} FORMAT JSONEachRow\n{rows.decode()}")
            try:
                ended = f" SETTINGS {settings}" if settings else ""
                return Engine.session.query(f"{statement}{ended}", "Null").bytes()
            except RuntimeError as error:
                raise ClickHouseError(str(error)[str(error).index("Code: ") :]) from None
            finally:
                for name in tables:
                    self._query(f"DROP TABLE {name}")


class LakeServer(ClickHouseStub):
    """The HTTP interface, with external tables; :attr:`said` has each statement as it came."""

    def __init__(self, engine):
        super().__init__(engine)
        self.said = []
        self.before = []

    def answer(self, request):
        """Run a statement."""
        given = request.headers
        if given.get("x-clickhouse-key") != self.token:
            return _failed("Code: 516. DB::Exception: Authentication failed. (…)")
        query = dict(request.query)
        tables = dict(_parts(request)) if "multipart" in given.get("content-type", "") else {}
        statement = query.pop("query", None)
        self.said.append(statement or request.body.decode())
        try:
            for doing in self.before:
                doing(self.said[-1])
            if statement is not None and not statement.startswith("INSERT"):
                return _told(self.engine.ask(statement, query, tables))
            data = None if statement is None else request.body
            told = self.engine.run(statement or request.body.decode(), data, query)
            return _told(told)
        except ClickHouseError as error:
            return _failed(str(error))


def _parts(request):
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    for part in message_from_bytes(head + request.body, policy=policy.HTTP).iter_parts():
        yield part["content-disposition"].params["name"], part.get_payload(decode=True)


class ClickHouseLake(ParquetLake):
    """A table by month in a database of its own, whose columns are not packed."""

    kind = "clickhouse"
    files = 3
    parts = 1
    session = None

    def __init__(self, folder):
        del folder
        self._opened = []
        self.server = ClickHouseLake.session
        self.engine = self.server.engine
        for name in self.run("SHOW TABLES FORMAT TSV").split():
            self.run(f"DROP TABLE `{name}` SYNC")
        self.server.said.clear()
        self.server.before = []

    @property
    def folder(self):
        """Where the engine keeps everything."""
        return Engine.folder

    def run(self, statement):
        """Run *statement* as its owner does."""
        with self.engine._lock:
            return self.engine._query(statement)

    def create(self, engine="MergeTree PARTITION BY month ORDER BY id", name="visits"):
        """Make the table."""
        self.run(
            f"CREATE TABLE {name} (id Int64 CODEC(NONE), email Nullable(String) CODEC(NONE),"
            " month String CODEC(NONE), page String CODEC(NONE), amount Decimal(10, 2) CODEC(NONE))"
            f" ENGINE = {engine} SETTINGS {SETTINGS}"
        )

    def write(self, rows, name="visits"):
        """Write the table anew."""
        self.run(f"DROP TABLE IF EXISTS {name} SYNC")
        self.create(name=name)
        self.insert(rows, name)

    def insert(self, rows, name="visits"):
        """Add *rows*."""
        lines = b"\n".join(msgspec.json.encode(row) for row in rows).decode()
        if rows:
            self.run(f"INSERT INTO {name} FORMAT JSONEachRow\n{lines}")

    def text(self, text=None, **options):
        """Return the data map *text*, or that of all lakes, with server and options in it."""
        made = text or MAP.format(kind=self.kind).replace('path = "."', "")
        given = {"user": "pk", "password": self.server.token, "wait": 120.0, **options}
        lines = "\n".join(f"{key} = {value!r}" for key, value in given.items())
        made = made.replace("[datasets.lake]", f"[datasets.lake]\nurl = '{self.server.url}'", 1)
        return f"{made}\n[datasets.lake.options]\n{lines}\n"

    def connector(self, text=None, **options):
        """Return the connector that the data map *text* names."""
        found = parse_datamap(self.text(text, **options))
        at = open_lake(found, "lake", Paths(self.folder), "datamap.toml")
        self._opened.append(at)
        return at

    def close(self):
        """Close what was opened."""
        while self._opened:
            self._opened.pop().close()

    def tables(self):
        """Return the tables."""
        return self.connector()._tables


@contextmanager
def lake_server(folder):
    """Serve the engine; the folder of its first session is that of all."""
    with LakeServer(LakeEngine(folder)) as server:
        ClickHouseLake.session = server
        yield server
