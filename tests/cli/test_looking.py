"""Commands that only look create nothing: neither where nothing is, nor where something is."""

from __future__ import annotations

import gc

import pytest
from sqlalchemy import create_engine, inspect

from privacykit.errors import StoreError
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.stores.database.engine import open_engine, writing
from privacykit.stores.database.looking import open_to_look
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.audit_tables import HEAD, SCHEMA

LOOKS = [
    "audit show",
    "audit verify",
    "check",
    "check --connect",
    "check --format sarif",
    "datamap categories",
    "datamap check",
    "datamap scan sqlite:///shop.db",
    "explain --country DE",
    "hold list",
    "keys list",
    "policy calendar",
    "policy lint",
    "policy list",
    "policy show DE",
    "policy test",
    "request list",
    "request list --all",
    "request register",
    "request show aaaa",
    "request receipt aaaa",
    "request letter aaaa",
    "retention plan",
    "retention status",
    "salts audit",
    "salts status",
    "stores status",
    "subject find --email anna@shop.example",
    "subject find --email nobody@shop.example",
]


def _listing(folder):
    """Return every file of *folder* with its bytes; a journal that persists is one of them."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(params=["nothing yet", "one that served", "one that answered"])
def installation(request, run, tmp_path):
    """The shop without any store, with those that a server made, with those of a request."""
    if request.param == "one that served":
        engine = build(
            load(str(tmp_path / "privacykit.toml")), base=str(tmp_path / "privacykit.toml")
        )
        engine.start()
        engine.stop(5)
        del engine
        gc.collect()  # its last connections close, and their journals go
    if request.param == "one that answered":
        run("subject", "erase", "--email", "ben@shop.example", "--yes", "--proof", "logged_in")
    return run


def test_looking_creates_and_changes_nothing(installation, tmp_path):
    """The folder is the same before and after each command, byte for byte."""
    before = _listing(tmp_path)
    for words in LOOKS:
        code, out, err = installation(*words.split())
        assert _listing(tmp_path) == before, words
        assert not {"PK007", "PK133"} & {said[:5] for said in (out + err).splitlines()}, words
        assert code in {0, 1, 2}, words


def test_every_question_is_answered_where_nothing_was_kept(run, tmp_path):
    """With nothing, in words."""
    assert run("request", "list", "--all")[:2] == (0, "no requests\n")
    assert run("hold", "list")[:2] == (0, "no holds\n")
    assert run("audit", "show")[:2] == (0, "")
    assert not list(tmp_path.glob("*records*"))


def test_who_looks_cannot_write(tmp_path):
    """Whatever a command tries, the file refuses it."""
    url = f"sqlite:///{tmp_path / 'r.db'}"
    prepare(open_engine(url, kind="records"), SCHEMA)
    engine = open_to_look(url, kind="records")
    with pytest.raises(StoreError, match="PK133"), writing(engine) as connection:
        connection.execute(HEAD.delete())


@pytest.mark.service("postgresql")
def test_looking_makes_no_table_on_a_server(run, tmp_path, postgres_url):
    """It says that there is none."""
    config = tmp_path / "privacykit.toml"
    config.write_text(config.read_text() + f'[records]\nurl = "{postgres_url}"\n')
    for words in ("request list", "hold list", "audit show"):
        code, _, err = run(*words.split())
        assert (code, "PK138" in err) == (1, True)
    assert run("stores", "status")[0] == 0
    run("check")
    engine = create_engine(postgres_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
