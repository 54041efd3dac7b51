"""``privacykit request approve``, ``reject``, ``extend``, ``cancel``: decisions. Does I/O."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from privacykit.cli.rights.requests import stands
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.ids import RequestId
from privacykit.cli.terminal.opened import opened, working
from privacykit.cli.terminal.options import Acting
from privacykit.errors import InputError
from privacykit.govern.requests.lifecycle import DELAYS, REFUSALS, Ground


def register(group: typer.Typer) -> None:
    """Add the commands to the group ``request``."""
    add(group, "approve", approve, "privacykit request approve 5f0c")
    reason = "--ground manifestly_unfounded"
    add(group, "reject", reject, f"privacykit request reject 5f0c {reason}")
    add(group, "extend", extend, "privacykit request extend 5f0c --ground complexity --told")
    add(group, "cancel", cancel, "privacykit request cancel 5f0c")


def approve(which: RequestId, acting: Acting) -> None:
    """
    Say yes to a request of a person who is proven to be who they say.

    Where [requests] approvals asks for two operators, the second yes counts. Where [requests]
    grace lets an erasure wait, the token that takes it back is printed: send it to the person.
    """
    from privacykit.operate.approval import Approval

    with working(acting.config, changes=True, what="approving") as context:
        approval = Approval(context, context.operator(acting.operator))
        request, token = approval.approve(context.desk.found(which.of(context)).request)
    stands(request, as_json=acting.as_json, token=token)


def reject(
    which: RequestId,
    acting: Acting,
    *,
    ground: Annotated[str, typer.Option("--ground", help="Which; `--ground ?` lists them.")],
) -> None:
    """Say no, and why; tell the person, with where to complain (GDPR Art. 12(4))."""
    from privacykit.operate.approval import Approval

    grounds = {known.name.lower(): known.value for known in Ground if known in REFUSALS}
    with opened(acting.config, changes=True) as context:
        approval = Approval(context, context.operator(acting.operator))
        request = approval.reject(which.of(context), _ground(ground, grounds))
    stands(request, as_json=acting.as_json)


def extend(
    which: RequestId,
    acting: Acting,
    *,
    ground: Annotated[str, typer.Option("--ground", help="complexity or high_volume.")],
    told: Annotated[
        bool, typer.Option("--told", help="The person has been told, with the reasons.")
    ] = False,
) -> None:
    """Take the longer time that every law that applies gives, inside the first period only."""
    grounds = {known.name.lower(): known.value for known in Ground if known in DELAYS}
    with opened(acting.config, changes=True) as context:
        actor = context.operator(acting.operator)
        request = context.desk.extend(
            which.of(context), _ground(ground, grounds), told=told, now=context.clock(), actor=actor
        )
    stands(request, as_json=acting.as_json)


def cancel(
    which: RequestId,
    acting: Acting,
    *,
    token: Annotated[
        bool,
        typer.Option("--token", help="By the person's own token, read from standard input."),
    ] = False,
) -> None:
    """
    Take a request back for the person; what finds them is erased.

    Raises:
        InputError: There is no such request, it has begun, or the token is not good (any more).
    """
    from privacykit.govern.audit.chain import SYSTEM
    from privacykit.operate.approval import Approval

    with working(acting.config, changes=True, what="cancelling") as context:
        if token:
            if which.request_id or which.last:
                raise InputError("a token says by itself which request it takes back")
            request = Approval(context, SYSTEM).cancel_by(sys.stdin.readline().strip())
        else:
            approval = Approval(context, context.operator(acting.operator))
            request = approval.cancel(which.of(context))
    stands(request, as_json=acting.as_json)


def _ground(given: str, known: dict[str, str]) -> str:
    found = known.get(given.lower(), given)
    if found not in known.values():
        raise InputError("name a ground: " + ", ".join(sorted(known)))
    return found
