"""Policies in plain words: rows, pages, changes and days of the calendar. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from textwrap import wrap

from privacykit.policy.calendar import Entry
from privacykit.policy.difference import Change
from privacykit.policy.merge import resolve
from privacykit.policy.model import Policy
from privacykit.policy.override import statements
from privacykit.policy.wording import in_words
from privacykit.policy.words import GpcStatus

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
_WIDTH = 26
_DECIDING = ("rules.", "consent_age", "minors.", "gpc", "dnt", "consent.", "handling", "retention")


def gpc_on(policy: Policy, on: date) -> GpcStatus:
    """Return what *policy* says of Global Privacy Control on the day *on*."""
    gpc = resolve(policy, on).gpc
    return gpc.status if gpc is not None else GpcStatus.NOT_MANDATED


def searchable(policy: Policy) -> str:
    """Return the words of *policy* that a search looks at, in lower case."""
    title = policy.law.title if policy.law is not None else ""
    return f"{policy.id} {policy.name} {title}".lower()


def row(policy: Policy, on: date) -> Row:
    """Return one line of the list."""
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
    lines = [list(_COLUMNS.values()), *cells]
    widths = [max(len(line[at]) for line in lines) for at in range(len(_COLUMNS))]
    for line in lines:
        yield "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
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
    now = resolve(policy, on)
    yield f"{policy.id} {policy.name}, on {on}"
    if now.id != policy.id:
        yield f"Its law is not in force on that day: what follows is {now.id}'s."
    law = now.law
    if law is not None:
        start = f", in force since {law.in_force}" if law.in_force else ""
        yield from _wrapped(f"{law.title}{start} ({law.clause.citation})")
    places = " ".join(now.places) or "no place of its own"
    yield from _wrapped(f"Follows {', '.join(sorted(now.follows)) or 'nobody'}; covers {places}.")
    for note in now.notes:
        yield from _wrapped(f"Note: {note}")
    for path, statement in statements(now).items():
        if not whole and not path.startswith(_DECIDING):
            continue
        clause = statement.clause
        yield ""
        yield from _wrapped(f"{path}: {in_words(statement)}")
        origin = "" if ": " not in clause.path else f"from {clause.path.partition(': ')[0]}, "
        yield from _wrapped(f"{origin}{clause.citation} ({clause.confidence.value})", 4)
        if clause.override:
            yield from _wrapped(f"overrides ours: {clause.override}", 4)
        if clause.note:
            yield from _wrapped(clause.note, 4)
    coming = [a for a in policy.amendments if a.on > on]
    for amendment in coming:
        yield ""
        yield from _wrapped(f"Coming {amendment.on}: {amendment.what}")


def as_data(policy: Policy, on: date) -> dict[str, object]:
    """Return *policy* as it stands on the day *on*, as plain data."""
    now = resolve(policy, on)
    clauses = {
        path: {
            "says": in_words(statement),
            "clause": statement.clause.path,
            "citation": statement.clause.citation,
            "confidence": statement.clause.confidence.value,
            "note": statement.clause.note,
            "override": statement.clause.override,
        }
        for path, statement in statements(now).items()
    }
    coming = [{"on": a.on, "what": a.what} for a in policy.amendments]
    return {**row(policy, on), "date": on, "clauses": clauses, "amendments": coming}


def change(one: Change) -> Iterator[str]:
    """Give the lines of one change."""
    looser = " (looser)" if one.looser else ""
    since = f" from {one.since}" if one.since else ""
    yield f"{one.policy} {one.path or 'the whole policy'}{since}{looser}"
    others = one.reaches[1:]
    if others:
        yield from _wrapped(f"reaches also {' '.join(others)}", 4)
    yield from _wrapped(f"- {one.old or 'nothing'}", 4)
    yield from _wrapped(f"+ {one.new or 'nothing'}", 4)


def day(entry: Entry) -> str:
    """Return the line of one day."""
    return f"{entry.on}  {entry.policy:<9} {entry.what} [{entry.citation}; {entry.confidence}]"


def _wrapped(text: str, indent: int = 0) -> list[str]:
    space = " " * indent
    return wrap(text, 100, initial_indent=space, subsequent_indent=space + "  ")
