"""Impacts of a change of policies, in words and as data. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from privacykit.cli.terminal.words import hanging, many
from privacykit.decide.impact.bare_law import OPERATORS
from privacykit.decide.impact.change import Change, Impact
from privacykit.decide.reason import Consent, Reason

SHOWN = 4
"""Kinds of cases of one change that are told, unless all are asked for."""
_FEW = 12
_CHOICES = {
    "none": "no choice",
    "granted": "consent",
    "granted_explicit": "explicit consent",
    "denied": "a refusal",
    "withdrawn": "a withdrawal",
}
_FLAGS = {
    "gpc": ("without GPC", "with GPC"),
    "dnt": ("without DNT", "with DNT"),
    "opted_out": ("without an opt-out", "after an opt-out"),
    "parental_consent": ("without a parent's consent", "with a parent's consent"),
    "consent_after_gpc": ("consent not knowing of the signal", "consent knowing of the signal"),
    "signed_authorization": ("unsigned", "signed"),
}


def in_words(impacts: Iterable[Impact], *, whole: bool) -> Iterator[str]:
    """Give the lines that tell *impacts*; *whole* tells every kind of case."""
    for one in impacts:
        yield from hanging("", f"{_subjects(one)} at {_places(one.places, whole=whole)}", 2)
        told = groupby(one.changes, key=lambda change: (change.old, change.new))
        for (old, new), changes in told:
            yield from _transition(old.word, new.word, list(changes), whole=whole)
        yield ""


def as_data(one: Impact) -> dict[str, Any]:
    """Return *one* as plain data."""
    return {
        "purposes": [{"purpose": name, "of": site or None} for name, site in one.subjects],
        "places": one.places,
        "looser": one.looser,
        "changes": [
            {
                "old": change.old.word,
                "new": change.new.word,
                "looser": change.looser,
                "when": {name: list(map(_plain, v)) for name, v in change.cases().items()},
                "was": change.before,
                "is": change.after,
            }
            for change in one.changes
        ],
    }


def summary(impacts: Sequence[Impact]) -> str:
    """Return how much of it there is."""
    if not impacts:
        return "no decision changes"
    places = {place for one in impacts for place in one.places}
    changes = [change for one in impacts for change in one.changes]
    looser = sum(change.looser for change in changes)
    return (
        f"{many(len(changes), 'kind')} of case decided otherwise at {many(len(places), 'place')},"
        f" {looser} of them looser"
    )


def _transition(old: str, new: str, changes: list[Change], *, whole: bool) -> Iterator[str]:
    looser = "looser" if changes[0].looser else "stricter"
    yield f"  {old} -> {new} ({looser})"
    shown = changes if whole else changes[:SHOWN]
    for change in shown:
        yield from hanging("    ", _cases(change), 6)
    if len(shown) < len(changes):
        yield f"    and {many(len(changes) - len(shown), 'kind')} of case more: --all"
    yield from hanging("    ", f"was {_reason(changes[0].before)}", 6)
    yield from hanging("    ", f"is {_reason(changes[0].after)}", 6)


def _subjects(one: Impact) -> str:
    by_site: dict[str, list[str]] = {}
    for name, site in one.subjects:
        by_site.setdefault(site, []).append(name)
    alike: dict[tuple[str, ...], list[str]] = {}
    for site, names in by_site.items():
        alike.setdefault(tuple(names), []).append(site)
    return "; ".join(", ".join(names) + _of(sites) for names, sites in alike.items())


def _of(sites: Sequence[str]) -> str:
    """Say whose purposes they are, unless they are everybody's."""
    if set(sites) >= set(OPERATORS) or not any(sites):
        return ""
    return f" of {', '.join(site or 'ordinary operators' for site in sites)}"


def _places(places: Sequence[str], *, whole: bool) -> str:
    if whole or len(places) <= _FEW:
        return " ".join(places)
    return f"{' '.join(places[:_FEW])} and {len(places) - _FEW} more"


def _reason(reason: Reason) -> str:
    clause = f"{reason.jurisdiction} {reason.clause}"
    return f"{reason.code}: {clause} [{reason.citation}; {reason.confidence}]"


def _cases(change: Change) -> str:
    cases, axes = change.cases(), dict(change.grid.axes)
    told = [_PHRASES.get(name, _flag)(name, cases[name], axes[name]) for name in cases]
    return ", ".join(told) or "whatever is said"


def _flag(name: str, values: Sequence[Any], _: Sequence[Any]) -> str:
    return _FLAGS[name][bool(values[0])]


def _choice(_: str, values: Sequence[Any], every: Sequence[Any]) -> str:
    if len(values) > len(every) / 2:
        missing = [_CHOICES[one.value] for one in every if one not in values]
        return f"anything but {' or '.join(missing)}"
    return " or ".join(_CHOICES[one.value] for one in values)


def _age(_: str, values: Sequence[Any], every: Sequence[Any]) -> str:
    known = [*_ranges([v for v in values if v is not None], [v for v in every if v is not None])]
    return " or ".join([*["age unknown"] * (None in values), *(f"age {one}" for one in known)])


def _months(what: str) -> Callable[[str, Sequence[Any], Sequence[Any]], str]:
    def told(_: str, values: Sequence[Any], every: Sequence[Any]) -> str:
        numbers = [v for v in values if v is not None]
        known = [*_ranges(numbers, [v for v in every if v is not None])]
        unknown = [f"{what} of unknown age"] * (None in values)
        return " or ".join([*unknown, *(f"{what} {one} months old" for one in known)])

    return told


_PHRASES: Mapping[str, Callable[[str, Sequence[Any], Sequence[Any]], str]] = {
    "consent": _choice,
    "age": _age,
    "months_since_consent": _months("consent"),
    "months_since_refusal": _months("refusal"),
}


def _ranges(values: Sequence[int], every: Sequence[int]) -> Iterator[str]:
    """Give neighbouring *values* of *every* as ranges; each value stands for all up to the next."""
    first: int | None = None
    for value, after in zip(every, [*every[1:], None], strict=True):
        if value in values:
            first = value if first is None else first
            if after is None or after not in values:
                yield _range(first, None if after is None else after - 1)
                first = None


def _range(first: int, last: int | None) -> str:
    if last is None:
        return f"{first} and more"
    return str(first) if first == last else f"{first} to {last}"


def _plain(value: object) -> object:
    return value.value if isinstance(value, Consent) else value
