"""``privacykit seal``: the keys of sealed fields. Reads and changes the key store."""

from __future__ import annotations

from typing import Annotated

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Acting, Reading
from privacykit.cli.terminal.words import many
from privacykit.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "status", status, "privacykit seal status")
    add(group, "destroy", destroy, "privacykit seal destroy --email anna@shop.example --yes")
    add(group, "rotate", rotate, "privacykit seal rotate")
    app.add_typer(group, name="seal")


def status(reading: Reading) -> None:
    """
    Count the keys by purpose and period, and those that an older key wraps.

    Ends with 1 while an older wrapping key is needed: `privacykit seal rotate` ends that.
    """
    from privacykit.operate.sealing.keys import is_used, sealing_keys

    with opened(reading.config) as context:
        keys = sealing_keys(context) if is_used(context) else None
        counted = keys.counted() if keys else []
        newest = keys.newest if keys else ""
    older = sum(number for *_, by, number in counted if by != newest)
    if reading.as_json:
        rows = [{"purpose": p, "period": t, "wrapped_by": by, "keys": n} for p, t, by, n in counted]
        say_json({"keys": rows, "older": older})
    else:
        for purpose, period, by, number in counted:
            when = f" {period}" if period else ""
            old = "" if by == newest else f", wrapped by the older key {by}"
            say(f"{purpose}{when}: {many(number, 'key')}{old}")
        if not counted:
            say("nothing was ever sealed")
    if older:
        stop(Exit.FOUND)


def destroy(
    acting: Acting,
    *,
    email: Annotated[str, typer.Option("--email", metavar="ADDRESS", help="Whose keys.")] = "",
    identity: Annotated[
        list[str] | None,
        typer.Option("--identity", metavar="TYPE=VALUE", help="Whose keys, by another name."),
    ] = None,
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="NAME", help="Only keys of this purpose.")
    ] = "",
    period: Annotated[
        str,
        typer.Option("--period", metavar="PERIOD", help="Everybody's keys of 2026-11, or 2026."),
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Destroy them: nothing brings them back.")
    ] = False,
) -> None:
    """
    Destroy keys: what they sealed is unreadable from then on, wherever copies are.

    An erasure does this by itself; here it is done without a request. Ends with 3 where a key
    still stands in a file or a server's log.

    Raises:
        InputError: Nobody and no period is named, or both are, or it is none, or --yes is missing.
    """
    from privacykit.operate.own.proofs import held_whole
    from privacykit.operate.sealing.keys import (
        NOT_COVERED,
        identity_of,
        references,
        sealing_keys,
    )
    from privacykit.sealing.rules import check_period
    from privacykit.stores.sealing.tables import SEALING

    if bool(period) is bool(email or identity):
        raise InputError("say whose keys, or which period: one of the two")
    check_period(period)
    if not yes:
        raise InputError("nothing brings a destroyed key back: add --yes")
    whom = identity_of(email, identity or ()) if not period else []
    with opened(acting.config, changes=True) as context:
        if held_whole(context, SEALING):
            raise InputError("a hold keeps the keys of sealed fields; release it first")
        keys, actor = sealing_keys(context), context.operator(acting.operator)
        there = sorted({row[0] for row in keys.counted()})
        if period:
            done = keys.destroy_period(period, context.audit, actor, purpose=purpose)
        else:
            who = references(keys, whom)
            done = keys.destroy(who, context.audit, actor, purpose=purpose)
    if acting.as_json:
        told = {"keys": done.keys, "remains": [done.remains] if done.remains else []}
        say_json(told | {"not_covered": list(NOT_COVERED)})
    else:
        say(f"{many(done.keys, 'key')} destroyed")
        if purpose and purpose not in there:
            warn(f"no key is of that purpose; there are: {', '.join(there) or 'none'}")
        for line in NOT_COVERED if done.keys else ():
            say(f"  {line}")
        if done.remains:
            warn(done.remains)
    if done.remains:
        stop(Exit.PARTLY)


def rotate(acting: Acting) -> None:
    """
    Wrap every key under the newest one of the key file; what is sealed stays as it is.

    After `privacykit keys rotate sealing`. Once it is done the old wrapping key may leave the key
    file, and with that every older backup of the key store opens nothing any more.
    """
    from privacykit.operate.sealing.keys import sealing_keys
    from privacykit.stores.sealing.rotation import wrap_anew

    with opened(acting.config, changes=True) as context:
        keys = sealing_keys(context)
        number = wrap_anew(context.engine, keys)
        if number:
            actor = context.operator(acting.operator)
            context.audit.append(actor, "sealing.rotated", detail={"keys": number})
    if acting.as_json:
        say_json({"keys": number, "wrapped_by": keys.newest})
    else:
        say(f"{many(number, 'key')} wrapped anew; the newest wrapping key is {keys.newest}")
