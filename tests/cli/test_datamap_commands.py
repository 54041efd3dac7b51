"""``privacykit datamap`` as an operator sees it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tomllib

import pytest
from sqlalchemy import create_engine, text

from examples.shop.database import SHOP_MAP, create_shop, fill, make_rows
from privacykit.cli.datamap import command as datamap
from privacykit.cli.main import main
from privacykit.govern.datamap import parse_datamap

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
"""
FIDES = """\
dataset:
  - fides_key: postgres_example
    name: Example
    description: demo
    collections:
      - name: address
        fields:
          - name: id
            data_categories: [system.operations]
            fides_meta: {primary_key: true}
          - name: street
            data_categories: [user.contact.address.street]
          - name: state
            data_categories: [user.contact.state]
      - name: customer
        fides_meta: {after: [postgres_example.address]}
        fields:
          - name: id
            data_categories: [user.unique_id]
            fides_meta: {primary_key: true}
          - name: email
            data_categories: [user.contact.email]
            fides_meta:
              identity: email
              masking_strategy_override: {strategy: random_string_rewrite}
          - name: address_id
            data_categories: [system.operations]
            fides_meta:
              references:
                - {dataset: postgres_example, field: address.id, direction: to}
      - name: orders
        fields:
          - name: id
            data_categories: [system.operations]
            fides_meta: {primary_key: true}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta:
              references:
                - {dataset: postgres_example, field: customer.id, direction: from}
          - name: note
            data_categories: [user.content]
            fides_meta:
              masking_strategy_override:
                {strategy: string_rewrite, configuration: {rewrite_value: gone}}
      - name: visits
        fides_meta: {skip_processing: true}
        fields:
          - name: id
            data_categories: [system.operations]
"""


@pytest.fixture
def shop(tmp_path):
    """The shop's database."""
    engine = create_engine(f"sqlite:///{tmp_path}/shop.db")
    create_shop(engine)
    with engine.begin() as connection:
        fill(connection, make_rows(6))
    yield engine
    engine.dispose()


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, shop):  # noqa: ARG001 - the shop is there
    """Run a command; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    (tmp_path / "datamap.toml").write_text(SHOP_MAP)

    def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    return run


def test_a_map_that_covers_everything_is_in_order(run):
    """Exit 0, for a build to go on."""
    code, out, _ = run("datamap", "check")
    assert code == 0
    assert "the data map is in order" in out


def test_a_new_column_breaks_the_build(run, shop):
    """Somebody adds a column and forgets the map: exit 1, with id and place."""
    with shop.begin() as connection:
        connection.execute(text("alter table customers add column nickname text"))
    code, out, _ = run("datamap", "check")
    assert code == 1
    assert "PK221 datamap.toml: shop.customers.nickname" in out


def test_a_new_table_without_a_key_to_anybody_breaks_the_build(run, shop):
    """A guard that looks at foreign keys only would not see it."""
    with shop.begin() as connection:
        connection.execute(text("create table leads (id integer primary key, email text)"))
    code, out, _ = run("datamap", "check", "--json")
    assert code == 1
    assert [problem["id"] for problem in json.loads(out)["problems"]] == ["PK220"]


def test_a_known_problem_can_be_ignored_by_its_id(run, shop):
    """While it is being mended."""
    with shop.begin() as connection:
        connection.execute(text("create table leads (id integer primary key, email text)"))
    assert run("datamap", "check", "--ignore", "PK220")[0] == 0


@pytest.mark.parametrize(("small", "wrong", "word"), [(2, 1, "error"), (10_000, 0, "advice")])
def test_a_missing_index_is_named(run, shop, monkeypatch, small, wrong, word):
    """Without it each request reads the whole table, which is nothing while that is small."""
    monkeypatch.setattr(datamap, "SMALL_ROWS", small)
    with shop.begin() as connection:
        connection.execute(text("drop index ix_orders_customer_id"))
    code, out, _ = run("datamap", "check")
    assert code == wrong
    assert f"{word:<6}   PK230 datamap.toml: shop.orders.customer_id" in out


def test_a_store_that_does_not_answer_is_a_problem(run, tmp_path):
    """Not checked is not in order."""
    with (tmp_path / "datamap.toml").open("a") as file:
        file.write('[datasets.crm]\nurl = { env = "CRM_URL" }\n')
    code, out, _ = run("datamap", "check")
    assert code == 1
    assert re.search(r"PK218 datamap.toml:\d+: datasets.crm.url", out)


def test_scan_proposes_a_map_that_can_be_read(run, tmp_path):
    """Every table and column is in it; what is guessed says so."""
    code, out, _ = run("datamap", "scan", f"sqlite:///{tmp_path}/shop.db", "--name", "shop")
    assert code == 0
    draft = parse_datamap(out)
    assert {*draft.of("shop"), *draft.datasets["shop"].excluded} == {
        *parse_datamap(SHOP_MAP).of("shop"),
        "products",
        "stock",
    }
    assert draft.of("shop")["customers"].fields["email"].identity == "email"
    assert "guessed; check" in out


def test_scan_prints_no_value(run, tmp_path):
    """Detectors look at values; the terminal never does."""
    _, out, err = run("datamap", "scan", f"sqlite:///{tmp_path}/shop.db")
    assert "mark" not in (out + err).lower()
    assert "shop.example" not in out + err


def test_scan_finds_by_values_what_no_name_tells(run, tmp_path, shop):
    """A column called x1 full of addresses is a column of addresses."""
    with shop.begin() as connection:
        connection.execute(text("create table t (id integer primary key, x1 text, x2 text)"))
        for number in range(9):
            row = {"a": f"someone{number}@else.example", "b": f"word {number}"}
            connection.execute(text("insert into t (x1, x2) values (:a, :b)"), row)
    _, out, _ = run("datamap", "scan", f"sqlite:///{tmp_path}/shop.db", "--name", "shop")
    fields = parse_datamap(out).of("shop")["t"].fields
    assert (fields["x1"].identity, fields["x2"].identity) == ("email", None)
    without = run("datamap", "scan", f"sqlite:///{tmp_path}/shop.db", "--samples", "0")[1]
    assert "\nx1" not in without


def test_scan_takes_the_url_from_the_environment(run, tmp_path, monkeypatch):
    """A credential belongs neither into the history nor into the map."""
    monkeypatch.setenv("SHOP", f"sqlite:///{tmp_path}/shop.db")
    code, out, _ = run("datamap", "scan", "env:SHOP", "--name", "shop")
    assert code == 0
    assert 'url = { env = "SHOP" }' in out
    assert str(tmp_path) not in out
    assert run("datamap", "scan", "env:NOT_SET")[0] == 2


def test_a_draft_of_a_file_names_the_file(run, tmp_path):
    """A variable that nobody set would open nothing."""
    url = f"sqlite:///{tmp_path}/shop.db"
    _, out, err = run("datamap", "scan", url, "--name", "shop")
    assert f'url = "{url}"' in out
    assert "set that variable" not in err


def test_a_draft_of_a_server_names_a_variable_and_says_so(run, postgres_url):
    """A login stands in no map."""
    _, out, err = run("datamap", "scan", postgres_url, "--name", "shop")
    assert 'url = { env = "SHOP_URL" }' in out
    assert "SHOP_URL" in err
    assert postgres_url not in out + err


@pytest.mark.parametrize("url", ["://shop", "sqlite://[", "postgresql://host:port/db"])
def test_a_url_that_is_none_is_said(run, url):
    """Without a traceback, and without the URL: it may hold a login."""
    code, out, err = run("datamap", "scan", url)
    assert (code, out, "PK218" in err, url in err) == (2, "", True, False)


def test_scan_reads_directories(run, tmp_path):
    """Files too."""
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "users.jsonl").write_text('{"id": 1, "email": "x@else.example"}\n')
    code, out, _ = run("datamap", "scan", "lake", "--name", "lake")
    draft = parse_datamap(out)
    assert code == 0
    assert draft.datasets["lake"].path == "lake"
    assert draft.of("lake")["users"].subject


def test_a_draft_is_never_written_over_a_map(run, tmp_path):
    """Somebody has worked on it."""
    url = f"sqlite:///{tmp_path}/shop.db"
    assert run("datamap", "scan", url, "-o", "datamap.toml")[0] == 2
    assert run("datamap", "import", "x.yml", "-o", "datamap.toml")[0] == 2
    assert run("datamap", "scan", url, "-o", "new.toml")[0] == 0
    assert (tmp_path / "datamap.toml").read_text() == SHOP_MAP
    assert parse_datamap((tmp_path / "new.toml").read_text())


def test_a_fides_dataset_becomes_a_map(run, tmp_path):
    """References become ownership, strategies keep their meaning, what is lost is said."""
    (tmp_path / "fides.yml").write_text(FIDES)
    code, out, err = run("datamap", "import", "fides.yml")
    collections = parse_datamap(out).of("postgres_example")
    assert code == 0, err
    assert collections["customer"].subject
    assert collections["customer"].fields["email"].erase.value == "random"
    assert collections["customer"].fields["address_id"].relation.value == "owns"
    assert collections["orders"].fields["customer_id"].relation.value == "owned_by"
    assert collections["orders"].fields["note"].to == "gone"
    assert parse_datamap(out).datasets["postgres_example"].excluded.keys() == {"visits"}
    assert "'user.contact.state' is no category of fideslang" in err
    assert "after and erase_after are dropped" in err


def test_a_misspelt_key_of_fides_is_an_error(run, tmp_path):
    """Fides itself drops it in silence."""
    (tmp_path / "fides.yml").write_text(FIDES.replace("primary_key", "primary_kex", 1))
    code, _, err = run("datamap", "import", "fides.yml")
    assert code == 2
    assert "PK235" in err


@pytest.mark.parametrize("content", ["just text", "dataset: []", "{", "a: &a [*a]\nb: \xff"])
def test_what_is_no_fides_file_is_refused(run, tmp_path, content):
    """In one line, without a traceback."""
    (tmp_path / "fides.yml").write_text(content, encoding="latin-1")
    code, out, err = run("datamap", "import", "fides.yml")
    assert (code, out) == (2, "")
    assert "Traceback" not in err


def test_categories_are_listed_in_plain_words(run):
    """For whoever writes the map."""
    code, out, _ = run("datamap", "categories")
    assert code == 0
    assert "user.contact.email" in out
    assert json.loads(run("datamap", "categories", "--json")[1])["user.name"] == "a name"


def test_a_fresh_django_project_is_mapped_without_a_finding(run, tmp_path):
    """Its own tables are known, as Django itself makes them."""
    for words in ("django startproject mysite .", "manage migrate -v0"):
        subprocess.run([sys.executable, "-m", *words.split()], check=True, cwd=tmp_path)
    (tmp_path / "datamap.toml").unlink()
    assert run("datamap", "scan", "sqlite:///db.sqlite3", "-o", "datamap.toml")[0] == 0
    code, out, _ = run("datamap", "check")
    assert (code, "error" in out, "the data map is in order" in out) == (0, False, True)


MODELS = """
from typing import Annotated
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from privacykit import Personal

class Base(DeclarativeBase): pass

class Parcel(Base):
    __tablename__ = "parcel"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf: Mapped[str] = mapped_column(info={"personal": "user.contact.address"})
    label: Mapped[Annotated[str, Personal("user.name", "user.contact.address")]]
    description: Mapped[str] = mapped_column(info={"personal": "system.operations"})

plain = Table("plain", MetaData(), Column("id", Integer, primary_key=True),
              Column("code", String(9), info={"personal": "user.authorization.credentials"}))
"""


def _modelled(tmp_path, monkeypatch, name, source):
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path}/parcels.db")
    with engine.begin() as connection:
        connection.execute(text(
            "create table parcel (id integer primary key, shelf text, label text, description text)"
        ))  # fmt: skip
        connection.execute(text("create table plain (id integer primary key, code text)"))
    engine.dispose()
    return f"sqlite:///{tmp_path}/parcels.db"


def test_a_draft_follows_what_models_say(run, tmp_path, monkeypatch):
    """No name tells that a shelf is an address; what is marked is no guess, and secrets stay in."""
    url = _modelled(tmp_path, monkeypatch, "parcel_models", MODELS)
    code, out, _ = run("datamap", "scan", url, "--models", "parcel_models")
    found = tomllib.loads(out)["collections"]["app"]
    assert code == 0
    assert found["parcel"]["fields"] == {
        "id": "system.operations",
        "shelf": "user.contact.address",
        "label": ["user.name", "user.contact.address"],
        "description": "system.operations",
    }
    assert found["plain"]["fields"]["code"]["withhold"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (MODELS.replace("user.contact.address", "user.adress"), "PK213"),
        ("x = 1", "holds no tables"),
        ("raise RuntimeError('secret')", "cannot be imported"),
    ],
    ids=["category", "no tables", "broken"],
)
def test_models_that_say_nothing_are_named(run, tmp_path, monkeypatch, source, told):
    """An unknown category is an error, not a guess; what the code raises is not repeated."""
    name = f"models_{abs(hash(source))}"
    url = _modelled(tmp_path, monkeypatch, name, source)
    code, out, err = run("datamap", "scan", url, "--models", name)
    assert (code, out) == (2, "")
    assert told in err
    assert "secret" not in err
