"""Erasing people from a shop on three databases, checked row by row against a truth of its own."""

from sqlalchemy import create_engine

from examples.shop.database import classes_of, differences, erased, make_rows, read_rows
from examples.shop.database.people import erase, shop_means
from privacykit.govern.records import RequestStatus

PEOPLE = 12


def _read(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = read_rows(connection)
    engine.dispose()
    return rows


def test_everybody_is_erased_one_after_the_other_and_nobody_else(sql_url):
    """After each erasure the whole shop is as it must be, every row of everybody."""
    expected = make_rows(PEOPLE)
    with shop_means(sql_url, expected) as means:
        for customer in range(1, PEOPLE + 1):
            before = _read(sql_url)
            outcome = erase(means, customer, f"plan{customer}")
            found = _read(sql_url)
            assert differences(erased(before, customer), found) == []
            assert [r for r in outcome.results if r.error is not None] == []
            kept = {c for table in classes_of(before, customer).values() for c in table.values()}
            whole = kept <= {"own", "accessed"}
            assert (outcome.status is RequestStatus.FULFILLED) == whole
