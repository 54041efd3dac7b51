"""``privacykit stores``: a server's tables are brought up to date by command, and only so."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import inspect, text
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.errors import ConfigurationError, StoreError
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.stores.database.engine import open_engine, writing
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.testing.layout import CONFIG, lay_out


@pytest.fixture
def config(tmp_path, sql_url):
    """An installation whose consents are those of the first version."""
    path = lay_out(tmp_path, CONFIG + f'\n[records]\nurl = "{sql_url}"\n')
    engine = open_engine(sql_url, kind="records")
    SqlConsentStore(engine).prepare()
    with writing(engine) as connection:
        on = " on stops" if engine.dialect.name == "mysql" else ""
        connection.execute(text(f"drop index stops_kind_at{on}"))
        connection.execute(text("update privacykit_schema set version = 1 where name = 'consents'"))
    yield str(path)
    engine.dispose()


def _run(*arguments):
    result = CliRunner().invoke(app, ["stores", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _consents(config, command="status"):
    found = json.loads(_run(command, "--json", "--config", config).stdout)
    return next(one for one in found if one["store"] == "consents")


def test_what_is_older_is_told_and_brought_up_to_date(config, sql_url):
    """Tables are changed, the stamp too, and doing it again changes nothing."""
    before = _run("status", "--config", config)
    after = [_consents(config, "migrate")["found"] for _ in range(2)]

    engine = open_engine(sql_url, kind="records")
    indexes = {index["name"] for index in inspect(engine).get_indexes("stops")}
    engine.dispose()
    assert (before.exit_code, after) == (1, [6, 6])
    assert "version 1, 6 is wanted" in before.stdout
    assert "stops_kind_at" in indexes
    assert _run("status", "--config", config).exit_code == 0


def test_a_start_refuses_a_server_that_is_older(tmp_path, postgres_url):
    """It says what to do; waiting would not mend it."""
    path = lay_out(tmp_path, CONFIG + f'\n[records]\nurl = "{postgres_url}"\n')
    engine = open_engine(postgres_url, kind="records")
    SqlConsentStore(engine).prepare()
    with writing(engine) as connection:
        connection.execute(text("update privacykit_schema set version = 1"))
    engine.dispose()

    with pytest.raises(ConfigurationError, match=r"PK135.*privacykit stores migrate"):
        build(load(path), base=str(path)).start()
    _run("migrate", "--config", str(path))
    started = build(load(path), base=str(path))
    started.start()
    started.stop(5)


def test_what_is_newer_is_left_alone(tmp_path):
    """An old program does not touch what it cannot know."""
    path = str(lay_out(tmp_path))
    _run("migrate", "--config", path)
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-records.db", kind="records")
    with writing(engine) as connection:
        connection.execute(text("update privacykit_schema set version = 99"))
    engine.dispose()

    assert _consents(path)["found"] == 99
    with pytest.raises(StoreError, match="PK134"):
        _run("migrate", "--config", path)


def test_what_is_not_there_yet_is_no_fault(tmp_path):
    """A start makes it; `migrate` does, too."""
    path = str(lay_out(tmp_path))
    before = _run("status", "--config", path)
    made = json.loads(_run("migrate", "--json", "--config", path).stdout)

    assert (before.exit_code, "not made yet" in before.stdout) == (0, True)
    assert all(one["found"] == one["wanted"] for one in made)
    assert {one["table"] for one in made} == {"records", "events", "outbox", "salts"}
