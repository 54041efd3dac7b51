"""A plan over a real schema, kept in the real store of plans."""

import secrets
from dataclasses import replace

import pytest
from sqlalchemy import create_engine

from privacykit.govern.records import RequestStatus
from privacykit.stores.engine import open_engine
from privacykit.stores.plans import SqlPlans
from privacykit.testing.people import erase, shop_means
from privacykit.testing.shop import differences, erased, make_rows, read_rows


@pytest.fixture
def kept(tmp_path):
    """The store of plans, in a file of its own."""
    engine = open_engine(f"sqlite:///{tmp_path}/records.db", kind="records")
    yield SqlPlans(engine)
    engine.dispose()


def test_a_plan_survives_being_written_down(sql_url, kept):
    """Names as a database spells them, keys of every kind: what is read back is carried out."""
    rows = make_rows(4)
    with shop_means(sql_url, rows) as means:
        outcome = erase(replace(means, plans=kept, random=secrets.token_bytes), 3)
    engine = create_engine(sql_url)
    with engine.connect() as connection:
        found = read_rows(connection)
    engine.dispose()

    assert differences(erased(rows, 3), found) == []
    assert outcome.status is not RequestStatus.UNFULFILLED
