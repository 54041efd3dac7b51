"""A shop in each kind of database."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import create_engine, text

from tests.verify.installation import Installation


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def shop(request, tmp_path):
    """An installation that holds what it should, once per kind of database."""
    urls = {"own": "sqlite:///own.db", "app": "sqlite:///app.db"}
    taken = None
    if request.param == "postgres":
        databases = request.getfixturevalue("fresh_databases")
        taken = databases.take()
        urls["own"] = request.getfixturevalue("postgres_url")
        urls["app"] = urls["own"].rpartition("/")[0] + f"/{taken}"
    elif request.param == "mariadb":
        urls["own"] = request.getfixturevalue("mariadb_url")
        urls["app"] = f"{urls['own']}_app_{secrets.token_hex(3)}"
        _run(urls["own"], f"create database {urls['app'].rpartition('/')[2]}")
    made = Installation(tmp_path, **urls)
    yield made
    made.close()
    if request.param == "mariadb":
        _run(urls["own"], f"drop database {urls['app'].rpartition('/')[2]}")
    if taken is not None:
        databases.give_back(taken)


def _run(url, statement):
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
