"""Statements that are compiled once and run on the driver's own cursor, on real databases."""

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from privacykit.connectors.sql.database import open_database, reading, writing
from privacykit.connectors.sql.statement_cache import Binds
from privacykit.connectors.statements.drivers import PAGE, together
from privacykit.connectors.statements.statement import Statement, cells
from privacykit.govern.erasure.ports.connector import Context, Subject

ODD = Table(
    "odd (%s) name",
    MetaData(),
    Column("the id", Integer, primary_key=True, autoincrement=False),
    Column("50%:d", String(20)),
    Column("flag", Boolean),
    Column("body", JSON),
)
KEY, TEXT = ODD.c["the id"], ODD.c["50%:d"]


@pytest.fixture
def engine(sql_url):
    """A database with a few rows more than a page."""
    engine = open_database(sql_url)
    ODD.create(engine)
    rows = [
        {"the id": n, "50%:d": f"v{n}", "flag": n % 2 == 0, "body": {"n": n}}
        for n in range(PAGE + 5)
    ]
    with engine.begin() as connection:
        connection.execute(insert(ODD), rows)
    yield engine
    engine.dispose()


def _statement(engine, query):
    return Statement(query, engine.dialect)


def test_lists_of_any_length_are_taken(engine):
    """One statement serves one value and many, whatever the columns are called."""
    chosen = select(KEY).where(KEY.in_(bindparam("keys", expanding=True)), TEXT.like("v%"))
    statement = _statement(engine, chosen.order_by(KEY))
    with reading(engine, "looking") as connection:
        found = [
            statement.fetch(connection, {"keys": cells(keys)}) for keys in ([3], [1, 2, 5], [7, 9])
        ]
    assert [[row[0] for row in rows] for rows in found] == [[3], [1, 2, 5], [7, 9]]


def test_keys_of_several_columns_are_taken(engine):
    """A row is named by all of its key."""
    pair = tuple_(KEY, TEXT).in_(bindparam("keys", expanding=True))
    statement = _statement(engine, select(KEY).where(pair).order_by(KEY))
    with reading(engine, "looking") as connection:
        found = statement.fetch(connection, {"keys": cells([(1, "v1"), (2, "v3"), (4, "v4")])})
    assert [row[0] for row in found] == [1, 4]


def test_values_have_the_types_of_their_columns(engine):
    """Truth stays truth and a document a document, as SQLAlchemy gives them."""
    query = select(ODD.c.flag, ODD.c.body).where(bindparam("key") == KEY)
    statement = _statement(engine, query)
    with reading(engine, "looking") as connection:
        ours = statement.fetch(connection, {"key": [2]})
        theirs = connection.execute(query, {"key": 2}).all()
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs] == [(True, {"n": 2})]


@pytest.mark.parametrize("number", [0, 1, PAGE, PAGE + 1, PAGE + 5])
def test_every_row_is_streamed_once(engine, number):
    """A page, one row more, and several pages come in order."""
    query = select(KEY).where(bindparam("end") > KEY).order_by(KEY)
    statement = _statement(engine, query)
    with reading(engine, "looking") as connection:
        found = [row[0] for row in statement.stream(connection, {"end": [number]})]
    assert found == list(range(number))


def test_rows_deleted_after_a_common_table_are_counted(engine):
    """Python's SQLite does not count where a statement begins with WITH."""
    some = select(KEY).where(bindparam("end") > KEY)
    # MariaDB has no WITH before DELETE.
    some = some.subquery() if engine.dialect.name == "mysql" else some.cte("some")
    statement = _statement(engine, delete(ODD).where(KEY.in_(select(some.c["the id"]))))
    with writing(engine, "deleting") as connection:
        assert statement.change(connection, {"end": [7]}) == 7


def test_rows_that_differ_are_changed_by_one_call(engine):
    """Each with its own values; the rows changed are counted together."""
    query = update(ODD).where(KEY.in_(bindparam("keys", expanding=True))).values(flag=None)
    statement = _statement(engine, query.values({TEXT: bindparam("new")}))
    each = [{"keys": [n], "new": [f"new {n}"]} for n in (1, 3)]
    with writing(engine, "changing") as connection:
        changed = statement.change_each(connection, {}, each)
        nothing = statement.change_each(connection, {}, [])
        found = connection.execute(select(TEXT).where(KEY.in_([1, 2, 3])).order_by(KEY)).scalars()
        assert (changed, nothing, list(found)) == (2, 0, ["new 1", "v2", "new 3"])


@pytest.mark.parametrize("number", [3, PAGE, PAGE + 5])
def test_statements_run_together_answer_as_each_alone(engine, number):
    """Few rows come with the first answers, many are read on; in any order, all of them."""
    ends = (number, 2, number)
    query = select(KEY, ODD.c.body).where(bindparam("end") > KEY).order_by(KEY)
    statement = _statement(engine, query)
    with reading(engine, "looking") as connection:
        pages = together(connection, [statement.ready({"end": [end]}) for end in ends])
        found = [[row[0] for _, page in some for row in page] for some in pages[::-1]]
    assert found == [list(range(end)) for end in ends[::-1]]


def test_values_of_two_people_asked_for_at_once_are_not_mixed():
    """Another thread may ask for somebody else while a person's values are being looked up."""
    one, other = (Context(Subject((), {"app.people": ((n,),)}), 0.0) for n in (1, 2))
    binds, asked = Binds(), []

    def roots(context):
        if context is one and not asked:
            asked.append(binds.filled(other)[label])  # what a second thread does meanwhile
        return [key[0] for key in context.selection.roots["app.people"]]

    label = binds.many("roots", roots).key
    assert (binds.filled(one)[label], asked, binds.filled(other)[label]) == ([1], [[2]], [2])


def test_lists_of_one_selection_are_made_once_and_moments_anew():
    """Batch after batch of the same people at another time: only what depends on it is asked."""
    person, made = Subject((), {"app.people": ((1,),)}), []
    binds = Binds()
    roots = binds.many("roots", lambda context: made.append(context.now) or [7]).key
    now = binds.one("now", lambda context: context.now).key
    found = []
    for moment in (1.0, 2.0):
        filled = binds.filled(Context(person, moment))
        found.append((filled[roots], filled[now]))
    again = binds.filled(Context(Subject((), {}), 3.0))[roots]
    assert (found, again) == ([([7], (1.0,)), ([7], (2.0,))], [7])
    assert made == [1.0, 3.0]
