"""
``privacykit policy impact`` and ``calendar``: what a change, or the coming year, brings.

Reads policy files and, where one is named, a configuration; writes to standard output.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.policy.files import CONFIGURED, ON, OWN, day_of, law_of, say_all, written
from privacykit.cli.terminal.console import JSON, Exit, say, say_json, stop
from privacykit.policy.place import UNKNOWN

if TYPE_CHECKING:
    from privacykit.cli.policy.asked import Asking
    from privacykit.decide.impact.change import AskedPurpose, Impact, LawOn
    from privacykit.policy.policyset import PolicySet
    from privacykit.policy.review.calendar import CalendarEntry


@dataclass(frozen=True, slots=True)
class Touch:
    """
    What a day of the calendar changes for the sites of a configuration.

    Attributes:
        purposes: Those that are decided otherwise.
        places: Where.
        established: Whether the operator is established there.
    """

    purposes: tuple[str, ...]
    places: tuple[str, ...]
    established: bool


def impact(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A directory of policies, or a day.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another of the same kind.")],
    *,
    on: ON = None,
    config: CONFIGURED = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Looser decisions are meant: end with 0.")
    ] = False,
    whole: Annotated[
        bool, typer.Option("--all", help="Every kind of case and every place.")
    ] = False,
    policies: OWN = None,
    json: JSON = False,
) -> None:
    """
    Say which decisions change between two sets of policies, or between two days.

    Every place, signal and age is tried with every purpose of the configuration, or with every use
    the law knows. Ends with 1 if any decision gets looser.
    """
    from privacykit.cli.policy import impact_words as words
    from privacykit.decide.impact.compare import compare

    asked = _asking(config)
    was, now = _laws(old, new, on, policies, asked)
    impacts = compare(was, now, _subjects(asked, was, now))
    looser = any(one.looser for one in impacts)
    if json:
        say_json({"looser": looser, "impacts": list(map(words.as_data, impacts))})
    else:
        say_all(words.in_words(impacts, whole=whole))
        say(words.summary(impacts))
        if asked is not None and not asked.located:
            say("Nothing tells where a visitor is: every one is at ZZ.")
    if looser and not accept:
        stop(Exit.FOUND)


def show_calendar(
    *,
    since: Annotated[
        str | None,
        typer.Option("--on", "--from", metavar="DATE", help="First day; today if absent."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day; a year later if absent.")
    ] = None,
    config: CONFIGURED = None,
    policies: OWN = None,
    json: JSON = False,
) -> None:
    """
    List what changes when, from the policies' own dates.

    With a configuration, say for each day which of its purposes are decided otherwise, and where.
    """
    from privacykit.cli.policy import render as words
    from privacykit.policy.review.calendar import calendar, pending

    asked = _asking(config)
    law = asked.law if asked is not None and not policies else law_of(policies)
    first = day_of(since)
    last = day_of(until) if until else _year_after(first)
    entries = [entry for entry in calendar(law) if first <= entry.on <= last]
    touches = _touches(asked, law, entries) if asked is not None else [None] * len(entries)
    waiting = pending(law)
    if json:
        days = [_day(*one) for one in zip(entries, touches, strict=True)]
        say_json({"days": days, "pending": waiting})
        return
    for entry, touch in zip(entries, touches, strict=True):
        say_all(words.day(entry))
        if touch is not None:
            say_all(words.touched(touch))
    say_all(line for one in waiting for line in words.waiting(one))


def _day(entry: CalendarEntry, touch: Touch | None) -> dict[str, object]:
    told = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return told if touch is None else {**told, "touches": touch}


def _asking(config: Path | None) -> Asking | None:
    from privacykit.cli.policy.asked import asking

    return None if config is None else asking(config)


def _laws(
    old: str, new: str, on: str | None, policies: list[Path] | None, asked: Asking | None
) -> tuple[LawOn, LawOn]:
    from privacykit.decide.impact.change import LawOn
    from privacykit.policy.override import put_over
    from privacykit.policy.policyset import PolicySet

    days = _as_day(old), _as_day(new)
    if days[0] is not None and days[1] is not None:
        law = asked.law if asked is not None and not policies else law_of(policies)
        return LawOn(law, days[0]), LawOn(law, days[1])
    if days != (None, None):
        stop(Exit.MISUSE, "a day and a directory cannot be compared: name two of one kind")
    day, over = day_of(on), asked.own if asked is not None else ()

    def law_in(directory: str) -> LawOn:
        put = put_over(written(Path(directory)), over)
        return LawOn(PolicySet.from_policies(put.values()), day)

    return law_in(old), law_in(new)


def _as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _subjects(asked: Asking | None, old: LawOn, new: LawOn) -> Iterable[AskedPurpose]:
    from privacykit.decide.impact.bare_law import bare_law

    return bare_law(old.policies, new.policies) if asked is None else asked.subjects


def _touches(asked: Asking, law: PolicySet, entries: list[CalendarEntry]) -> list[Touch | None]:
    """Return for each of *entries* what it changes for the sites of a configuration."""
    from privacykit.decide.impact.change import LawOn
    from privacykit.decide.impact.compare import compare_each
    from privacykit.policy.review.calendar import places_of

    days = sorted({entry.on for entry in entries})
    pairs = [(LawOn(law, day - timedelta(days=1)), LawOn(law, day)) for day in days]
    by_day = dict(zip(days, compare_each(pairs, asked.subjects), strict=True))
    return [
        touch_of(by_day[entry.on], places_of(law, entry.policy), asked.establishments)
        for entry in entries
    ]


def touch_of(impacts: Iterable[Impact], reached: AbstractSet[str], homes: Iterable[str]) -> Touch:
    """
    Return which of *impacts* happen at the places that a policy reaches.

    Args:
        impacts: What changes on the day.
        reached: The places of the policy and of those that build on it, and its own id.
        homes: Where the operator is established.
    """
    purposes: dict[str, None] = {}
    places: dict[str, None] = {}
    for one in impacts:
        if own := reached & set(one.places):
            purposes.update(dict.fromkeys(name for name, _ in one.subjects))
            places.update(dict.fromkeys(sorted(own)))
            places.update({UNKNOWN: None} if UNKNOWN in one.places else {})
    return Touch(tuple(purposes), tuple(places), not reached.isdisjoint(homes))


def _year_after(day: date) -> date:
    last = min(day.day, monthrange(day.year + 1, day.month)[1])
    return date(day.year + 1, day.month, last)
