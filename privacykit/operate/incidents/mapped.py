"""The inventory of the data map's collections: counts by the stores themselves. Reads stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from privacykit.errors import InputError
from privacykit.govern.anonymise.rewriter import Rewrites
from privacykit.govern.datamap import Collection, DataMap, Field
from privacykit.govern.datamap.schema import Table
from privacykit.govern.incidents.categories import special_of, trigger_of
from privacykit.govern.incidents.counting import CountedRows, CountQuery, CountsRows
from privacykit.govern.incidents.model import FieldInventory, PeopleCount, StoreInventory
from privacykit.govern.words import Relation
from privacykit.operate.context import OperatorContext
from privacykit.personal.categories import within
from privacykit.policy.place import UNKNOWN, normalise_place

_COUNTRY = "user.contact.address.country"
_HASHED = "hash without a key: whoever has the value recomputes it"
_PASSWORD = "a password, as the application hashes it: judge how"  # noqa: S105 - a description


def mapped_names(datamap: DataMap) -> list[str]:
    """Return every collection of *datamap* as ``dataset.collection``."""
    return [f"{dataset}.{name}" for dataset, of in datamap.collections.items() for name in of]


def collection_inventory(
    context: OperatorContext, name: str, start: float | None, end: float | None
) -> StoreInventory:
    """
    Count one collection, ``dataset.collection``.

    Raises:
        InputError: Its connector cannot count (PK353).
        StoreError: The store does not answer.
    """
    dataset, _, collection = name.partition(".")
    connector = context.connectors[dataset]
    counter: object = connector
    if isinstance(connector, Rewrites):
        counter = connector.rewriter()
    if not isinstance(counter, CountsRows):
        raise InputError(f"the connector of {dataset} cannot count rows (PK353)")
    mapped = context.datamap.collections[dataset][collection]
    tables = {table.name: table for table in connector.schema()}
    query = _query(collection, mapped, tables.get(collection), start, end)
    counted = counter.count_rows(query)
    return StoreInventory(
        name=name,
        kind=context.datamap.datasets[dataset].kind,
        rows=counted.rows,
        in_period=counted.in_period,
        timed=bool(query.time) or (start is None and end is None),
        oldest=counted.oldest,
        newest=counted.newest,
        fields=tuple(_fields(mapped)),
        people=_people(mapped, query, counted),
        places=_places(counted),
        recipients=_recipients(context.datamap, dataset, collection),
    )


def people_of(stores: Sequence[StoreInventory]) -> PeopleCount:
    """
    Return how many people there are in all: nobody is counted twice, nobody left out.

    The same person may be in several stores, so that the truth lies between the greatest number
    and the sum.
    """
    counts = [store.people for store in stores if store.in_period]
    days = sum(count.visitor_days for count in counts)
    if not counts:
        return PeopleCount("exact", 0, 0)
    least = max(count.number for count in counts)
    whole = all(count.known == "exact" for count in counts)
    if whole and len(counts) == 1:
        return counts[0]
    if not least:
        whys = "; ".join(dict.fromkeys(c.why for c in counts if c.why))
        return (
            PeopleCount("exact", 0, 0)
            if whole
            else PeopleCount("not_knowable", why=whys, visitor_days=days)
        )
    most = sum(count.number for count in counts) if whole else None
    why = "a person may be in several stores" if len(counts) > 1 else ""
    unknown = "" if whole else "; ".join(dict.fromkeys(c.why for c in counts if c.why))
    return PeopleCount(
        "at_least", least, most, "; ".join(filter(None, (why, unknown))), visitor_days=days
    )


def places_of(stores: Sequence[StoreInventory]) -> dict[str, int]:
    """Return place to the greatest number of any store: one person may be in several."""
    found: Counter[str] = Counter()
    for store in stores:
        found |= Counter(store.places)
    return dict(found)


def _query(
    name: str, mapped: Collection, table: Table | None, start: float | None, end: float | None
) -> CountQuery:
    columns = {column.name for column in table.columns if not column.of} if table else set()
    time = next((r.from_ for r in mapped.retention if r.from_ in columns), "")
    place = next((f for f, m in mapped.fields.items() if f in columns and _is_country(m)), "")
    person = tuple(name for name in _person(mapped, table) if name in columns)
    return CountQuery(name, time, start, end, person, place)


def _is_country(field: Field) -> bool:
    return any(within(key, _COUNTRY) for key in field.category)


def _person(mapped: Collection, table: Table | None) -> tuple[str, ...]:
    """Return the columns by which people are told apart."""
    if mapped.subject and table is not None:
        return mapped.key or table.key
    owned = [f for f, m in mapped.fields.items() if m.relation is Relation.OWNED_BY]
    if owned:
        return (owned[0],)
    known = [f for f, m in mapped.fields.items() if m.identity]
    return (known[0],) if known else ()


def _people(mapped: Collection, query: CountQuery, counted: CountedRows) -> PeopleCount:
    if mapped.subject:
        number = counted.people if query.person else counted.in_period
        return PeopleCount("exact", number, number)
    if not query.person:
        if not counted.in_period:
            return PeopleCount("exact", 0, 0)
        return PeopleCount("not_knowable", why="no field of the map ties a row to a person")
    owned = mapped.fields[query.person[0]].relation is Relation.OWNED_BY
    if owned and not counted.nobody:
        return PeopleCount("exact", counted.people, counted.people)
    why = "some rows name nobody" if counted.nobody else "one person may have several identities"
    return PeopleCount("at_least", counted.people, None, why)


def _places(counted: CountedRows) -> dict[str, int]:
    found: Counter[str] = Counter()
    for text, number in counted.places.items():
        found[normalise_place(text)] += number
    if not found and counted.in_period:
        found[UNKNOWN] = counted.in_period
    return dict(found)


def _fields(mapped: Collection) -> Iterator[FieldInventory]:
    for name, field in mapped.fields.items():
        if field.personal:
            keys = tuple(field.category)
            yield FieldInventory(name, keys, special_of(keys), trigger_of(keys), _form(field))


def _form(field: Field) -> str:
    if any(within(key, "user.authorization.password") for key in field.category):
        return _PASSWORD
    return "plain" if field.format == "raw" else f"{field.format}: {_HASHED}"


def _recipients(datamap: DataMap, dataset: str, collection: str) -> tuple[str, ...]:
    return tuple(
        f"{datamap.recipients[name].name} ({datamap.recipients[name].role})"
        for name in datamap.recipients_of(dataset, collection)
        if name in datamap.recipients
    )
