"""
The intake of an archive: read whole or refused whole, then who took it back is spared. Does I/O.

Before an item goes, the request that it led to is cancelled: nobody is erased who took it back.
"""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path

import msgspec

from privacykit.errors import InputError
from privacykit.govern.records import RequestStatus
from privacykit.govern.requests.lifecycle import MOVES
from privacykit.operate.approval import Approval
from privacykit.operate.context import OperatorContext
from privacykit.operate.protocols.drop.archive import read_archive
from privacykit.operate.protocols.drop.list_store import DropLists

ACTOR = "by-drop"


class DropIntake(msgspec.Struct, frozen=True):
    """
    What an archive brought.

    Attributes:
        lines: How many lines came.
        cancelled: How many requests were cancelled, as their people took them back.
        begun: Ids of requests that were taken back too late to be cancelled: they are being
            carried out, or were so in part.
        unknown: Removals that name no item of ours, although their hash stands by another one.
        again: Removals of items that an earlier archive took back: there is nothing left to do.
        late: Items of lists older than that which took them back: they stay taken back.
    """

    lines: int = 0
    cancelled: int = 0
    begun: tuple[str, ...] = ()
    unknown: int = 0
    again: int = 0
    late: int = 0


def take_in(context: OperatorContext, lists: DropLists, inbox: Path, refused: Path) -> DropIntake:
    """
    Take the archive *inbox* in; it is gone then.

    Raises:
        InputError: PK376, it is not to be believed: nothing of it is kept, and it is put aside as
            *refused*.
        StoreError: A store failed; do it again.
    """
    with inbox.open("rb") as file:
        archive = file_digest(file, "sha256").hexdigest()
    batch, found = lists.begin(archive, context.clock()), DropIntake()
    if batch is not None:
        try:
            lines, late = _read(lists, batch, inbox)
        except InputError:
            lists.refuse(batch)
            inbox.replace(refused)
            raise
        found = msgspec.structs.replace(_spared(context, lists, batch, lines), late=late)
        lists.finish(batch)
    inbox.unlink()
    return found


def _read(lists: DropLists, batch: int, inbox: Path) -> tuple[int, int]:
    """Return how many lines came, and how many items a later list had taken back."""
    count = late = 0
    for listed, lines in read_archive(inbox):
        if listed.removed:
            came, stay = lists.remove(batch, lines(), listed.day), 0
        else:
            came, stay = lists.add(batch, lines(), listed.day)
        count, late = count + came, late + stay
    return count, late


def _spared(context: OperatorContext, lists: DropLists, batch: int, lines: int) -> DropIntake:
    done = {it: _taken_back(context, it) for it in lists.requests_taken_back(batch)}
    cancelled = sum(it is True for it in done.values())
    if cancelled:
        context.seal()
    begun = tuple(id_ for id_, it in done.items() if it is False)
    unknown, again = lists.unknown_removals(batch), lists.removals_again(batch)
    return DropIntake(lines, cancelled, begun, unknown, again)


def _taken_back(context: OperatorContext, request_id: str) -> bool | None:
    """Cancel a request; return whether that could be done still, ``None`` where it ended before."""
    filed = context.requests.load(request_id)
    if filed is None or not MOVES[filed.request.status]:
        return None
    if RequestStatus.CANCELLED not in MOVES[filed.request.status]:
        return False
    try:
        Approval(context, context.audit.operator(ACTOR)).cancel(request_id)
    except InputError:  # somebody began it at this moment
        return False
    context.channels.forget(request_id)
    return True
