"""
``privacykit policy breach``: who must be told of a breach, by when, and from when that counts.

Reads policy files; writes to standard output.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from privacykit.cli.policy.files import CONFIGURED, OWN, law_of, say_all
from privacykit.cli.terminal.console import JSON, Exit, say_json, stop

if TYPE_CHECKING:
    from privacykit.govern.requests.deadlines import WorkCalendar
    from privacykit.policy.model import Policy
    from privacykit.policy.policyset import PolicySet

_MOMENT = "MOMENT"


def breach(  # noqa: PLR0913  # typer makes one option of each parameter
    *,
    places: Annotated[
        list[str],
        typer.Option("--place", metavar="PLACE", help="Where people are affected; may repeat."),
    ],
    noticed: Annotated[
        str,
        typer.Option(metavar=_MOMENT, help="When you noticed it, or were told: 2026-11-28T09:30."),
    ],
    happened: Annotated[
        str | None, typer.Option(metavar=_MOMENT, help="When protection failed.")
    ] = None,
    established: Annotated[
        str | None, typer.Option(metavar=_MOMENT, help="When it was determined or confirmed.")
    ] = None,
    authority_told: Annotated[
        str | None, typer.Option(metavar=_MOMENT, help="When the authority was told.")
    ] = None,
    people_told: Annotated[
        str | None, typer.Option(metavar=_MOMENT, help="When the people affected were told.")
    ] = None,
    people: Annotated[
        int | None, typer.Option(min=0, help="How many are affected in each of the places.")
    ] = None,
    establishment: Annotated[
        list[str] | None, typer.Option(help="Where the operator is established; may repeat.")
    ] = None,
    config: CONFIGURED = None,
    policies: OWN = None,
    json: JSON = False,
) -> None:
    """
    Say who must be told of a breach, by when, and from what moment each law counts.

    A moment that is not said is taken as early as it can be. Moments without an offset are those
    of this machine's clock.
    """
    from privacykit.cli.policy import breach_words as words
    from privacykit.govern.breach import Moments, breach_duties

    moments = Moments(
        noticed=_moment(noticed),
        happened=_moment_or_none(happened),
        established=_moment_or_none(established),
        authority_told=_moment_or_none(authority_told),
        people_told=_moment_or_none(people_told),
    )
    where = _where(config, policies)
    homes = tuple(establishment or where.homes)
    found = _policies(places, homes, moments.noticed, where.law)
    duties = breach_duties(found, moments, where.calendar, people)
    if json:
        say_json([words.as_data(one) for one in duties])
    else:
        say_all(words.in_words(duties))


class _Where(NamedTuple):
    """The policies in force, where the operator is established, and its days of rest."""

    law: PolicySet
    homes: tuple[str, ...]
    calendar: WorkCalendar


def _where(config: Path | None, own: list[Path] | None) -> _Where:
    from privacykit.govern.requests.deadlines import WorkCalendar

    if config is None:
        return _Where(law_of(own), (), WorkCalendar())
    from privacykit.operate.applicable import ApplicableLaw
    from privacykit.settings.load import load
    from privacykit.settings.paths import Paths

    settings = load(str(config))
    applicable = ApplicableLaw(settings, Paths.beside(str(config)))
    sites = (code for site in settings.site for code in site.establishments)
    homes = dict.fromkeys((*settings.controller.establishments, *sites))
    law = law_of(own) if own else applicable.law.policies
    return _Where(law, tuple(homes), applicable.calendar)


def _policies(
    places: list[str], homes: tuple[str, ...], noticed: datetime, law: PolicySet
) -> list[Policy]:
    from privacykit.policy.audience import Audience
    from privacykit.policy.place import NOWHERE, UNKNOWN, normalise_place

    found: dict[str, Policy] = {}
    for text in places:
        place = normalise_place(text)
        if place == UNKNOWN and text.upper() not in NOWHERE:
            stop(Exit.MISUSE, "--place names no place: write DE or US-CA, ZZ if unknown")
        covering = law.covering(place, on=noticed.date(), audience=Audience(establishments=homes))
        found.update({policy.id: policy for policy in covering})
    return list(found.values())


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        stop(Exit.MISUSE, "not a moment: write 2026-11-28T09:30, or 2026-11-28T09:30+01:00")


def _moment_or_none(text: str | None) -> datetime | None:
    return None if text is None else _moment(text)
