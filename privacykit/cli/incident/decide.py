"""``privacykit incident decide`` and ``close``: what was decided, and why. Writes the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.incident.opened_service import INCIDENT, MOMENT, moment_or_none, service_of
from privacykit.cli.terminal.console import say, say_json
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Acting
from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.govern.incidents.model import IncidentDecision, Instants


@dataclass(frozen=True, slots=True)
class IncidentVerdict:
    """What is decided, for which law, and why: an option set."""

    law: Annotated[
        str, typer.Option("--law", metavar="ID", help="Which law, as `status` names it; else all.")
    ] = "*"
    authority: Annotated[bool, typer.Option("--authority", help="About the authority.")] = False
    people: Annotated[bool, typer.Option("--people", help="About the people.")] = False
    notify: Annotated[bool, typer.Option("--notify", help="They are told.")] = False
    not_notify: Annotated[bool, typer.Option("--not-notify", help="They are not told.")] = False
    told: Annotated[
        str, typer.Option("--told", metavar=MOMENT, help="When they were told; else it is due.")
    ] = ""
    because: Annotated[
        str, typer.Option("--because", metavar="TEXT", help="The reasons; the register keeps them.")
    ] = ""

    @property
    def is_given(self) -> bool:
        """Whether anything is decided."""
        return self.authority or self.people or self.notify or self.not_notify

    def check(self) -> None:
        """
        Check that it is said what is decided, and why.

        Raises:
            InputError: It is not.
        """
        if self.authority == self.people or self.notify == self.not_notify:
            raise InputError("one of --authority and --people, one of --notify and --not-notify")
        if not self.because.strip():
            raise InputError("say why: --because TEXT")

    def decision(self, actor: str, now: float) -> IncidentDecision:
        """Return it, as the register keeps it."""
        from privacykit.govern.incidents.model import IncidentDecision

        at = moment_or_none(self.told, "--told")
        return IncidentDecision(
            policy=self.law,
            told="authority" if self.authority else "people",
            notify=self.notify,
            because=self.because,
            by=actor,
            at=now,
            told_at=at.timestamp() if at else None,
        )


@dataclass(frozen=True, slots=True)
class LaterInstants:
    """What came to be known later: an option set."""

    determined: Annotated[
        str, typer.Option(metavar=MOMENT, help="When it was determined, if that came later.")
    ] = ""
    assessed: Annotated[
        str, typer.Option(metavar=MOMENT, help="When it was assessed, if that came later.")
    ] = ""

    def over(self, known: Instants) -> Instants:
        """Return *known* with what came later."""
        from msgspec.structs import replace

        return replace(
            known,
            determined=moment_or_none(self.determined, "--determined") or known.determined,
            assessed=moment_or_none(self.assessed, "--assessed") or known.assessed,
        )


def decide(
    acting: Acting, verdict: IncidentVerdict, later: LaterInstants, incident_id: INCIDENT = ""
) -> None:
    """
    Write down whether to notify, for one law or all, with the reasons; or what came to be known.

    Raises:
        InputError: It is not said what is decided, or why.
    """
    from privacykit.cli.incident import words

    if verdict.is_given:
        verdict.check()
    elif not (later.determined or later.assessed):
        raise InputError("say what is decided: --authority or --people, --notify or --not-notify")
    with opened(acting.config, changes=True) as context:
        service, actor = service_of(context), context.operator(acting.operator)
        incident = service.found(incident_id)
        if later.determined or later.assessed:
            instants = later.over(incident.instants)
            incident = service.later(incident.incident_id, instants, actor)
        if verdict.is_given:
            decision = verdict.decision(actor, context.clock())
            incident = service.decide(incident.incident_id, decision, actor)
        duties = service.duties(incident)
    if acting.as_json:
        say_json(words.incident_data(incident, duties))
        return
    for line in words.status_lines(incident, duties):
        say(line)


def close(
    acting: Acting,
    incident_id: INCIDENT = "",
    remedy: Annotated[
        str, typer.Option("--remedy", metavar="TEXT", help="What was done about it.")
    ] = "",
) -> None:
    """
    Close an incident; its entry stays as long as the longest register duty asks.

    Raises:
        InputError: There is none, or a notice runs that was neither given nor decided against.
    """
    with opened(acting.config, changes=True) as context:
        service, actor = service_of(context), context.operator(acting.operator)
        incident, until, why = service.close(incident_id, remedy, actor)
    if acting.as_json:
        say_json({"incident": incident.incident_id, "kept_until": until, "because": why})
        return
    day = f"{datetime.fromtimestamp(until, UTC):%Y-%m-%d}"
    say(f"{incident.incident_id} is closed; the register keeps it until {day}: {why}")
