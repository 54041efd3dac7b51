"""``privacykit hold``: rows that may not be destroyed, whoever asks. Reads and writes stores."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import say, say_json, warn
from privacykit.cli.terminal.ids import whole
from privacykit.cli.terminal.opened import day, opened
from privacykit.cli.terminal.options import Acting, Reading
from privacykit.cli.terminal.words import moment, red, short
from privacykit.errors import InputError
from privacykit.govern.records import Hold, RowCondition

if TYPE_CHECKING:
    from privacykit.operate.context import OperatorContext

MOST_COUNTED = 100_000


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(
        group,
        "add",
        place,
        "privacykit hold add shop orders --where 'id = 7' --basis claim --review 2027-06-01",
    )
    add(group, "list", list_holds, "privacykit hold list")
    add(group, "release", release, "privacykit hold release 3f9a")
    app.add_typer(group, name="hold")


def place(
    dataset: Annotated[str, typer.Argument(metavar="DATASET")],
    collection: Annotated[str, typer.Argument(metavar="COLLECTION", help="'*' is every one.")],
    acting: Acting,
    *,
    basis: Annotated[str, typer.Option("--basis", help="The clause or justification.")],
    review: Annotated[str, typer.Option("--review", metavar="DATE", help="When to look again.")],
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="'COLUMN = VALUE'", help="Which rows; all by default."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for people.")] = "",
) -> None:
    """Hold rows: no erasure and no retention destroys them until the hold is released."""
    import secrets

    import msgspec

    from privacykit.govern.datamap.condition import parse_condition

    conditions = tuple(parse_condition(text) for text in where or ())
    with opened(acting.config, changes=True) as context:
        _check(context, dataset, collection, conditions)
        now = context.clock()
        hold = Hold(
            secrets.token_hex(8),
            dataset,
            collection,
            conditions,
            basis,
            context.operator(acting.operator),
            now,
            day(review),
            reason=reason,
        )
        rows = _count(context, hold, now)
        context.holds.place(hold)
    if acting.as_json:
        say_json(msgspec.to_builtins(hold) | {"rows": rows})
        return
    say(f"{hold.hold_id}  holds {_amount(rows)} of {dataset}.{collection}")
    if rows == 0:
        warn("it holds no row now: is the condition as it was meant?")
    if hold.review_at <= now:
        warn("its review is over already: is the date as it was meant?")


def list_holds(
    reading: Reading,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Released ones too.")] = False,
) -> None:
    """
    List the holds that stand, as they were placed; those past their review in red.

    Conditions and reasons may name a person: they are shown on a terminal only, and in --json.
    """
    with opened(reading.config, look=True) as context:
        now = context.clock()
        found = context.holds.all() if everything else context.holds.standing()
    if reading.as_json:
        say_json(found)
        return
    for hold in found:
        for line in hold_lines(hold, now, values=sys.stdout.isatty()):
            say(line)
    if not found:
        say("no holds")


def release(
    acting: Acting,
    *,
    hold_id: Annotated[
        str, typer.Argument(metavar="ID", help="The hold's id, or its first characters.")
    ] = "",
    last: Annotated[bool, typer.Option("--last", help="The hold placed last.")] = False,
) -> None:
    """
    Release a hold: requests that it kept back are queued again, retention takes the rest.

    Raises:
        InputError: No such hold stands, or it is not said which.
    """
    with opened(acting.config, changes=True) as context:
        standing = [hold.hold_id for hold in context.holds.standing()]
        if last == bool(hold_id) or (last and not standing):
            raise InputError("say which hold that stands: its ID, or --last")
        wanted = standing[-1] if last else whole("hold", hold_id, standing)
        actor, now = context.operator(acting.operator), context.clock()
        context.holds.release(wanted, actor=actor, at=now)
        queued = context.desk.requeue(now=now, actor=actor)
    if acting.as_json:
        say_json({"released": wanted, "requeued": queued})
        return
    say(f"{wanted} is released")
    for request_id in queued:
        say(f"  to be run again: {short(request_id)}")


def hold_lines(hold: Hold, now: float, *, values: bool) -> Iterator[str]:
    """Say what a hold holds, why, and until when; what it compares with only with *values*."""
    rows = " and ".join(_words(condition, values=values) for condition in hold.where) or "all rows"
    yield f"{short(hold.hold_id)}  {hold.dataset}.{hold.collection}  {rows}"
    why = f"{hold.basis}: {hold.reason}" if hold.reason and values else hold.basis
    yield f"  because {why}"
    since = f"  since {moment(hold.placed_at)} UTC"
    if hold.released_at is not None:
        yield f"{since}, released {moment(hold.released_at)} UTC"
    elif hold.review_at <= now:
        yield red(f"{since}, REVIEW was {moment(hold.review_at)} UTC")
    else:
        yield f"{since}, review {moment(hold.review_at)} UTC"


def _words(condition: RowCondition, *, values: bool) -> str:
    from privacykit.govern.datamap.condition import column_words

    column = column_words(condition.column)
    if condition.op.endswith("null"):
        return f"{column} {condition.op}"
    value = condition.value if values else "…"
    return f"{column} {condition.op} {value}"


def _check(
    context: OperatorContext, dataset: str, collection: str, where: tuple[RowCondition, ...]
) -> None:
    """
    Look whether what is named is there: else a hold would hold nothing, and nobody would notice.

    Raises:
        InputError: It is not.
    """
    from privacykit.operate.own.datamap import CONSENTS
    from privacykit.stores.events.event_tables import EVENTS, HELD
    from privacykit.stores.events.held_events import OWN_DATASET

    if collection == "*" and where:
        raise InputError("a condition needs a collection: columns differ")
    if dataset == OWN_DATASET:
        columns = set(HELD.columns.keys()) if collection == EVENTS else set()
        known = collection in {EVENTS, CONSENTS, "*"}
    else:
        mapped = context.datamap.of(dataset)
        known = bool(mapped) if collection == "*" else collection in mapped
        columns = set(mapped[collection].fields) if collection in mapped else set()
    if not known:
        raise InputError("the data map has no such dataset or collection")
    if strange := [item.column for item in where if item.column not in columns]:
        raise InputError(f"the collection has no column {strange[0]}")


def _count(context: OperatorContext, hold: Hold, now: float) -> int | None:
    """Count the rows held now, up to :data:`MOST_COUNTED`; ``None`` where nobody can say."""
    from privacykit.govern.erasure.ports.connector import Context, Where
    from privacykit.stores.events.held_events import OWN_DATASET

    if hold.dataset == OWN_DATASET or hold.collection == "*":
        return None
    held = Context(Where(hold.collection, hold.where), now)
    rows = 0
    for _ in context.connectors[hold.dataset].find(hold.collection, held):
        rows += 1
        if rows >= MOST_COUNTED:
            break
    return rows


def _amount(rows: int | None) -> str:
    if rows is None:
        return "rows"
    return f"{rows} rows" if rows < MOST_COUNTED else f"{MOST_COUNTED} rows or more"
