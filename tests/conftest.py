"""
What every test may ask for: real servers on loopback, each test in databases of its own.

A test that names a server fixture is skipped, and the skip is printed, where that server does not
answer; with ``CI`` set it fails instead.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text


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


def _database(admin_url: str, url: str) -> Iterator[str]:
    name = f"pk_{secrets.token_hex(6)}"
    admin = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    try:
        yield url + name
    finally:
        force = " with (force)" if admin.dialect.name == "postgresql" else ""
        with admin.connect() as connection:
            connection.execute(text(f"drop database {name}{force}"))
        admin.dispose()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of a fresh PostgreSQL database."""
    _require(5432, "PostgreSQL")
    base = "postgresql+psycopg://postgres@127.0.0.1:5432/"
    yield from _database(base + "postgres", base)


@pytest.fixture
def mariadb_url() -> Iterator[str]:
    """The URL of a fresh MariaDB database."""
    _require(3306, "MariaDB")
    base = "mysql+pymysql://root@127.0.0.1:3306/"
    yield from _database(base, base)


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
