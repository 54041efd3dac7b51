"""Rows and data map of the connector contract, and a person of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privacykit.govern.datamap import DataMap, parse_datamap
from privacykit.govern.erasure.ports.connector import Connector, Subject
from privacykit.govern.records import Identity

CONTRACT_MAP = """
[reasons.tax]
citation = "a law"
duration = "10 years"
[datasets.contract]
effect = "erased"
[collections.contract.people]
subject = true
[collections.contract.people.fields]
id = { category = "user.unique_id", identity = "controller_customer_id" }
email = { category = "user.contact.email", identity = "email" }
name = "user.name"
[collections.contract.notes]
restriction = { column = "mark", value = "restricted" }
[collections.contract.notes.fields]
id = "system.operations"
owner = { category = "user.unique_id", relation = "owned_by", references = "people.id" }
body = "user.content"
mark = "system.operations"
[collections.contract.bills]
keep = { reason = "tax", from = "paid" }
[collections.contract.bills.fields]
id = "system.operations"
owner = { category = "user", relation = "owned_by", references = "people.id", erase = "detach" }
paid = { category = "user.payment", keep = "tax" }
street = { category = "user.contact.address.street", erase = "mask" }
[collections.contract.letters.fields]
id = "system.operations"
sender = { category = "user.unique_id", relation = "owned_by", references = "people.id" }
receiver = { category = "user.unique_id", relation = "owned_by", references = "people.id" }
sender_name = { category = "user.name", about = "sender", erase = "mask" }
body = "user.content"
"""


COLUMNS: Mapping[str, Mapping[str, type]] = {
    "people": {"id": int, "email": str, "name": str},
    "notes": {"id": int, "owner": int, "body": str, "mark": str},
    "bills": {"id": int, "owner": int, "paid": str, "street": str},
    "letters": {"id": int, "sender": int, "receiver": int, "sender_name": str, "body": str},
}
"""The collections, their columns and what these hold; ``paid`` is an ISO date as text."""


NOW = 1_795_000_000.0


MOST = 100
"""More rows than the contract has."""


ANNA = "anna.mark@contract.example"


BERT = "bert@contract.example"


Rows = dict[str, list[dict[str, Any]]]


def contract_map() -> DataMap:
    """Return the map of the contract's dataset."""
    return parse_datamap(CONTRACT_MAP)


def contract_rows() -> Rows:
    """Return two people's rows, some of them shared."""
    return {
        "people": [
            {"id": 1, "email": ANNA, "name": "Anna Mark"},
            {"id": 2, "email": BERT, "name": "Bert"},
        ],
        "notes": [
            {"id": number, "owner": 1 + number % 2, "body": f"note {number}", "mark": None}
            for number in range(10)
        ],
        "bills": [
            {"id": 1, "owner": 1, "paid": "2026-01-31", "street": "Mark street 1"},
            {"id": 2, "owner": 1, "paid": "2001-01-31", "street": "Mark street 1"},
            {"id": 3, "owner": 2, "paid": "2026-01-31", "street": "elsewhere"},
        ],
        "letters": [
            {"id": 1, "sender": 1, "receiver": 2, "sender_name": "Anna Mark", "body": "hi"},
            {"id": 2, "sender": 2, "receiver": 1, "sender_name": "Bert", "body": "ho"},
            {"id": 3, "sender": 1, "receiver": None, "sender_name": "Anna Mark", "body": "hm"},
            {"id": 4, "sender": 2, "receiver": 2, "sender_name": "Bert", "body": "ha"},
        ],
    }


def person(connector: Connector, email: str = ANNA) -> Subject:
    """Return whom *email* finds."""
    given = (Identity("email", email),)
    roots: dict[str, tuple[Any, ...]] = {}
    found = connector.resolve(given, MOST)
    for row in found:
        roots[row.collection] = (*roots.get(row.collection, ()), row.key)
    learnt = dict.fromkeys(it.identity for row in found for it in row.holds if it.teaches)
    return Subject((*given, *(it for it in learnt if it not in given)), roots)


def values_held(connector: Connector, identity: Identity, most: int) -> set[tuple[str, str]]:
    """Return what stands in the rows that *identity* finds."""
    rows = connector.resolve((identity,), most)
    return {(it.identity.type, it.identity.value) for row in rows for it in row.holds}
