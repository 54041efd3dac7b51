"""
The inventory of an incident in words: the same sentences in every form, letter and page. Pure.

Numbers for the outside leave small groups out; an authority and the operator see them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from privacykit.documents.incident.blocks import CellGrid, DocumentBlock, Heading, Items, Para
from privacykit.govern.incidents.model import (
    Incident,
    Inventory,
    PeopleCount,
    StoreInventory,
    shown_count,
    shown_places,
)
from privacykit.personal.categories import CATEGORIES

DRILL = "REHEARSAL ON MADE-UP DATA: nothing happened, nobody is told."


def inventory_blocks(incident: Incident, *, small: int = 0) -> list[DocumentBlock]:
    """
    Return the inventory.

    Args:
        incident: The incident.
        small: Groups of fewer people are not told; 0 tells all (an authority, the operator).
    """
    inventory = incident.inventory
    blocks: list[DocumentBlock] = [Heading(1, f"Incident {incident.incident_id}")]
    if incident.drill:
        blocks.append(Para(DRILL))
    blocks.append(Para(f"What became of the data: {', '.join(incident.touched) or 'not stated'}."))
    blocks.append(Para(f"Period: {period(inventory)}."))
    blocks.append(Para(f"People: {people(inventory.people, small)}."))
    blocks += [
        Heading(2, "Stores"),
        CellGrid(_STORES, tuple(_store(s, small) for s in inventory.stores)),
    ]
    blocks += [Heading(2, "Data"), CellGrid(_FIELDS, tuple(_fields(inventory)))]
    blocks += _where(inventory, small)
    blocks += _linking(inventory)
    if inventory.sinks:
        blocks.append(Heading(2, "Who else got the same events"))
        blocks.append(Items(inventory.sinks))
    return blocks


_STORES = ("store", "kind", "rows", "in the period", "oldest", "newest", "people", "also at")
_FIELDS = ("field", "categories", "special", "state laws", "stored as")


def people(count: PeopleCount, small: int = 0) -> str:
    """Return how many people there are, in words, with the reason where it is not exact."""
    number = shown_count(count.number, small)
    if count.known == "exact":
        return number
    days = f"; {shown_count(count.visitor_days, small)} visitor-days" if count.visitor_days else ""
    why = f" ({count.why})" if count.why else ""
    if count.known == "at_least":
        most = f", at most {shown_count(count.at_most, small)}" if count.at_most is not None else ""
        return f"at least {number}{most}{why}{days}"
    return f"not knowable{why}{days}"


def period(inventory: Inventory) -> str:
    """Return the period in words."""
    start = _day(inventory.start) if inventory.start is not None else "the beginning"
    end = _day(inventory.end) if inventory.end is not None else "now"
    return f"from {start} until {end}"


def kinds(inventory: Inventory) -> str:
    """Return the kinds of data in plain words, the special ones named: letters go to people."""
    said = sorted(
        {
            CATEGORIES.get(key, key)
            for store in inventory.stores
            for field in store.fields
            for key in field.categories
            if key.startswith("user")
        }
    )
    special = f"; special categories: {', '.join(inventory.special)}" if inventory.special else ""
    return (", ".join(said) or "none that speaks of a person") + special


def protection(inventory: Inventory) -> str:
    """Return what protects the data, in words."""
    forms = sorted({f.form for store in inventory.stores for f in store.fields} - {"plain"})
    dead = sum(1 for day in inventory.salts if day.state == "destroyed")
    alive = sum(1 for day in inventory.salts if day.state == "alive")
    salts = f"; salts of {dead} days destroyed, of {alive} alive" if inventory.salts else ""
    return ("; ".join(forms) or "nothing but access control: the fields are stored plainly") + salts


def _store(store: StoreInventory, small: int) -> tuple[str, ...]:
    within = shown_count(store.in_period, small)
    return (
        store.name,
        store.kind,
        shown_count(store.rows, small),
        within if store.timed else f"{within} (no time of rows is known: all of them)",
        _day(store.oldest) if store.oldest is not None else "-",
        _day(store.newest) if store.newest is not None else "-",
        people(store.people, small),
        ", ".join(store.recipients) or "-",
    )


def _fields(inventory: Inventory) -> Iterator[tuple[str, ...]]:
    for store in inventory.stores:
        for field in store.fields:
            yield (
                f"{store.name}.{field.field}",
                ", ".join(field.categories) or "-",
                field.special or "-",
                field.trigger or "-",
                field.form,
            )


def _where(inventory: Inventory, small: int) -> Iterator[DocumentBlock]:
    yield Heading(2, "Where")
    if not inventory.places:
        yield Para("No place is known.")
        return
    rows = tuple(
        ("unknown" if place == "ZZ" else place, number)
        for place, number in shown_places(inventory.places, small).items()
    )
    yield CellGrid(("place", "people, or rows where people cannot be counted"), rows)


def _linking(inventory: Inventory) -> Iterator[DocumentBlock]:
    yield Heading(2, "Whether ids can be linked")
    if inventory.salts:
        rows = tuple((day.day, day.state) for day in inventory.salts)
        yield CellGrid(("day", "salt"), rows)
        yield Para(
            "Daily ids of a day whose salt is destroyed can be linked to nothing by anybody; an id"
            " that lasts as long as a consent is the same on every day of it."
        )
    else:
        yield Para("No daily ids are concerned.")
    told = ", ".join(inventory.keys)
    yield Para(f"Durable keys exposed: {told}." if told else "No durable key was exposed.")


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
