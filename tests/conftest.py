"""
What every test may ask for: real servers on loopback, each test in databases of its own.

A test that names a server fixture is skipped, and the skip is printed, where that server does not
answer; with ``CI`` set it fails instead.
"""

from __future__ import annotations

import gc
import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from importlib.util import find_spec

import hypothesis
import pytest
from sqlalchemy import NullPool, create_engine, text

import tests.statements  # noqa: F401 - engines of tests share what they compiled
from tests.counting import (
    counted_once,
    first_examples_counted,
    is_unmeasured,
    leave_out,
    uncounted,
    write_down,
)

POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/"
MARIADB = (3316, 3306)
"""The port of the server that `.ci/services` starts in memory, and where others have theirs."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without the collector: nothing of what is imported is let go; the lines count once."""
    gc.disable()
    try:
        with counted_once():
            return (yield)
    finally:
        gc.freeze()
        gc.enable()


# How fast a machine is that does other things beside is no property of the code.
hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")


def pytest_collection_finish() -> None:
    """Count no lines while Ibis writes and asks SQL."""
    for backend in ("duckdb", "postgres"):
        if found := sys.modules.get(f"ibis.backends.{backend}"):
            leave_out(found.Backend, "compile", "to_pyarrow")


@pytest.fixture(scope="module", autouse=True)
def what_others_left_is_put_aside() -> Iterator[None]:
    """
    Have the collector look at what a module's tests make, not at all that came before.

    A worker that has run some thousand tests holds a gigabyte, which each collection walked through.
    What a module leaves open is said by its last test, not by a later one of another's.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def coverage_of_small_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """Count lines only in modules that are measured."""
    with uncounted() if is_unmeasured(request.path) else nullcontext():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Count the lines of the first examples that Hypothesis draws: the others run them again."""
    with first_examples_counted(getattr(item, "obj", None)):
        return (yield)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """
    Give logging back as each test found it.

    Frameworks configure the root logger when an application of theirs is made; what a later test
    of the process reads of the log would be another's choice.
    """
    root = logging.getLogger()
    loggers = [
        root,
        *(each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger)),
    ]
    before = [
        (each, each.level, each.propagate, each.disabled, each.handlers[:], each.filters[:])
        for each in loggers
    ]
    disabled = root.manager.disable
    yield
    for each, level, propagate, off, handlers, filters in before:
        if each.level != level:
            each.setLevel(level)
        each.propagate, each.disabled = propagate, off
        each.handlers[:], each.filters[:] = handlers, filters
    root.manager.disable = disabled


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Leave out, and count, what wants an engine that is not installed: ``make engines`` runs it.

    Modules of long tests come first, so that no worker begins one when all others are done.
    """
    left = [item for item in items if not _has_engine(item)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    long = {
        item.path for item in items if item.get_closest_marker("slow") or is_unmeasured(item.path)
    }
    items.sort(key=lambda item: item.path not in long)


def _has_engine(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("engine")
    return mark is None or find_spec(*(mark.args or ("chdb",))) is not None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Write down what a worker covered."""
    write_down()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _require(port: int, name: str) -> None:
    if _answers(port):
        return
    message = f"{name} does not answer on 127.0.0.1:{port}; `make services` starts it"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


class FreshDatabases:
    """
    Databases of PostgreSQL with nothing in them, each under a name that nobody had before.

    What a test is done with is emptied and renamed, which takes a tenth of making another. Whoever
    still knows the old name finds nothing there. No commit waits for the disk: a server that is
    killed may forget the last of them, and no test kills it.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._admin = create_engine(
            base + "postgres",
            isolation_level="AUTOCOMMIT",
            connect_args={"options": "-c synchronous_commit=off"},
        )
        self._spare: list[str] = []

    def take(self) -> str:
        """Return the name of one."""
        name = f"pk_{secrets.token_hex(6)}"
        self._run(
            f"alter database {self._spare.pop()} rename to {name}"
            if self._spare
            else f"create database {name}",
            f"alter database {name} set synchronous_commit = off",
        )
        return name

    def give_back(self, name: str) -> None:
        """Cut off whoever is in the database *name*, and empty it."""
        spare = f"spare_{secrets.token_hex(6)}"
        self._run(
            f"alter database {name} with allow_connections false",  # somebody may still come back
            f"select pg_terminate_backend(pid, 30000) from pg_stat_activity where datname = '{name}'",
            f"alter database {name} rename to {spare}",
            f"alter database {spare} reset all",
            f"alter database {spare} with allow_connections true",
        )
        engine = create_engine(self._base + spare, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            schemas = connection.execute(text(SCHEMAS)).scalars().all()
            for schema in schemas:
                connection.execute(text(f'drop schema "{schema}" cascade'))
            connection.execute(text("create schema public authorization pg_database_owner"))
            connection.execute(text("grant usage on schema public to public"))
        self._spare.append(spare)

    def close(self) -> None:
        """Drop those that wait."""
        self._run(*(f"drop database {name} with (force)" for name in self._spare))
        self._admin.dispose()

    def _run(self, *statements: str) -> None:
        with self._admin.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))


SCHEMAS = """
select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
"""


@pytest.fixture(scope="session")
def fresh_databases() -> Iterator[FreshDatabases]:
    """The databases of PostgreSQL that this process's tests take and give back."""
    _require(5432, "PostgreSQL")
    made = FreshDatabases(POSTGRES)
    yield made
    made.close()


@pytest.fixture
def postgres_url(fresh_databases: FreshDatabases) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database."""
    name = fresh_databases.take()
    yield POSTGRES + name
    fresh_databases.give_back(name)


@pytest.fixture
def mariadb_url() -> Iterator[str]:
    """The URL of a fresh MariaDB database."""
    port = next((port for port in MARIADB if _answers(port)), MARIADB[-1])
    _require(port, "MariaDB")
    base, name = f"mysql+pymysql://root@127.0.0.1:{port}/", f"pk_{secrets.token_hex(6)}"
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    yield base + name
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name}"))
    admin.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Chromium, for the tests of one module: started, it has the process's event loop."""
    from tests.browsers import launched, playing

    with playing() as playwright, launched(playwright) as chromium:
        yield chromium


@pytest.fixture
def redis_url() -> str:
    """The URL of the Redis server, with a key prefix of this test's own."""
    _require(6379, "Redis")
    return f"redis://127.0.0.1:6379/0?prefix=pk-{secrets.token_hex(6)}:"


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def sql_url(request: pytest.FixtureRequest, tmp_path) -> str:
    """The URL of a fresh database, once per kind of database we support."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return request.getfixturevalue(f"{request.param}_url")
