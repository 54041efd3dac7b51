"""A person's rows are read together: one connection, one transaction."""

import pytest
from sqlalchemy import event, text

from examples.shop.database import make_rows
from examples.shop.database.people import shop_means, who
from privacykit.connectors.sql.database import open_database
from privacykit.connectors.statements import drivers
from privacykit.errors import StoreError
from privacykit.govern.erasure.context import sessions
from privacykit.govern.erasure.planning.plan import PlanScope, context_of
from privacykit.govern.erasure.ports.capability import session
from privacykit.govern.identity.find_person import find_person


@pytest.fixture
def means(sql_url):
    """A small shop on each kind of database."""
    with shop_means(sql_url, make_rows(30)) as made:
        yield made


def _context(means):
    bundle = PlanScope(find_person(means, who(3)).subject, who(3), "access")
    return context_of(means, bundle, b"")


def _run(means, statement):
    """Do what the application does meanwhile."""
    engine = open_database(str(means.connectors["shop"]._engine.url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_one_connection_reads_everything(means):
    """A connection is taken once, however many collections there are."""
    connector, taken = means.connectors["shop"], []
    event.listen(connector._engine, "checkout", lambda *_: taken.append(1))
    with sessions(means):
        context = _context(means)
        inside = [list(connector.rows(name, context)) for name in connector.order()]
    assert len(taken) == 1
    assert inside == [list(connector.rows(name, context)) for name in connector.order()]


def test_what_cannot_be_read_does_not_spoil_the_rest(means):
    """A table that is gone is an error; the next one is read all the same."""
    connector = means.connectors["shop"]
    context = _context(means)
    _run(means, "drop table sessions")
    with session(connector):
        with pytest.raises(StoreError, match="exporting sessions"):
            list(connector.rows("sessions", context))
        assert list(connector.rows("customers", context))


def test_a_session_asks_once_for_all_collections(means, monkeypatch):
    """The first one asked for brings the others; a second look at one asks again."""
    connector = means.connectors["shop"]
    context = _context(means)
    alone = {name: list(connector.rows(name, context)) for name in connector.order()}
    asked, real = [], drivers.together

    def counting(connection, ready):
        asked.append(len(ready))
        return real(connection, ready)

    monkeypatch.setattr(drivers, "together", counting)
    with session(connector):
        together = {name: list(connector.rows(name, context)) for name in connector.order()}
        again = list(connector.rows("messages", context))
    assert (together, again) == (alone, alone["messages"])
    assert asked == [len(alone), 1]


def test_store_without_sessions_is_read_as_ever():
    """A connector need not know what a session is."""
    read = []
    with session(object()):
        read.append("rows")
    assert read == ["rows"]


def test_session_that_cannot_be_had_is_none(tmp_path):
    """What is read then says why, each for itself."""
    with shop_means(f"sqlite:///{tmp_path}/shop.db", make_rows(3)) as means:
        connector, context = means.connectors["shop"], _context(means)
        connector._engine.dispose()
        (tmp_path / "shop.db").unlink()
        (tmp_path / "shop.db").mkdir()
        with session(connector), pytest.raises(StoreError, match="exporting customers"):
            list(connector.rows("customers", context))
