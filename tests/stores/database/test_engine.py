"""Engines of our own stores: private files, durable commits, silent errors, forks, upgrades."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from privacykit.errors import ConfigurationError, MissingExtraError, StoreError
from privacykit.stores.database import engine as engines
from privacykit.stores.database.causes import cause
from privacykit.stores.database.engine import TABLE_OPTIONS, open_engine, reading, writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.database.sqlite import is_sqlite, sqlite_path

_TABLES = MetaData()
_THINGS = Table(
    "things",
    _TABLES,
    Column("key", String(20), primary_key=True),
    Column("value", Integer),
    **TABLE_OPTIONS,
)
_SCHEMA = Schema("things", _TABLES)


def _pragma(engine, name):
    with reading(engine) as connection:
        return connection.exec_driver_sql(f"pragma {name}").scalar()


def test_a_sqlite_file_is_created_for_its_owner_only(tmp_path):
    """Neither the file nor its journals can be read by others, whatever the umask says."""
    old = os.umask(0)
    try:
        engine = open_engine(f"sqlite:///{tmp_path}/a.db", kind="events")
        prepare(engine, _SCHEMA)
        with reading(engine):
            modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(old)

    assert modes == {0o600}


@pytest.mark.parametrize(("kind", "journal"), [("events", "wal"), ("salts", "persist")])
def test_sqlite_is_durable_and_overwrites_what_it_deletes(tmp_path, kind, journal):
    """Every connection has the settings that the promises rest on."""
    engine = open_engine(f"sqlite:///{tmp_path}/a.db", kind=kind)

    got = [_pragma(engine, name) for name in ("journal_mode", "synchronous", "secure_delete")]

    assert got == [journal, 2, 1]


@pytest.mark.parametrize("kind", ["events", "records", "salts"])
def test_a_sqlite_connection_keeps_few_pages(tmp_path, kind):
    """Half a megabyte, not the two of SQLite's default: there are several connections."""
    assert _pragma(open_engine(f"sqlite:///{tmp_path}/a.db", kind=kind), "cache_size") == -512


def test_the_connection_used_last_is_used_next(tmp_path):
    """Others rest, instead of each filling its memory in turn."""
    engine = open_engine(f"sqlite:///{tmp_path}/a.db", kind="events")
    with reading(engine), reading(engine):
        pass
    used = set()
    for _ in range(3):
        with reading(engine) as connection:
            used.add(connection.connection.driver_connection)
    assert len(used) == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "PK130"),
        ("oracle://someone:hunter2@host/db", "PK130"),
        ("sqlite://", "PK131"),
        ("sqlite:///:memory:", "PK131"),
        ("sqlite:///a.db?mode=ro", "PK131"),
        ("sqlite:////no/such/folder/a.db", "PK132"),
    ],
)
def test_a_wrong_url_is_refused_without_being_quoted(url, code):
    """The message names the key and what to do, and never the URL."""
    with pytest.raises(ConfigurationError) as caught:
        open_engine(url, kind="records")

    assert str(caught.value).startswith(f"{code} privacykit.toml: records.url: ")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("where", ["records", "sinks.0", "outbox"])
def test_the_table_that_names_a_database_is_the_one_that_is_told(monkeypatch, where):
    """Whoever reads of `[events]` looks there, and the mistake is a sink's."""
    with pytest.raises(ConfigurationError, match=f"PK130 privacykit.toml: {where}.url"):
        open_engine("oracle://host/db", kind="events", where=where)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=f"PK001 .*the database of {where}.url needs"):
        open_engine("postgresql+psycopg://u@127.0.0.1/x", kind="events", where=where)


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("postgresql://u@127.0.0.1/x", "postgresql"),
        ("mariadb://u@127.0.0.1/x", "mysql"),
        ("mysql://u@127.0.0.1/x", "mysql"),
    ],
)
def test_a_url_without_a_driver_gets_ours(url, dialect):
    """Users may leave the driver out."""
    engine = open_engine(url, kind="records")

    assert (engine.dialect.name, is_sqlite(engine)) == (dialect, False)


def test_a_missing_driver_names_the_extra(monkeypatch):
    """One clear error says what to install."""
    monkeypatch.setitem(sys.modules, "pymysql", None)

    with pytest.raises(MissingExtraError, match=r"privacykit\[mariadb\]"):
        open_engine("mysql+pymysql://root@127.0.0.1/x", kind="events")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://somebody:hunter2@127.0.0.1:9/db",
        "mysql+pymysql://somebody:hunter2@127.0.0.1:9/db",
    ],
)
def test_an_unreachable_server_is_a_store_error_without_credentials(url):
    """Neither user nor password are in the message, nor in what it was raised from."""
    with pytest.raises(StoreError, match="nothing listens there") as caught:
        prepare(open_engine(url, kind="salts"), _SCHEMA)

    assert not {"somebody", "hunter2"} & set(str(caught.value).replace("'", " ").split())
    assert caught.value.__suppress_context__


def test_a_refused_login_says_so(mariadb_url):
    """A wrong password is told from a dead server."""
    url = mariadb_url.replace("root@", "somebody:hunter2@")

    with pytest.raises(StoreError, match="the server refused the login") as caught:
        prepare(open_engine(url, kind="records"), _SCHEMA)

    assert "somebody" not in str(caught.value)


def test_an_unknown_failure_is_told_by_class_and_code_only():
    """The words of a driver are not ours to repeat."""
    error = OperationalError("select 1", {}, RuntimeError(1234, "secret words"))

    assert cause(error) == "it failed (RuntimeError 1234)"
    assert cause(RuntimeError("secret words")) == "it failed (RuntimeError)"


class _RefusedError(Exception):
    sqlstate = None


@pytest.mark.parametrize(
    ("words", "state", "told"),
    [
        ('FATAL: role "jane" does not exist', None, "the server refused the login"),
        ('FATAL: database "jane" does not exist', None, "database or table does not exist"),
        (
            "FEHLER: keine Berechtigung für Tabelle jane",
            "42501",
            "the user lacks a right (… 42501)",
        ),
        ("Passwort falsch", "28P01", "the server refused the login (… 28P01)"),
        ("nur lesen", "25006", "it is read-only (… 25006)"),
    ],
)
def test_why_a_server_refuses_is_told_by_its_code(words, state, told):
    """A server speaks the language it was told to; only at a login it gives no code."""
    error = _RefusedError(words)
    error.sqlstate = state
    said = cause(error)
    assert said.replace("_RefusedError", "…").startswith(told)
    assert "jane" not in said


@pytest.mark.parametrize("server", ["postgres_url", "mariadb_url"])
def test_a_user_that_a_server_does_not_know_is_refused(server, request):
    """PostgreSQL says of a role what it says of a table: that it does not exist."""
    engine = open_engine(request.getfixturevalue(server), kind="records")
    stranger = open_engine(
        engine.url.set(username="privacykit_nobody", password=None).render_as_string(),
        kind="records",
    )
    with pytest.raises(StoreError, match="the server refused the login"):
        prepare(stranger, _SCHEMA)
    stranger.dispose()
    engine.dispose()


def test_a_failed_statement_keeps_nothing_and_quotes_nothing(sql_url):
    """The block is rolled back; the row that clashed is not in the message."""
    engine = open_engine(sql_url, kind="records")
    prepare(engine, _SCHEMA)

    def write_twice():
        with writing(engine) as connection:
            connection.execute(insert(_THINGS).values(key="canary-1", value=1))
            connection.execute(insert(_THINGS).values(key="canary-1", value=2))

    with pytest.raises(StoreError) as caught:
        write_twice()

    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(_THINGS)) == 0
    assert "canary" not in str(caught.value)
    engine.dispose()


def test_insert_absent_leaves_the_first_row(sql_url):
    """Whoever comes second reads what the first one wrote; keys differ by case."""
    engine = open_engine(sql_url, kind="records")
    prepare(engine, _SCHEMA)
    statement = insert_absent(engine, _THINGS)

    with writing(engine) as connection:
        for key, value in (("a", 1), ("a", 2), ("A", 3)):
            connection.execute(statement.values(key=key, value=value))
        rows = connection.execute(select(_THINGS)).all()

    assert sorted(map(tuple, rows)) == [("A", 3), ("a", 1)]
    engine.dispose()


def test_prepare_may_run_in_many_processes_at_once(sql_url):
    """Four workers that start together create the tables once."""
    code = (
        "import sys; from sqlalchemy import *; from privacykit.stores.database.engine import *;"
        "from privacykit.stores.database.schema import *; m = MetaData();"
        "Table('things', m, Column('key', String(20), primary_key=True));"
        f"prepare(open_engine({sql_url!r}, kind='events'), Schema('things', m))"
    )
    workers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]

    assert [worker.wait() for worker in workers] == [0, 0, 0, 0]


def test_an_older_sqlite_file_is_upgraded(tmp_path):
    """Every step from the stamped version to ours runs once, in order."""
    engine = open_engine(f"sqlite:///{tmp_path}/a.db", kind="records")
    prepare(engine, _SCHEMA)
    steps = {
        1: lambda c: c.execute(text("alter table things add column more integer")),
        2: lambda c: c.execute(text("alter table things rename column more to most")),
    }

    for _ in range(2):
        prepare(engine, Schema("things", _TABLES, 3, steps))

    with reading(engine) as connection:
        assert connection.execute(text("select most from things")).all() == []


def test_an_older_server_is_left_to_its_administrator(postgres_url):
    """A server's tables are never changed by a start."""
    engine = open_engine(postgres_url, kind="records")
    prepare(engine, _SCHEMA)

    with pytest.raises(StoreError, match="PK135"):
        prepare(engine, Schema("things", _TABLES, 2))
    engine.dispose()


def test_tables_that_are_there_wait_for_no_writer(tmp_path):
    """Who opens a store that is up to date only reads."""
    prepare(open_engine(f"sqlite:///{tmp_path}/a.db", kind="events"), _SCHEMA)
    opened = open_engine(f"sqlite:///{tmp_path}/a.db", kind="events")
    statements = []
    event.listen(opened, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    with writing(open_engine(f"sqlite:///{tmp_path}/a.db", kind="events")):
        prepare(opened, _SCHEMA)

    assert not any("create" in each.lower() for each in statements)


def test_the_last_stamp_says_that_all_tables_are_there(mariadb_url):
    """Where DDL commits by itself, an upgrade that ends between its steps is done again."""
    engine = open_engine(mariadb_url, kind="events")
    prepare(engine, _SCHEMA)
    wider = MetaData()
    added = Table("added", wider, Column("key", Integer, primary_key=True), **TABLE_OPTIONS)
    schema = Schema("things", wider, 2, {1: lambda _: None})

    def fail(*_, **__):
        raise StoreError("ends here")

    event.listen(added, "before_create", fail)
    with pytest.raises(StoreError):
        prepare(engine, schema, migrate=True)
    event.remove(added, "before_create", fail)
    prepare(engine, schema, migrate=True)

    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(added)) == 0


def test_a_newer_store_is_refused(tmp_path):
    """An old program does not touch what it cannot know."""
    engine = open_engine(f"sqlite:///{tmp_path}/a.db", kind="records")
    prepare(engine, Schema("things", _TABLES, 2))

    with pytest.raises(StoreError, match="PK134"):
        prepare(engine, _SCHEMA)


def test_a_damaged_file_is_a_store_error(tmp_path):
    """A file that is no database is said to be none."""
    (tmp_path / "a.db").write_bytes(b"no database at all" * 100)

    with pytest.raises(StoreError, match="not a database of ours"):
        prepare(open_engine(f"sqlite:///{tmp_path}/a.db", kind="records"), _SCHEMA)


def test_a_folder_is_no_database(tmp_path):
    """The message says what is wrong, and does not name the file."""
    (tmp_path / "a.db").mkdir()

    with pytest.raises(StoreError, match="the file cannot be opened"):
        prepare(open_engine(f"sqlite:///{tmp_path}/a.db", kind="records"), _SCHEMA)


def test_a_reader_sees_the_last_commit_while_a_writer_works(tmp_path):
    """In WAL mode readers do not wait."""
    engine = open_engine(f"sqlite:///{tmp_path}/a.db", kind="events")
    prepare(engine, _SCHEMA)

    with writing(engine) as writer, reading(engine) as reader:
        writer.execute(insert(_THINGS).values(key="a", value=1))
        seen = reader.scalar(select(func.count()).select_from(_THINGS))

    assert seen == 0


def test_the_choice_of_a_journal_waits_for_others(tmp_path, monkeypatch):
    """The first process to open a file may hold it while the second one comes."""
    path = tmp_path / "a.db"
    holder = open_engine(f"sqlite:///{path}", kind="salts")
    prepare(holder, _SCHEMA)
    started = threading.Event()

    def hold():
        with writing(holder) as connection:
            connection.execute(insert(_THINGS).values(key="a", value=1))
            started.set()
            threading.Event().wait(0.1)

    thread = threading.Thread(target=hold)
    thread.start()
    started.wait()
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.01)
    with pytest.raises(StoreError, match="another writer holds it"):
        _pragma(open_engine(f"sqlite:///{path}", kind="events"), "journal_mode")
    monkeypatch.setattr(engines, "BUSY_SECONDS", 10)
    mode = _pragma(open_engine(f"sqlite:///{path}", kind="events"), "journal_mode")
    thread.join()

    assert mode == "wal"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_opens_connections_of_its_own(sql_url):
    """Parent and child write at once through one engine object; neither breaks the other."""
    engine = open_engine(sql_url, kind="events")
    prepare(engine, _SCHEMA)
    statement = insert(_THINGS)
    with reading(engine) as connection:
        connection.scalar(select(1))
    child = os.fork()
    for number in range(50):
        with writing(engine) as connection:
            connection.execute(statement.values(key=f"{child == 0}-{number}", value=number))
    if child == 0:
        os._exit(0)
    status = os.waitpid(child, 0)[1]

    with reading(engine) as connection:
        rows = connection.scalar(select(func.count()).select_from(_THINGS))
    assert (status, rows) == (0, 100)
    engine.dispose()


def test_a_child_frees_nothing_of_its_parent(tmp_path):
    """What the parent opened is kept alive unused, since SQLite forbids even to close it."""
    engine = open_engine(f"sqlite:///{tmp_path}/a.db", kind="events")
    of_parent = engine.pool

    engines._after_fork_in_child()

    assert engine.pool is not of_parent
    assert of_parent in engines._abandoned


def test_the_path_of_a_sqlite_engine_is_absolute(tmp_path, monkeypatch):
    """A relative path is meant from where the process started."""
    monkeypatch.chdir(tmp_path)

    assert sqlite_path(open_engine("sqlite:///a.db", kind="salts")) == tmp_path / "a.db"
