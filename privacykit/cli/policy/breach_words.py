"""Breach clocks in words and as data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from privacykit.cli.terminal.words import hanging

if TYPE_CHECKING:
    from privacykit.govern.breach import BreachDuty

_ASSUMED = {
    "may_be_earlier": "counted from noticing, as nobody said when protection failed: it may be"
    " over earlier",
    "not_later": "counted from noticing, which is never later: say --established",
    "as_due": "counted from the last moment of the other notice, which was not given yet",
}
_OPEN = "counts from the other notice, which was not given yet and has no number"
_STARTS = {"unsaid": "no moment the law names"}


def in_words(duties: Iterable[BreachDuty]) -> Iterator[str]:
    """Give the lines that tell *duties*, those of several laws that say the same together."""
    alike: dict[tuple[object, ...], list[str]] = {}
    first: dict[tuple[object, ...], BreachDuty] = {}
    for one in duties:
        said = (one.told, one.owed, one.due, one.says, one.when, one.at_least_people)
        key: tuple[object, ...] = (*said, one.clause.citation)
        alike.setdefault(key, []).append(one.policy)
        first.setdefault(key, one)
    for key, ids in alike.items():
        yield from _lines(first[key], ids)


def as_data(one: BreachDuty) -> dict[str, object]:
    """Return *one* as plain data."""
    clause = one.clause
    return {
        "policy": one.policy,
        "told": one.told.value,
        "owed": one.owed,
        "due": one.due,
        "from": one.start.value if one.start else None,
        "counted_from": one.counted_from,
        "assumed": one.assumed.value if one.assumed else None,
        "says": one.says,
        "when": one.when,
        "at_least_people": one.at_least_people,
        "clause": clause.path,
        "citation": clause.citation,
        "confidence": clause.confidence.value,
        "read": clause.read,
        "note": clause.note,
    }


def _lines(one: BreachDuty, ids: list[str]) -> Iterator[str]:
    due = f"{one.due:%Y-%m-%d %H:%M %Z}" if one.due else "no number"
    due = due if one.owed else "not owed"
    yield from hanging(f"{due:<21} {one.told.value:<10} ", f"{' '.join(ids)}: {_says(one)}")
    for told in (_people(one), one.when and f"if: {one.when}", _assumed(one), one.clause.note):
        if told:
            yield from hanging("    ", told, 4)
    clause = one.clause
    yield from hanging("    ", f"{clause.citation} ({clause.confidence.value})", 4)


def _says(one: BreachDuty) -> str:
    if one.start is None:
        return one.says
    start = _STARTS.get(one.start.value, one.start.value.replace("_", " "))
    return f"{one.says} from {start}"


def _people(one: BreachDuty) -> str:
    return f"from {one.at_least_people} people affected" if one.at_least_people else ""


def _assumed(one: BreachDuty) -> str:
    if one.assumed is None or not one.owed:
        return ""
    return _ASSUMED[one.assumed.value] if one.counted_from else _OPEN
