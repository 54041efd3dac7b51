"""Policies in plain words: rows, pages, changes and days of the calendar. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from textwrap import wrap
from typing import TYPE_CHECKING

from privacykit.cli.terminal.words import columns, hanging, many
from privacykit.cli.terminal.words import table as fitted
from privacykit.policy.model import Policy
from privacykit.policy.words import Confidence, GpcStatus

if TYPE_CHECKING:
    from privacykit.cli.policy.ahead import Touch
    from privacykit.policy.clause import Clause, Practice
    from privacykit.policy.review.calendar import CalendarEntry, PendingEntry
    from privacykit.policy.review.difference import PolicyChange
    from privacykit.policy.review.sources import ClauseSource
    from privacykit.policy.strictness import Stated

Row = Mapping[str, object]

_COLUMNS = {
    "id": "ID",
    "name": "NAME",
    "follows": "FOLLOWS",
    "in_force": "IN FORCE",
    "age": "AGE",
    "gpc": "GPC",
    "analytics_storage": "COOKIES",
    "targeted_ads": "ADS",
    "sale": "SALE",
}
_SPARE = ("FOLLOWS", "IN FORCE")
_WIDTH = 26
_PAGE = 100
"""Longer lines are hard to read."""
_DECIDING = ("rules.", "consent_age", "minors.", "gpc", "dnt", "consent.", "handling", "retention")


def gpc_on(policy: Policy, on: date) -> GpcStatus:
    """Return what *policy* says of Global Privacy Control on the day *on*."""
    from privacykit.policy.merge import resolve

    gpc = resolve(policy, on).gpc
    return gpc.status if gpc is not None else GpcStatus.NOT_MANDATED


def searchable(policy: Policy) -> str:
    """Return the words of *policy* that a search looks at, in lower case."""
    title = policy.law.title if policy.law is not None else ""
    return f"{policy.id} {policy.name} {title}".lower()


def row(policy: Policy, on: date) -> Row:
    """Return one line of the list."""
    from privacykit.policy.merge import resolve

    now = resolve(policy, on)
    models = {use: rule.model.value for use, rule in now.rules.items()}
    age = now.age.years if now.age is not None else None
    return {
        "id": policy.id,
        "name": policy.name,
        "kind": policy.kind.value,
        "follows": sorted(policy.follows),
        "places": list(policy.places),
        "law": policy.law.title if policy.law is not None else None,
        "in_force": policy.law.in_force if policy.law is not None else None,
        "age": age,
        "gpc": gpc_on(policy, on).value,
        "rules": models,
        "hash": policy.hash,
    }


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Give the lines of a table with one policy each, and a count."""
    cells = [[_cell(one, key) for key in _COLUMNS] for one in rows]
    yield from fitted(list(_COLUMNS.values()), cells, _SPARE)
    yield f"{len(cells)} policies"


def _cell(one: Row, key: str) -> str:
    rules = one["rules"]
    value = one.get(key)
    if isinstance(rules, dict) and key in {"analytics_storage", "targeted_ads", "sale"}:
        value = rules.get(key)
    if value is None:
        return "-"
    text = "+".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def page(policy: Policy, on: date, *, whole: bool) -> Iterator[str]:
    """Give the lines that show *policy* as it stands on the day *on*."""
    from privacykit.policy.merge import resolve
    from privacykit.policy.override import statements

    now = resolve(policy, on)
    yield f"{policy.id} {policy.name}, on {on}"
    if now.id != policy.id:
        yield f"Its law is not in force on that day: what follows is {now.id}'s."
    law = now.law
    if law is not None:
        start = f", in force {_from(law.in_force, on)} {law.in_force}" if law.in_force else ""
        yield from _wrapped(f"{law.title}{start} ({law.clause.citation})")
    places = " ".join(now.places) or "no place of its own"
    yield from _wrapped(f"Follows {', '.join(sorted(now.follows)) or 'nobody'}; covers {places}.")
    for note in now.notes:
        yield from _wrapped(f"Note: {note}")
    for path, statement in statements(now).items():
        if whole or path.startswith(_DECIDING):
            yield from _statement(path, statement)
    yield from _coming(policy, on)


def as_data(policy: Policy, on: date) -> dict[str, object]:
    """Return *policy* as it stands on the day *on*, as plain data."""
    from privacykit.policy.merge import resolve
    from privacykit.policy.override import statements
    from privacykit.policy.review.wording import in_words

    now = resolve(policy, on)
    clauses = {
        path: {
            "says": in_words(statement),
            "clause": statement.clause.path,
            "citation": statement.clause.citation,
            "confidence": statement.clause.confidence.value,
            "read": statement.clause.read,
            "practice": statement.clause.practice,
            "note": statement.clause.note,
            "override": statement.clause.override,
        }
        for path, statement in statements(now).items()
    }
    coming = [{"on": a.on, "what": a.what} for a in policy.amendments]
    pending = [{"expected": one.expected, "what": one.what} for one in policy.pending]
    told = {"clauses": clauses, "amendments": coming, "pending": pending}
    return {**row(policy, on), "date": on, **told}


def change(one: PolicyChange) -> Iterator[str]:
    """Give the lines of one change."""
    looser = " (looser)" if one.looser else ""
    since = f" from {one.since}" if one.since else ""
    yield f"{one.policy} {one.path or 'the whole policy'}{since}{looser}"
    others = one.reaches[1:]
    if others:
        yield from _wrapped(f"reaches also {' '.join(others)}", 4)
    yield from _wrapped(f"- {one.old or 'nothing'}", 4)
    yield from _wrapped(f"+ {one.new or 'nothing'}", 4)


def day(entry: CalendarEntry) -> Iterator[str]:
    """Give the lines of one day."""
    told = f"{entry.what} [{entry.citation}; {entry.confidence}]"
    yield from hanging(f"{entry.on}  {entry.policy:<9} ", told)


def _statement(path: str, statement: Stated) -> Iterator[str]:
    from privacykit.policy.review.wording import in_words

    clause = statement.clause
    yield ""
    yield from _wrapped(f"{path}: {in_words(statement)}")
    origin = "" if ": " not in clause.path else f"from {clause.path.partition(': ')[0]}, "
    yield from _wrapped(f"{origin}{clause.citation} ({_sureness(clause)})", 4)
    if (other := clause.practice) is not None:
        found = f"{other.says} ({other.citation}; {_sureness(other)})"
        yield from _wrapped(f"in practice: {found}", 4)
    if clause.override:
        yield from _wrapped(f"overrides ours: {clause.override}", 4)
    if clause.note:
        yield from _wrapped(clause.note, 4)


def _coming(policy: Policy, on: date) -> Iterator[str]:
    for amendment in policy.amendments:
        if amendment.on > on:
            yield ""
            yield from _wrapped(f"Coming {amendment.on}: {amendment.what}")
    for one in policy.pending:
        yield ""
        day = f", perhaps {one.expected}" if one.expected else ""
        yield from _wrapped(f"Pending{day}: {one.what}")


def _from(day: date, on: date) -> str:
    return "since" if day <= on else "from"


def _sureness(source: Clause | Practice) -> str:
    read = f", read {source.read}" if source.read else ", not known when read"
    return f"{source.confidence.value}{read}"


def touched(one: Touch) -> Iterator[str]:
    """Give the lines that say what a day changes for a configuration."""
    told = "no decision of yours changes"
    if one.purposes:
        told = f"changes {', '.join(one.purposes)} at {' '.join(one.places)}"
    home = "; you are established there" if one.established else ""
    yield from _wrapped(told + home, 12)


def waiting(entry: PendingEntry) -> Iterator[str]:
    """Give the lines of something that may change."""
    day = str(entry.expected) if entry.expected else "no day set"
    told = f"{entry.what} [{entry.citation}; {entry.confidence}]"
    yield from hanging(f"{day:<10}  {entry.policy:<9} ", f"pending: {told}")


def sources(found: Sequence[ClauseSource], shown: Sequence[ClauseSource]) -> Iterator[str]:
    """Give a table of *shown* clauses, and of all *found* how many are how sure."""
    cells = [
        [
            str(s.read or "-"),
            s.confidence.value,
            s.weight.name.lower(),
            s.policy,
            s.path,
            s.citation,
        ]
        for s in shown
    ]
    yield from fitted(["READ", "HOW", "DECIDES", "ID", "CLAUSE", "CITATION"], cells, ("DECIDES",))
    counts = Counter(one.confidence for one in found)
    told = ", ".join(f"{counts[one]} {one.value}" for one in Confidence)
    more = f", {len(shown)} shown" if len(shown) < len(found) else ""
    yield f"{many(len(found), 'clause')}{more}: {told}"


def source_rows(shown: Iterable[ClauseSource]) -> list[Row]:
    """Return *shown* clauses as plain data."""
    return [
        {
            "policy": one.policy,
            "clause": one.path,
            "decides": one.weight.name.lower(),
            "citation": one.citation,
            "confidence": one.confidence.value,
            "read": one.read,
            "words_read": one.words_read,
        }
        for one in shown
    ]


def _wrapped(text: str, indent: int = 0) -> list[str]:
    space = " " * indent
    return wrap(text, min(columns(), _PAGE), initial_indent=space, subsequent_indent=space + "  ")
