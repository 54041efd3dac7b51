"""``privacykit incident status``, ``show`` and ``list``: what is due, what is known."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.incident.opened_service import INCIDENT, service_of
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.terminal.opened import opened
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.govern.incidents.model import Incident
    from privacykit.operate.incidents.service import IncidentService


class InventoryFormat(StrEnum):
    """How an inventory is written."""

    MARKDOWN = "markdown"
    HTML = "html"
    CSV = "csv"
    JSON = "json"


def status(
    incident_id: INCIDENT = "", config: CONFIG = DEFAULT_FILE, as_json: JSON = False
) -> None:
    """
    Say what is due, the earliest first; no duty is left out, done ones come last.

    Ends with 1 when something is overdue; where no incident is named, in any that is open.
    """
    from privacykit.cli.incident import words
    from privacykit.govern.incidents.clocks import pressing

    with opened(config, look=True) as context:
        service = service_of(context)
        incident = service.found(incident_id)
        shown = [incident, *(() if incident_id else _others(service, incident))]
        known = [(one, service.duties(one)) for one in shown]
    duties = known[0][1]
    late = {
        one.incident_id: next((d for d in its if d.state == "overdue" and pressing(d)), None)
        for one, its in known
        if one.closed_at is None
    }
    behind = [(one, late[one.incident_id]) for one, _ in known[1:] if late[one.incident_id]]
    if as_json:
        ids = [one.incident_id for one, _ in behind]
        say_json(words.incident_data(incident, duties) | {"others_overdue": ids})
    else:
        for line in words.status_lines(incident, duties):
            say(line)
        for one, duty in behind:
            say(words.list_line(one, duty))
    if any(late.values()):
        stop(Exit.FOUND)


def _others(service: IncidentService, incident: Incident) -> list[Incident]:
    """Return the other incidents that are open; a rehearsal presses nobody."""
    known = service.register.all()
    return [
        one
        for one in known
        if one.incident_id != incident.incident_id and one.closed_at is None and not one.drill
    ]


def show(
    incident_id: INCIDENT = "",
    public: Annotated[
        bool, typer.Option("--public", help="Groups of few people are not told.")
    ] = False,
    shown: Annotated[
        InventoryFormat,
        typer.Option("--format", help="How it is written; --json is short for json."),
    ] = InventoryFormat.MARKDOWN,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Show the frozen inventory: stores, data, people, places, salts, keys, recipients."""
    from privacykit.cli.documents.made import put
    from privacykit.cli.incident import words

    with opened(config, look=True) as context:
        service = service_of(context)
        incident = service.found(incident_id)
        duties = service.duties(incident)
        small = context.settings.incident.small if public else 0
    if as_json or shown is InventoryFormat.JSON:
        say_json(words.incident_data(incident, duties))
    else:
        put(_written(incident, shown, small), None)


def _written(incident: Incident, shown: InventoryFormat, small: int) -> str:
    from privacykit.documents.incident.blocks import as_html, as_markdown
    from privacykit.documents.incident.inventory import inventory_blocks
    from privacykit.documents.incident.sheet import inventory_csv

    if shown is InventoryFormat.CSV:
        return inventory_csv(incident, small=small)
    blocks = inventory_blocks(incident, small=small)
    if shown is InventoryFormat.HTML:
        return as_html(f"Incident {incident.incident_id}", blocks)
    return as_markdown(blocks)


def list_(config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """List the register: every incident, rehearsals marked, and what is due next."""
    from privacykit.cli.incident import words
    from privacykit.govern.incidents.clocks import pressing

    with opened(config, look=True) as context:
        service = service_of(context)
        known = [(one, service.duties(one)) for one in service.register.all()]
    if as_json:
        say_json([words.incident_data(one, duties) for one, duties in known])
        return
    for one, duties in known:
        due = [duty for duty in duties if pressing(duty)]
        say(words.list_line(one, due[0] if due else None))
    if not known:
        say("no incident was opened yet")
