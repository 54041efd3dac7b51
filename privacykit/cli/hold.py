"""``privacykit hold``: rows that may not be destroyed, whoever asks. Reads and writes stores."""

from __future__ import annotations

import secrets
from typing import Annotated

import msgspec
import typer

from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.office import OPERATOR, day, moment, opened
from privacykit.cli.request_words import red
from privacykit.errors import InputError
from privacykit.govern.condition import parse_condition
from privacykit.govern.connector import Context, Where
from privacykit.govern.records import Condition, Hold
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.office import Office
from privacykit.settings.own_map import CONSENTS
from privacykit.stores.event_tables import EVENTS, HELD
from privacykit.stores.held_events import OWN_DATASET

MOST_COUNTED = 100_000


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True, help="What may not be destroyed.")
    group.command("add")(add)
    group.command("list")(list_holds)
    group.command("release")(release)
    app.add_typer(group, name="hold")


def add(  # noqa: PLR0913, PLR0917 - the options of a command
    dataset: Annotated[str, typer.Argument(metavar="DATASET")],
    collection: Annotated[str, typer.Argument(metavar="COLLECTION", help="'*' is every one.")],
    basis: Annotated[str, typer.Option("--basis", help="The clause or justification.")],
    review: Annotated[str, typer.Option("--review", metavar="DATE", help="When to look again.")],
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="'COLUMN = VALUE'", help="Which rows; all by default."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for people.")] = "",
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Hold rows: no erasure and no retention destroys them until the hold is released."""
    conditions = tuple(parse_condition(text) for text in where or ())
    with opened(config, changes=True) as office:
        _check(office, dataset, collection, conditions)
        now = office.clock()
        hold = Hold(
            secrets.token_hex(8),
            dataset,
            collection,
            conditions,
            basis,
            office.operator(operator),
            now,
            day(review),
            reason=reason,
        )
        rows = _count(office, hold, now)
        office.holds.place(hold)
    if as_json:
        say_json(msgspec.to_builtins(hold) | {"rows": rows})
        return
    say(f"{hold.hold_id}  holds {_amount(rows)} of {dataset}.{collection}")
    if rows == 0:
        warn("it holds no row now: is the condition as it was meant?")


def list_holds(
    everything: Annotated[bool, typer.Option("--all", help="Released ones too.")] = False,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """List the holds that stand; those past their review in red."""
    with opened(config) as office:
        now = office.clock()
        found = office.holds.all() if everything else office.holds.standing()
    if as_json:
        say_json(found)
        return
    for hold in found:
        where = " and ".join(f"{c.column} {c.op} …" for c in hold.where) or "all rows"
        line = f"{hold.hold_id}  {hold.dataset}.{hold.collection}  {where}  {hold.basis}"
        if hold.released_at is not None:
            say(f"{line}  released {moment(hold.released_at)}")
        elif hold.review_at <= now:
            say(red(f"{line}  REVIEW was {moment(hold.review_at)}"))
        else:
            say(f"{line}  review {moment(hold.review_at)}")
    if not found:
        say("no holds")


def release(
    hold_id: Annotated[str, typer.Argument(metavar="ID")],
    operator: OPERATOR = "",
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """Release a hold: requests that it kept back are queued again, retention takes the rest."""
    with opened(config, changes=True) as office:
        actor, now = office.operator(operator), office.clock()
        ended = office.holds.release(hold_id, actor=actor, at=now)
        queued = office.desk.requeue(now=now, actor=actor) if ended else ()
    if ended is None:
        stop(Exit.MISUSE, "no such hold stands")
    if as_json:
        say_json({"released": hold_id, "requeued": queued})
        return
    say(f"{hold_id} is released")
    for request_id in queued:
        say(f"  to be run again: {request_id}")


def _check(office: Office, dataset: str, collection: str, where: tuple[Condition, ...]) -> None:
    """
    Look whether what is named is there: else a hold would hold nothing, and nobody would notice.

    Raises:
        InputError: It is not.
    """
    if collection == "*" and where:
        raise InputError("a condition needs a collection: columns differ")
    if dataset == OWN_DATASET:
        columns = set(HELD.columns.keys()) if collection == EVENTS else set()
        known = collection in {EVENTS, CONSENTS, "*"}
    else:
        mapped = office.datamap.of(dataset)
        known = bool(mapped) if collection == "*" else collection in mapped
        columns = set(mapped[collection].fields) if collection in mapped else set()
    if not known:
        raise InputError("the data map has no such dataset or collection")
    if strange := [item.column for item in where if item.column not in columns]:
        raise InputError(f"the collection has no column {strange[0]}")


def _count(office: Office, hold: Hold, now: float) -> int | None:
    """Count the rows held now, up to :data:`MOST_COUNTED`; ``None`` where nobody can say."""
    if hold.dataset == OWN_DATASET or hold.collection == "*":
        return None
    context = Context(Where(hold.collection, hold.where), now)
    rows = 0
    for _ in office.connectors[hold.dataset].find(hold.collection, context):
        rows += 1
        if rows >= MOST_COUNTED:
            break
    return rows


def _amount(rows: int | None) -> str:
    if rows is None:
        return "rows"
    return f"{rows} rows" if rows < MOST_COUNTED else f"{MOST_COUNTED} rows or more"
