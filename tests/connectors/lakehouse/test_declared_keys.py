"""Foreign keys that DuckDB declares: whose rows they make, in which order they go, what stays."""

import duckdb
import pytest

from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.duckdb.file import DuckDBFile
from privacykit.connectors.lakehouse.duckdb.tables import DuckDBTables
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Hold, Identity, RequestStatus, RequestType, RowCondition
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionRun
from privacykit.sinks.storage.turns import folder_turn
from privacykit.testing.plans import MemoryPlans
from tests.connectors.test_files_retention import _Clock, _Ledger

NOW = 1_796_000_000.0
TABLES = """
create schema mail;
create table people (id bigint primary key, email varchar, since date, sponsor bigint);
create table orders (
  id bigint primary key, person bigint references people (id), kind varchar, text varchar
);
create table items ("order" bigint references orders (id), text varchar);
create table stamps (person bigint references people (id), n int);
create table mail.lists (id bigint primary key, owner varchar);
create table mail.letters (list bigint references mail.lists (id), text varchar);
insert into people values (1, 'anna@shop.example', '2020-01-01', 2),
  (2, 'bert@shop.example', '2020-01-01', null), (3, 'cleo@shop.example', '2020-01-01', null);
insert into orders values (10, 1, 'paid', 'lamp'), (11, 1, 'cart', 'chair'), (12, 2, 'paid', 'bed');
insert into items values (10, 'bulb'), (11, 'leg'), (12, 'slat');
insert into mail.lists values (1, 'anna@shop.example');
insert into mail.letters values (1, 'news');
"""
MAP = """
[datasets.shop]
path = "shop.duckdb"
connector = "duckdb"
max_proportion = 1.0
[reasons.tax]
citation = "§ 147 AO"
duration = "10 years"
[collections.shop.people]
subject = true
retention = { duration = "1 year", from = "since" }
[collections.shop.people.fields]
id = { exclude = "a number" }
email = { category = "user.contact.email", identity = "email" }
since = { exclude = "a day" }
sponsor = { exclude = "a number" }
[collections.shop.orders]
KEEP
[collections.shop.orders.fields]
id = { exclude = "a number" }
person = { exclude = "a number", relation = "owned_by" }
kind = { exclude = "a kind" }
text = { category = "user.content", keep = ["tax"] }
[collections.shop.items.fields]
order = { exclude = "a number", relation = "owned_by" }
text = "user.content"
"""
KEEP = 'keep = [{ reason = "tax", where = ["kind = \'paid\'"] }]'


@pytest.fixture
def shop(tmp_path):
    """Runs statements on the file, and returns what the last one says."""

    def run(*statements):
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as owner:
            return [owner.execute(statement).fetchall() for statement in statements][-1]

    run(TABLES)
    return run


def _connector(folder, keep=""):
    datamap = parse_datamap(MAP.replace("KEEP", keep))
    tables = DuckDBTables(DuckDBFile(folder / "shop.duckdb", folder_turn))
    return datamap, LakeConnector(datamap, "shop", tables)


def _erase(folder, keep="", holds=(), email="anna@shop.example"):
    datamap, at = _connector(folder, keep)
    means = GovernContext(
        datamap, {"shop": at}, MemoryPlans(), lambda: NOW, lambda size: b"s" * size, lambda: holds
    )
    who = [Identity("email", email)]
    made = flow.plan_request(means, RequestType.ERASURE, who, plan_id="p", request_id="r")
    flow.approve(means, "p", made.targets_digest, "op", accept_problems=made.problems_digest)
    flow.execute(means, "p", made.targets_digest)
    return made, flow.verify(means, "p")


def _shown(made):
    return {(s.collection, s.action.value, s.justification): s.rows for s in made.steps if s.rows}


def test_a_person_goes_with_their_rows_over_keys_that_nobody_wrote_down(shop, tmp_path):
    """Those that point go first; tables of another schema keep their keys to themselves."""
    made, outcome = _erase(tmp_path)
    assert _shown(made) == {
        ("items", "delete", None): 2,
        ("orders", "delete", None): 2,
        ("people", "delete", None): 1,
    }
    assert (outcome.status, outcome.justification) == (
        RequestStatus.PARTIALLY_FULFILLED,
        "values still stand in rows that nothing explains",  # the list's owner, not mapped
    )
    assert shop("select id from people order by id") == [(2,), (3,)]
    assert shop("select id from orders") == [(12,)]
    assert shop('select "order" from items') == [(12,)]


def test_who_is_pointed_at_by_what_a_law_keeps_loses_their_fields(shop, tmp_path):
    """The plan says so; DuckDB would not let the row go."""
    made, outcome = _erase(tmp_path, KEEP)
    shown = _shown(made)
    assert shown["people", "change", "referenced"] == 1
    assert shown["orders", "delete", None] == 1
    assert [result.error for result in outcome.results if result.error] == []
    assert shop("select id, email from people where id = 1") == [(1, None)]
    assert shop("select id, text from orders where person = 1") == [(10, "lamp")]


def test_who_is_pointed_at_by_a_table_that_nobody_mapped_stays(shop, tmp_path):
    """And only the one it points at."""
    shop("insert into stamps values (1, 5)")
    made, outcome = _erase(tmp_path)
    assert _shown(made)["people", "change", "referenced"] == 1
    assert [result.error for result in outcome.results if result.error] == []
    assert shop("select id, email from people order by id")[0] == (1, None)
    shown = _shown(_erase(tmp_path, email="bert@shop.example")[0])
    assert shown["people", "delete", None] == 1


@pytest.mark.parametrize(
    ("index", "refused"),
    [
        ("create unique index one on people (email)", True),
        ("create index low on people (lower(email))", True),
        ("create index days on people (since)", False),
    ],
)
def test_what_duckdb_does_not_change_is_known_before_anybody_approves(
    shop, tmp_path, index, refused
):
    """A value with an index, in a row that one points at which stays; nobody else's is a problem."""
    shop(index)
    made, outcome = _erase(tmp_path, KEEP)
    words = "the store changes no value with an index in a row that others point at"
    problem = f"shop.people (email): {words} (PK272)"
    assert made.problems == ((problem,) if refused else ())
    assert any(result.error for result in outcome.results) is refused
    assert _erase(tmp_path, email="cleo@shop.example")[0].problems == ()


def test_a_held_order_keeps_its_person_without_what_names_them(shop, tmp_path):
    """Over the key that the store declares, as in a database."""
    hold = Hold("h", "shop", "orders", (RowCondition("id", "=", 10),), "c", "op", 0.0, 1.0)
    made, _ = _erase(tmp_path, holds=(hold,))
    assert _shown(made)["people", "change", "referenced"] == 1
    assert shop("select email from people where id = 1") == [(None,)]
    assert shop("select text from orders where id = 10") == [("lamp",)]


def test_retention_leaves_whom_something_points_at(shop, tmp_path):
    """Rows that nothing points at go; the others are told as kept."""
    datamap, at = _connector(tmp_path)
    run = RetentionRun(_Ledger(), lambda: (), _Clock(), Limits(pause=0), "me")
    task = next(rule for rule in rules(datamap, NOW, {}) if rule.collection == "people")
    ran = run.rule(task, at.purger(key=b"k" * 32, salt=b"s" * 32))
    assert (ran.outcome, ran.rows) == ("done", 1)
    assert shop("select id from people order by id") == [(1,), (2,)]
