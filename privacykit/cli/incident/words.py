"""Incidents and their clocks in words and as data. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from privacykit.cli.terminal.words import hanging, moment, red

if TYPE_CHECKING:
    from privacykit.govern.incidents.clocks import IncidentDuty
    from privacykit.govern.incidents.model import Incident

DRILL = "REHEARSAL ON MADE-UP DATA"
_ASSUMED = {
    "may_be_earlier": "counted from awareness, as nobody said when it happened: it may be over"
    " earlier",
    "not_later": "counted from awareness, which is never later: say --determined or --assessed",
    "as_due": "counted from the last moment of the other notice, which was not given yet",
}
_THRESHOLDS = {"met": "", "not_met": "not owed: ", "judge": "to be judged: "}
_STATES = {"due": "", "overdue": "OVERDUE ", "done": "done ", "decided_against": "decided against "}


def opened_lines(incident: Incident, duties: Sequence[IncidentDuty]) -> Iterator[str]:
    """Give the lines that tell a new incident: what was touched, what is due."""
    from privacykit.documents.incident.inventory import people
    from privacykit.govern.incidents.contain import containment

    inventory = incident.inventory
    yield from _head(incident)
    for store in inventory.stores:
        told = f"{store.in_period} of {store.rows} rows; people {people(store.people)}"
        yield from hanging(f"  {store.name}: ", told, 4)
    yield from hanging("  people in all: ", people(inventory.people), 4)
    if inventory.special:
        yield f"  special categories: {', '.join(inventory.special)}"
    if inventory.triggers:
        yield from hanging("  kinds the state laws name: ", ", ".join(inventory.triggers), 4)
    if inventory.salts:
        dead = sum(1 for day in inventory.salts if day.state == "destroyed")
        yield f"  salts: {dead} of {len(inventory.salts)} days destroyed"
    if inventory.unknown_place:
        yield from hanging("  ", "people of unknown place: name where they live with --place", 4)
    yield from duty_lines(duties)
    for command, why in containment(incident):
        yield from hanging("contain: ", f"{command}  ({why})", 4)


def status_lines(incident: Incident, duties: Sequence[IncidentDuty]) -> Iterator[str]:
    """Give the lines that tell what is due, the earliest first, none left out."""
    yield from _head(incident)
    yield from duty_lines(duties)


def duty_lines(duties: Sequence[IncidentDuty]) -> Iterator[str]:
    """Give two or more lines for each duty."""
    for duty in duties:
        due = f"{duty.due:%Y-%m-%d %H:%M %Z}" if duty.due else "no number"
        start = f" from {duty.starts}" if duty.starts else ""
        state = _STATES[duty.state]
        first = f"{due:<22}  {duty.what:<10}  "
        line = f"{state}{duty.policy}: {duty.says}{start}"
        for number, text in enumerate(hanging(first, line)):
            yield red(text) if duty.state == "overdue" and not number else text
        if _THRESHOLDS[duty.threshold] or duty.why:
            yield from hanging("    ", f"{_THRESHOLDS[duty.threshold]}{duty.why}", 4)
        for told in (_ASSUMED.get(duty.assumed, ""), duty.note):
            if told:
                yield from hanging("    ", told, 4)
        yield from hanging("    ", f"{duty.citation} ({duty.confidence})", 4)


def list_line(incident: Incident, due: IncidentDuty | None) -> str:
    """Return an incident in one line."""
    mark = f"{DRILL}  " if incident.drill else ""
    if incident.closed_at is not None:
        state = f"closed {moment(incident.closed_at)} UTC"
    elif due is not None and due.due is not None:
        state = f"{_STATES[due.state]}{due.policy} {due.what} by {due.due:%Y-%m-%d %H:%M %Z}"
    else:
        state = "open"
    return f"{incident.incident_id}  opened {moment(incident.opened_at)} UTC  {mark}{state}"


def incident_data(
    incident: Incident, duties: Sequence[IncidentDuty], missing: Sequence[str] = ()
) -> dict[str, Any]:
    """Return an incident and its duties as plain data."""
    told: dict[str, Any] = msgspec.to_builtins(incident)
    return told | {
        "duties": [msgspec.to_builtins(duty) for duty in duties],
        "missing": list(missing),
    }


def _head(incident: Incident) -> Iterator[str]:
    if incident.drill:
        yield red(DRILL)
    closed = f", closed {moment(incident.closed_at)} UTC" if incident.closed_at else ""
    yield f"{incident.incident_id}  aware {incident.instants.aware:%Y-%m-%d %H:%M %Z}{closed}"
