"""Requests in words and as JSON; identities only when asked for. Pure but for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from privacykit.cli.terminal.console import say, say_json, warn
from privacykit.cli.terminal.words import moment, red
from privacykit.govern.records import Propagation, RequestStatus, SubjectRequest
from privacykit.govern.requests.lifecycle import (
    ENDED,
    OPEN,
    RUNNABLE,
    overdue,
    unacknowledged,
    waited,
)

if TYPE_CHECKING:
    from privacykit.govern.requests.ledger import StoredRequest
    from privacykit.stores.records.arriving.channels import RequestChannel
    from privacykit.stores.records.audit import Logged

DAY = 86_400
SOON_DAYS = 7


def overview(filed: StoredRequest, now: float) -> dict[str, Any]:
    """Return what a list says about a request."""
    request = filed.request
    return {
        "id": request.subject_request_id,
        "type": request.subject_request_type.value,
        "status": request.status.value,
        "place": request.place,
        "received_at": request.received_at,
        "due_at": request.extended_to or request.due_at,
        "acknowledge_by": request.acknowledge_by,
        "overdue": overdue(request, now),
        "unacknowledged": unacknowledged(request, now),
        "policy": filed.deadline.policy,
        "citation": filed.deadline.citation,
        "ground": request.justification,
    }


def describe(
    filed: StoredRequest,
    entries: Sequence[Logged],
    told: Sequence[Propagation],
    now: float,
    *,
    reveal: bool,
) -> dict[str, Any]:
    """Return everything about a request; what finds the person only to *reveal* it."""
    import msgspec

    request = filed.request
    return overview(filed, now) | {
        "assurance": msgspec.to_builtins(request.assurance),
        "considered": filed.deadline.considered,
        "extendable_to": filed.deadline.extendable_to,
        "purposes": request.purposes,
        "finished_at": request.finished_at,
        "identities": [
            {"type": known.type, "format": known.format}
            | ({"value": known.value, "parts": known.parts} if reveal else {})
            for known in request.subject_identities
        ],
        "recipients": msgspec.to_builtins(told),
        "history": [
            {"at": e.entry.at / 1_000_000, "actor": e.entry.actor, "action": e.entry.action}
            for e in entries
        ],
    }


def lines(
    filed: StoredRequest,
    entries: Sequence[Logged],
    told: Sequence[Propagation],
    now: float,
    *,
    reveal: bool,
) -> Iterator[str]:
    """Say everything about a request in lines; what finds the person only to *reveal* it."""
    request, proof = filed.request, filed.request.assurance
    yield f"{request.subject_request_id}  {request.subject_request_type.value}"
    yield f"  {due_line(filed, now, colour=True)}"
    yield f"  place {request.place}, received {moment(request.received_at)} UTC"
    yield f"  identity: {f'{proof.level} ({proof.method})' if proof else 'not proven'}"
    if request.justification:
        yield f"  ground: {request.justification}"
    for known in request.subject_identities:
        named = known.value or ", ".join(f"{name} {value}" for name, value in known.parts)
        yield f"  known by {known.type}" + (f": {named}" if reveal else "")
    for item in told:
        yield f"  {item.recipient}: {item.status} {item.evidence}".rstrip()
    for logged in entries:
        entry = logged.entry
        yield f"  {moment(entry.at / 1_000_000)}  {entry.actor}  {entry.action}"


def arrivals(channels: Sequence[RequestChannel], *, reveal: bool) -> list[dict[str, str]]:
    """Return by what a request arrived, for whom it was asked; whom to answer only to *reveal*."""
    return [_arrival(it, reveal=reveal) for it in channels]


def _arrival(channel: RequestChannel, *, reveal: bool) -> dict[str, str]:
    if channel.channel != "form":
        return {"by": channel.channel, "party": channel.party}
    told = {"by": "form", "asked as": str(channel.details.get("relation", "self"))}
    if reveal and channel.private:
        import msgspec

        told["answer to"] = str(msgspec.json.decode(channel.private)["contact"])
    return told


def due_line(filed: StoredRequest, now: float, *, colour: bool = False) -> str:
    """Say where a request stands and how long there is."""
    request = filed.request
    due = request.extended_to or request.due_at
    if request.status not in OPEN or due is None:
        return f"{request.status.value} {moment(request.finished_at)}"
    left = (due - now) / DAY
    law = f"{filed.deadline.policy.partition('@')[0]} {filed.deadline.citation}".rstrip()
    if overdue(request, now):
        text = (
            f"{request.status.value}  OVERDUE by {-left:.1f} days, since {moment(due)} UTC ({law})"
        )
        return red(text) if colour else text
    text = f"{request.status.value}  due {moment(due)} UTC, in {left:.1f} days ({law})"
    if request.closes_at is not None and request.status is RequestStatus.ACCEPTED:
        waits = f"waits until {moment(request.closes_at)} UTC"
        text += ", has waited: run it" if waited(request, now) else f", {waits}"
    if unacknowledged(request, now):
        text += f", to be acknowledged by {moment(request.acknowledge_by)} UTC"
        return red(text) if colour else text
    return text


def stands(request: SubjectRequest, *, as_json: bool, token: str | None = None) -> None:
    """Say where a request stands after a step, and the *token* that takes an erasure back."""
    if as_json:
        told = {"id": request.subject_request_id, "status": request.status.value}
        say_json(told | ({"closes_at": request.closes_at, "token": token} if token else {}))
        return
    due = request.extended_to or request.due_at
    say(f"{request.subject_request_id}  {request.status.value}, due {moment(due)} UTC")
    if request.approved_by and request.status not in {*RUNNABLE, *ENDED}:
        say("  one operator said yes; another has to, too: privacykit request approve")
    if request.closes_at is not None and request.status is RequestStatus.ACCEPTED:
        say(f"  it waits until {moment(request.closes_at)} UTC, and the person is restricted")
    if token:
        warn("this takes it back until then; it is stored nowhere, send it to the person only:")
        say(token)
