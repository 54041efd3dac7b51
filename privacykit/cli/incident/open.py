"""``privacykit incident open``: the inventory frozen, the clocks started. Does I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.incident.opened_service import MOMENT, moment, moment_or_none, service_of
from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Acting
from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.govern.incidents.model import Incident, Instants, Touched
    from privacykit.operate.context import OperatorContext
    from privacykit.operate.incidents.asked import NewIncident
    from privacykit.operate.incidents.service import IncidentService


@dataclass(frozen=True, slots=True)
class IncidentTimes:
    """When: an option set."""

    aware: Annotated[
        str, typer.Option(metavar=MOMENT, help="When you were reasonably certain of it.")
    ] = ""
    happened: Annotated[str, typer.Option(metavar=MOMENT, help="When protection failed.")] = ""
    determined: Annotated[
        str, typer.Option(metavar=MOMENT, help="When it was determined or confirmed.")
    ] = ""
    assessed: Annotated[
        str, typer.Option(metavar=MOMENT, help="When it was assessed that it must be notified.")
    ] = ""

    def instants(self) -> Instants:
        """
        Return them.

        Raises:
            InputError: One is none.
        """
        from privacykit.govern.incidents.model import Instants

        return Instants(
            aware=moment(self.aware, "--aware"),
            happened=moment_or_none(self.happened, "--happened"),
            determined=moment_or_none(self.determined, "--determined"),
            assessed=moment_or_none(self.assessed, "--assessed"),
        )


@dataclass(frozen=True, slots=True)
class IncidentExtent:
    """What was touched: an option set."""

    stores: Annotated[
        list[str] | None,
        typer.Option(
            "--store", metavar="NAME", help="events, or dataset.collection; may be given again."
        ),
    ] = None
    everything: Annotated[bool, typer.Option("--all", help="Every store and collection.")] = False
    start: Annotated[
        str, typer.Option("--from", metavar=MOMENT, help="The first moment of the period.")
    ] = ""
    end: Annotated[str, typer.Option("--to", metavar=MOMENT, help="Its end.")] = ""
    read: Annotated[bool, typer.Option("--read", help="Somebody may have read it.")] = False
    changed: Annotated[bool, typer.Option("--changed", help="It was changed.")] = False
    lost: Annotated[bool, typer.Option("--lost", help="It is gone, or out of reach.")] = False
    keys: Annotated[
        str,
        typer.Option(metavar="NAMES", help="Keys exposed, with commas: salts,cookie,subject,…"),
    ] = ""
    places: Annotated[
        list[str] | None,
        typer.Option("--place", metavar="PLACE", help="Where people live, beside those counted."),
    ] = None


def open_(
    acting: Acting,
    times: IncidentTimes,
    extent: IncidentExtent,
    says: Annotated[str, typer.Option(metavar="TEXT", help="What happened, in your words.")] = "",
    drill: Annotated[
        bool, typer.Option("--drill", help="Rehearse on made-up data; marked so everywhere.")
    ] = False,
) -> None:
    """
    Open an incident: count what was touched, freeze that, start the clocks of every law.

    Values are counted by the stores and never shown. A rehearsal (--drill) needs no other option
    and ends with 1 where something that a notice needs was not stated in the configuration.

    Raises:
        InputError: A moment, store, key or place is none, or it is not said what was touched.
    """
    from privacykit.cli.incident import words
    from privacykit.operate.incidents.law import organisation_of

    with opened(acting.config, changes=True) as context:
        service, actor = service_of(context), context.operator(acting.operator)
        if drill:
            incident = _rehearsal(service, context, actor, extent)
        else:
            incident = service.open(_new(times, extent, says), actor)
        duties = service.duties(incident)
        missing = organisation_of(context).missing()
    if acting.as_json:
        say_json(words.incident_data(incident, duties, missing))
    else:
        for line in words.opened_lines(incident, duties):
            say(line)
    if missing:
        warn(f"PK355 not stated in the configuration: {', '.join(missing)}")
        if drill:
            stop(Exit.FOUND)


def _rehearsal(
    service: IncidentService, context: OperatorContext, actor: str, extent: IncidentExtent
) -> Incident:
    from datetime import UTC, datetime

    from privacykit.operate.incidents.drill import made_up
    from privacykit.operate.incidents.law import establishments

    places = _places(extent) or tuple(_normal(p) for p in establishments(context)) or ("DE", "BR")
    new, inventory = made_up(datetime.fromtimestamp(context.clock(), UTC), places)
    return service.rehearse(new, inventory, actor)


def _new(times: IncidentTimes, extent: IncidentExtent, says: str) -> NewIncident:
    """
    Return what was said on the command line.

    Raises:
        InputError: It is not said what was touched, or when.
    """
    from privacykit.operate.incidents.asked import NewIncident

    if bool(extent.stores) == extent.everything:
        raise InputError("say what was touched: --store NAME, again for more, or --all")
    if not times.aware:
        raise InputError("say when you were reasonably certain of it: --aware MOMENT")
    touched: list[Touched] = []
    if extent.read:
        touched.append("read")
    if extent.changed:
        touched.append("changed")
    if extent.lost:
        touched.append("lost")
    if not touched:
        raise InputError("say what became of it: --read, --changed, --lost, one or more")
    start, end = moment_or_none(extent.start, "--from"), moment_or_none(extent.end, "--to")
    return NewIncident(
        instants=times.instants(),
        stores=tuple(extent.stores or ()),
        start=start.timestamp() if start else None,
        end=end.timestamp() if end else None,
        touched=tuple(touched),
        keys=tuple(key.strip() for key in extent.keys.split(",") if key.strip()),
        places=_places(extent),
        says=says,
    )


def _places(extent: IncidentExtent) -> tuple[str, ...]:
    """
    Return the places that were named.

    Raises:
        InputError: One is none.
    """
    from privacykit.policy.place import NOWHERE, UNKNOWN

    found = tuple(_normal(text) for text in extent.places or ())
    named = zip(found, extent.places or (), strict=True)
    if any(place == UNKNOWN and text.upper() not in NOWHERE for place, text in named):
        raise InputError("--place names no place: write DE or US-CA, ZZ if unknown")
    return found


def _normal(text: str) -> str:
    from privacykit.policy.place import normalise_place

    return normalise_place(text)
