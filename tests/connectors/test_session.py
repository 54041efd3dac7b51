"""A person's rows are read together: one connection, one transaction."""

import pytest
from sqlalchemy import event, text

from privacykit.connectors.sql.database import open_database
from privacykit.errors import StoreError
from privacykit.govern.connector import session
from privacykit.govern.means import sessions
from privacykit.govern.planning import Bundle, context_of, find_person
from privacykit.testing.people import shop_means, who
from privacykit.testing.shop import make_rows


@pytest.fixture
def means(sql_url):
    """A small shop on each kind of database."""
    with shop_means(sql_url, make_rows(30)) as made:
        yield made


def _context(means):
    bundle = Bundle(find_person(means, who(3)), who(3), "access")
    return context_of(means, bundle, b"")


def test_one_connection_reads_everything(means):
    """A connection is taken once, however many collections there are."""
    connector, taken = means.connectors["shop"], []
    event.listen(connector._engine, "checkout", lambda *_: taken.append(1))
    with sessions(means):
        context = _context(means)
        inside = [list(connector.rows(name, context)) for name in connector.order()]
    assert len(taken) == 1
    assert inside == [list(connector.rows(name, context)) for name in connector.order()]


def test_what_cannot_be_read_does_not_spoil_the_rest(means, sql_url):
    """A table that is gone is an error; the next one is read all the same."""
    connector = means.connectors["shop"]
    context = _context(means)
    engine = open_database(sql_url)
    with engine.begin() as connection:
        connection.execute(text("drop table sessions"))
    engine.dispose()
    with session(connector):
        with pytest.raises(StoreError, match="exporting sessions"):
            list(connector.rows("sessions", context))
        assert list(connector.rows("customers", context))


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
