"""``privacykit incident status``, ``show`` and ``list``: what is due, what is known."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.incident.opened_service import INCIDENT, service_of
from privacykit.cli.opened import opened
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.govern.incidents.model import Incident


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

    Ends with 1 when something is overdue.
    """
    from privacykit.cli.incident import words

    with opened(config, look=True) as context:
        service = service_of(context)
        incident = service.found(incident_id)
        duties = service.duties(incident)
    if as_json:
        say_json(words.incident_data(incident, duties))
    else:
        for line in words.status_lines(incident, duties):
            say(line)
    late = [d for d in duties if d.state == "overdue" and d.threshold != "not_met"]
    if late and incident.closed_at is None:
        stop(Exit.FOUND)


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

    with opened(config, look=True) as context:
        service = service_of(context)
        known = [(one, service.duties(one)) for one in service.register.all()]
    if as_json:
        say_json([words.incident_data(one, duties) for one, duties in known])
        return
    for one, duties in known:
        due = [d for d in duties if d.state in {"due", "overdue"} and d.threshold != "not_met"]
        say(words.list_line(one, due[0] if due else None))
    if not known:
        say("no incident was opened yet")
