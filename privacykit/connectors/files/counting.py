"""Counts of rows and people in files: every file of a collection is read once. Reads files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import blake2b

from privacykit.connectors.files.record import Record, value_at
from privacykit.connectors.moments import moment_of
from privacykit.govern.incidents.counting import CountedRows, CountQuery


def count_records(records: Iterable[Record], query: CountQuery) -> CountedRows:
    """
    Count what *query* asks of *records*.

    Different people are told apart by digests of sixteen bytes: memory grows with people, and holds
    no value of theirs.
    """
    rows = within = nobody = 0
    times: list[float] = []
    people: set[bytes] = set()
    places: dict[str, set[bytes]] = defaultdict(set)
    without: Counter[str] = Counter()
    for record in records:
        rows += 1
        at = moment_of(value_at(record.values, query.time)) if query.time else None
        if at is not None and not _inside(at, query):
            continue
        within += 1
        if at is not None:
            times = [min([at, *times]), max([at, *times])]
        person = _person(record, query)
        if person is None:
            nobody += bool(query.person)
        else:
            people.add(person)
        if query.place:
            place = str(value_at(record.values, query.place) or "")
            if person is None:
                without[place] += not query.person
            else:
                places[place].add(person)
    return CountedRows(
        rows=rows,
        in_period=within,
        oldest=times[0] if times else None,
        newest=times[-1] if times else None,
        people=len(people),
        nobody=nobody,
        places=dict(without + Counter({place: len(found) for place, found in places.items()})),
    )


def _inside(at: float, query: CountQuery) -> bool:
    return (query.start is None or at >= query.start) and (query.end is None or at < query.end)


def _person(record: Record, query: CountQuery) -> bytes | None:
    found = [value_at(record.values, name) for name in query.person]
    if not found or any(value is None for value in found):
        return None
    return blake2b(repr(found).encode(), digest_size=16).digest()
