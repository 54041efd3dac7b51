"""What the shop must look like once somebody is erased, worked out by hand from the rows alone."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from examples.shop.database.data import Row, Rows, email_of
from examples.shop.database.truth import classes_of, key_of


class TOKEN:
    """Stands for a value that erasure makes up; it begins with ``pk-``. A copy is itself."""


ERASED = "[erased]"

_STRIPPED: dict[str, Row] = {
    "customers": {"email": TOKEN, "name": ERASED, "phone": None},
    "reviews": {"body": None},
    "comments": {"body": None},
    "addresses": {"street": ERASED, "city": None, "postcode": None},
}
_FOR_TAX: dict[str, Row] = {
    "orders": {"contact_email": None, "notes": None},
    "order_items": {"gift_note": None},
    "refunds": {"reason": TOKEN},
    "payments": {},
}


def erased(rows: Rows, customer: int) -> Rows:
    """Return the whole shop as it must be after *customer* was erased; other rows as they were."""
    classes = classes_of(rows, customer)
    left: Rows = {}
    for table, found in deepcopy(rows).items():
        mine = classes.get(table, {})
        left[table] = [
            _row(table, row, mine.get(key_of(table, row)), customer)
            for row in found
            if mine.get(key_of(table, row)) != "own"
        ]
    there = {row["id"] for row in left["comments"]}
    for row in left["comments"]:
        if row["parent_id"] not in there:
            row["parent_id"] = None
    if classes["customers"][customer,] == "own":
        for row in left["customers"]:
            if row["referred_by"] == customer:
                row["referred_by"] = None
    return left


def _row(table: str, row: Row, what: str | None, customer: int) -> Row:
    if what == "referenced":
        row |= _STRIPPED[table]
        if table == "customers":
            row["birth_date"] = row["birth_date"].replace(month=1, day=1)
    elif what == "tax":
        row |= _FOR_TAX[table]
        if table == "payments":
            row["iban"] = row["iban"][:4]
    elif what == "shared" and table == "messages":
        _cut_message(row, customer)
    elif what == "shared" and table == "referrals":
        mine = email_of(customer)
        row |= {name: None for name in ("from_email", "to_email") if row[name] == mine}
    return row


def _cut_message(row: Row, customer: int) -> None:
    if row["sender_id"] == customer:
        row |= {"sender_id": None, "sender_name": ERASED}
    if row["receiver_id"] == customer:
        row["receiver_id"] = None


def differences(expected: Rows, found: Rows) -> list[tuple[str, Any, Any, Any]]:
    """Return table, key, expected and found of every row that is not as it must be."""
    wrong: list[tuple[str, Any, Any, Any]] = []
    for table, rows in expected.items():
        here = {key_of(table, row): row for row in found[table]}
        there = {key_of(table, row): row for row in rows}
        wrong += [
            (table, key, there.get(key), here.get(key))
            for key in sorted(here.keys() | there.keys(), key=repr)
            if not _same(there.get(key), here.get(key))
        ]
    return wrong


def _same(expected: Row | None, found: Row | None) -> bool:
    if expected is None or found is None:
        return expected is found
    return all(_equal(value, found[name]) for name, value in expected.items())


def _equal(expected: Any, found: Any) -> bool:  # noqa: ANN401 - a column's value
    if expected is TOKEN:
        return isinstance(found, str) and found.startswith("pk-")
    if isinstance(expected, float):
        return abs(expected - float(found)) < 0.005
    return bool(expected == found)
