"""Reports told plainly, to compare engines with: over lists of events, every chain tried."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

import pyarrow as pa

from privacykit.reports.chains import code_of
from privacykit.reports.expressions.events import COLUMNS

SECOND = 1_000_000


@dataclass(frozen=True)
class Told:
    """An event; ``at`` in microseconds since 1970."""

    visitor: str
    at: int
    tie: str
    event: str
    country: str = "DE"
    device: str = "desktop"


def table(events):
    """Return *events* as an Arrow table of the report table's columns."""
    types = {"string": pa.string(), "int64": pa.int64()}
    schema = pa.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    columns = {name: [getattr(one, name, None) for one in events] for name in COLUMNS}
    return pa.Table.from_pydict(columns, schema=schema)


def invented(seed, visitors, start, *, names="abcdx", span=4, most=8):
    """Return events of *visitors* people in no order, many at one instant or around midnight."""
    chance = random.Random(seed)
    events = []
    for visitor in range(visitors):
        at = start + chance.randrange(span * 86_400) * SECOND
        if chance.random() < 0.3:  # at a midnight, or just before
            at = at - at % (86_400 * SECOND) - chance.choice((0, 1, 600)) * SECOND
        country, device = chance.choice(("DE", "DE", "FR")), chance.choice(("desktop", "mobile"))
        for number in range(chance.randint(1, most)):
            at += chance.choice((0, 0, 1, 60, 600, 1799, 1800, 1801, 86_400)) * SECOND
            told = Told(f"v{visitor:05}", at, f"{number:03}", chance.choice(names), country, device)
            events.append(told)
    chance.shuffle(events)
    return events


def units(events, unit, zone):
    """Return the events of each unit, in order, by a key that begins with the visitor."""
    found = {}
    for one in sorted(events, key=lambda one: (one.visitor, one.at, one.tie)):
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=one.at)).astimezone(zone)
        if unit == "person":
            key = (one.visitor,)
        elif unit == "visitor_day":
            key = (one.visitor, day.date())
        else:
            last = found.get("last")
            if (
                last is None
                or last[0].visitor != one.visitor
                or one.at - last[0].at >= 1800 * SECOND
                or last[1] != day.date()
            ):
                key = (one.visitor, one.at, one.tie)
            else:
                key = last[2]
            found["last"] = (one, day.date(), key)
        found.setdefault(key, []).append(one)
    found.pop("last", None)
    return found


def best(events, letters, mode, within):
    """Return the code of the chain of *events* that counts, by trying all."""
    number = len(letters)
    steps = [letters.index(one.event) + 1 if one.event in letters else 0 for one in events]

    def short(first, last):
        return within is None or events[last].at - events[first].at <= within

    chains = [frozenset()]
    if mode == "loose":
        for first in range(len(events)):
            done = {steps[at] for at in range(first, len(events)) if short(first, at)} - {0}
            if steps[first]:
                chains.append(frozenset(range(1, len(done) + 1)))
    elif mode == "strict":
        for first in range(len(events)):
            for length in range(1, number + 1):
                run = steps[first : first + length]
                if run == list(range(1, length + 1)) and short(first, first + length - 1):
                    chains.append(frozenset(run))
    else:
        required = {"closed": {1}, "open": set(), "sequential": set(range(1, number + 1))}[mode]
        there = [at for at, step in enumerate(steps) if step]
        for length in range(1, number + 1):
            for chosen in combinations(there, length):
                run = [steps[at] for at in chosen]
                rises = all(one < other for one, other in pairwise(run))
                whole = {step for step in required if step < run[-1]} <= set(run)
                if rises and whole and short(chosen[0], chosen[-1]):
                    chains.append(frozenset(run))
    return max(code_of(max(chain, default=0), chain, number) for chain in chains)


def chains(events, letters, mode, unit, zone, within=None):
    """Return how many units have which chain, and how many visitors they have."""
    counts, visitors = Counter(), {}
    for key, theirs in units(events, unit, zone).items():
        code = best(theirs, letters, mode, within)
        counts[code] += 1
        visitors.setdefault(code, set()).add(key[0])
    return {code: (n, len(visitors[code])) for code, n in counts.items()}
