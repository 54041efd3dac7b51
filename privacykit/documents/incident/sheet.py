"""
The inventory of an incident as one table: a row for each store, field, place, receiver and key.

Pure. A cell that does not apply to a row is empty; every row names the incident, and a rehearsal.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Final

from privacykit.documents.incident.inventory import DRILL, protection
from privacykit.govern.incidents.model import (
    Incident,
    Inventory,
    PeopleCount,
    StoreInventory,
    shown_count,
    shown_places,
)
from privacykit.personal.cells import neutral

COLUMNS: Final = (
    "incident", "rehearsal", "part", "store", "name", "kind", "categories", "special",
    "state_laws", "protected_by", "from", "until", "rows", "rows_in_period", "people_known",
    "people", "people_at_most", "visitor_days", "why",
)  # fmt: skip
"""The columns, in order; *part* says what a row tells of."""

_Cells = dict[str, str]
_PLACED = "people, or rows where people cannot be counted"


def inventory_csv(incident: Incident, *, small: int = 0) -> str:
    """
    Return the frozen inventory as CSV (RFC 4180), every cell neutral; times are ISO 8601 in UTC.

    Args:
        incident: The incident.
        small: Groups of fewer people are not told; 0 tells all (an authority, the operator).
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    always = {"incident": incident.incident_id, "rehearsal": DRILL if incident.drill else ""}
    for row in _rows(incident, small):
        told = always | row
        writer.writerow([neutral(told.get(column, "")) for column in COLUMNS])
    return out.getvalue()


def _rows(incident: Incident, small: int) -> Iterator[_Cells]:
    inventory = incident.inventory
    yield {
        "part": "incident",
        "kind": ", ".join(incident.touched),
        "special": ", ".join(inventory.special),
        "state_laws": ", ".join(inventory.triggers),
        "protected_by": protection(inventory),
        "from": _moment(inventory.start),
        "until": _moment(inventory.end),
        **_people(inventory.people, small),
    }
    for store in inventory.stores:
        yield from _store(store, small)
    yield from _where(inventory.places, "", small)
    yield from ({"part": "sink", "name": sink} for sink in inventory.sinks)
    yield from _keys(inventory)


def _store(store: StoreInventory, small: int) -> Iterator[_Cells]:
    untimed = "no time of rows is known: the period could not be applied"
    told = _people(store.people, small)
    why = [told["why"], "" if store.timed else untimed]
    yield {
        "part": "store",
        "store": store.name,
        "kind": store.kind,
        "from": _moment(store.oldest),
        "until": _moment(store.newest),
        "rows": shown_count(store.rows, small),
        "rows_in_period": shown_count(store.in_period, small),
        **told,
        "why": "; ".join(filter(None, why)),
    }
    for field in store.fields:
        yield {
            "part": "field",
            "store": store.name,
            "name": field.field,
            "categories": ", ".join(field.categories),
            "special": field.special,
            "state_laws": field.trigger,
            "protected_by": field.form,
        }
    yield from _where(store.places, store.name, small)
    for recipient in store.recipients:
        yield {"part": "recipient", "store": store.name, "name": recipient}


def _where(places: dict[str, int], store: str, small: int) -> Iterator[_Cells]:
    for place, people in sorted(shown_places(places, small).items()):
        name = "unknown" if place == "ZZ" else place
        yield {"part": "place", "store": store, "name": name, "people": people, "why": _PLACED}


def _keys(inventory: Inventory) -> Iterator[_Cells]:
    for day in inventory.salts:
        yield {"part": "salt", "name": day.day, "kind": day.state}
    for key in inventory.keys:
        yield {"part": "key", "name": key, "kind": "exposed"}


def _people(count: PeopleCount, small: int) -> _Cells:
    known = count.known != "not_knowable"
    most = "" if count.at_most is None else shown_count(count.at_most, small)
    return {
        "people_known": count.known,
        "people": shown_count(count.number, small) if known else "",
        "people_at_most": most,
        "visitor_days": shown_count(count.visitor_days, small) if count.visitor_days else "",
        "why": count.why,
    }


def _moment(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
