"""What the database enforces is read from its own catalogue."""

import pytest

from privacykit.connectors.sql.catalogue.reflect import reflect
from privacykit.connectors.sql.database import open_database
from privacykit.govern.datamap.schema import ForeignKey


@pytest.fixture
def read():
    """Create tables in a database of the kind, return what is described of them by name."""
    engines = []

    def read(url, *statements, only=None):
        engine = open_database(url)
        engines.append(engine)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        reflected = reflect(engine, only)
        return reflected, {table.name: table for table in reflected.described}

    yield read
    for engine in engines:
        engine.dispose()


def test_a_unique_column_behind_a_type_with_parentheses_is_seen(read, sql_url):
    """The library's own reading of a definition misses it on SQLite."""
    _, tables = read(
        sql_url, "create table people (id integer primary key, mail varchar(190) unique)"
    )
    assert ("mail",) in tables["people"].uniques
    assert tables["people"].indexed(("mail",))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_unique_expression_counts_as_what_it_reads(read, request, kind, tmp_path):
    """A mask in two rows is refused all the same."""
    url = (
        f"sqlite:///{tmp_path}/s.db" if kind == "sqlite" else request.getfixturevalue(f"{kind}_url")
    )
    _, tables = read(
        url,
        "create table people (id integer primary key, mail varchar(90), gone integer)",
        "create unique index one on people (lower(mail)) where gone is null",
        "create index two on people (lower(mail))",
        "create unique index three on people (id, lower(mail))",
    )
    found = tables["people"]
    assert set(found.uniques) == {("id",), ("mail",), ("id", "mail")}
    assert (found.lowered, found.computed) == (("mail",), ("mail",))
    assert not found.indexed(("mail",))


def test_computed_columns_and_conditions_are_seen(read, sql_url):
    """Nobody can write the one, nobody may break the other."""
    _, tables = read(
        sql_url,
        "create table people (id integer primary key, mail varchar(90),"
        " low varchar(90) generated always as (lower(mail)) stored,"
        " age integer, constraint grown check (age >= 18))",
    )
    found = tables["people"]
    assert [column.name for column in found.columns if column.generated] == ["low"]
    assert [(check.columns, check.name) for check in found.checks] == [(("age",), "grown")]


def test_keys_are_deferrable_where_the_database_says_so(read, postgres_url):
    """Only such keys can be looked at when a transaction ends."""
    _, tables = read(
        postgres_url,
        "create table people (id integer primary key)",
        "create table a (p integer references people deferrable, q integer references people)",
    )
    keys = {key.columns: key.deferrable for key in tables["a"].foreign_keys}
    assert keys == {("p",): True, ("q",): False}


def test_a_key_without_columns_points_at_the_primary_key(read, tmp_path):
    """SQLite lets them out."""
    _, tables = read(
        f"sqlite:///{tmp_path}/s.db",
        "create table people (id integer primary key)",
        "create table a (p integer references people)",
    )
    assert tables["a"].foreign_keys == (ForeignKey(("p",), "people", ("id",), deferrable=True),)


def test_a_key_to_a_table_that_is_not_there_is_none(read, tmp_path):
    """SQLite does not mind it until a row is written."""
    _, tables = read(f"sqlite:///{tmp_path}/s.db", "create table a (p integer references nowhere)")
    assert tables["a"].foreign_keys == ()


def test_partitions_belong_to_their_parent(read, postgres_url):
    """A new month is no new table to map; what points at a part points at the whole."""
    _, tables = read(
        postgres_url,
        "create table people (id integer primary key)",
        "create table visits (id integer, at date, p integer references people,"
        " primary key (id, at)) partition by range (at)",
        "create table visits_2020 partition of visits"
        " for values from ('2020-01-01') to ('2021-01-01')",
        "create table notes (id integer, at date,"
        " foreign key (id, at) references visits_2020 (id, at))",
    )
    assert sorted(tables) == ["notes", "people", "visits"]
    assert tables["notes"].foreign_keys[0].target == "visits"
    assert [key.target for key in tables["visits"].foreign_keys] == ["people"]


def test_a_child_by_inheritance_is_a_table_only_for_what_it_adds(read, postgres_url):
    """Rows of the others are deleted through the parent."""
    _, tables = read(
        postgres_url,
        "create table people (id integer primary key)",
        "create table same () inherits (people)",
        "create table more (extra text) inherits (people)",
    )
    assert sorted(tables) == ["more", "people"]


def test_partitions_of_mariadb_are_no_tables(read, mariadb_url):
    """They have no name of their own."""
    _, tables = read(
        mariadb_url,
        "create table visits (id integer, at date) partition by range (year(at))"
        " (partition p0 values less than (2020), partition p1 values less than maxvalue)",
    )
    assert list(tables) == ["visits"]


def test_views_are_no_tables_and_materialised_ones_are_copies(read, postgres_url):
    """The one holds nothing of its own, the other holds what was erased until it is refreshed."""
    reflected, tables = read(
        postgres_url,
        "create table people (id integer primary key)",
        "create view seen as select * from people",
        "create materialized view kept as select * from people",
        "create temporary table passing (id integer)",
    )
    assert (list(tables), reflected.copies) == (["people"], {"kept"})


def test_a_foreign_table_is_a_table(read, postgres_url):
    """It shows somebody's rows, wherever they are kept."""
    _, tables = read(
        postgres_url,
        "create extension postgres_fdw",
        "create server away foreign data wrapper postgres_fdw",
        "create foreign table guests (id integer, mail text) server away",
    )
    assert [column.name for column in tables["guests"].columns] == ["id", "mail"]


def test_shadow_tables_belong_to_their_virtual_table(read, tmp_path):
    """They are how a full-text index is kept."""
    _, tables = read(f"sqlite:///{tmp_path}/s.db", "create virtual table notes using fts5(body)")
    assert list(tables) == ["notes"]


def test_tables_without_transactions_and_with_history_are_told(read, mariadb_url):
    """What is rolled back in the one stays done; the other keeps what was erased."""
    reflected, tables = read(
        mariadb_url,
        "create table log (id integer primary key) engine=MyISAM",
        "create table people (id integer primary key) with system versioning",
        "create table plain (id integer primary key)",
        "create trigger t after delete on plain for each row insert into log values (old.id)",
    )
    assert reflected.unsafe == {"log", "plain"}
    assert [name for name, table in tables.items() if table.keeps_history] == ["people"]


def test_domains_and_lists_of_values_are_seen(read, postgres_url):
    """A domain is compared as what it is made of."""
    _, tables = read(
        postgres_url,
        "create domain mail as text not null",
        "create type mood as enum ('good', 'bad')",
        "create table people (id integer generated always as identity, m mail, mood mood)",
    )
    described = {c.name: (c.kind, c.nullable, c.values) for c in tables["people"].columns}
    assert described["m"] == ("text", False, ())
    assert described["mood"] == ("text", True, ("good", "bad"))
    assert tables["people"].column("id").generated


def test_a_set_of_mariadb_takes_listed_values(read, mariadb_url):
    """Also a type that lists what it takes."""
    _, tables = read(mariadb_url, "create table people (id integer, s set('a', 'b'))")
    assert tables["people"].column("s").values == ("a", "b")


def test_what_a_partition_adds_is_its_own(read, postgres_url):
    """Its conditions bind only its rows, and the plan tries these."""
    _, tables = read(
        postgres_url,
        "create table visits (id integer, at date) partition by range (at)",
        "create table visits_2020 partition of visits (check (id > 0))"
        " for values from ('2020-01-01') to ('2021-01-01')",
    )
    assert tables["visits"].checks == ()


def test_a_key_into_a_table_of_an_extension_ties_nothing(read, postgres_url):
    """What an extension keeps is the extension's."""
    _, tables = read(
        postgres_url,
        "create table known (id integer primary key)",
        "create extension hstore",
        "alter extension hstore add table known",
        "create table notes (id integer references known)",
    )
    assert (list(tables), tables["notes"].foreign_keys) == (["notes"], ())
