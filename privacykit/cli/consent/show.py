"""``privacykit consent show``: the records of one person. Reads stores, changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.rights.person import PersonOptions
from privacykit.cli.terminal.console import Exit, say, say_json, stop
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Reading
from privacykit.cli.terminal.words import hanging, moment
from privacykit.errors import InputError
from privacykit.govern.records import Identity

if TYPE_CHECKING:
    from privacykit.collect.ports import ConsentRecord
    from privacykit.operate.context import OperatorContext

COLUMN = 12


def show(
    person: PersonOptions,
    reading: Reading,
    record: Annotated[
        str | None,
        typer.Option("--record", metavar="ID", help="One record; '-' reads it from stdin."),
    ] = None,
    receipt: Annotated[
        str,
        typer.Option("--receipt", metavar="FORM", help="A signed receipt: iso-27560 or kantara."),
    ] = "",
) -> None:
    """
    Show what a person agreed to and refused, and what they were shown.

    A person is found as `subject find` finds them; their consents by the events that rest on them.
    The record of a refusal names nobody, so that none is found here. Ends with 1 where nothing is.
    """
    with opened(reading.config, look=True) as context:
        found = _found(context, person, record)
        if not found:
            stop(Exit.FOUND, "no consent record of theirs is kept; refusals name nobody")
        if receipt:
            _tell_receipt(context, found, receipt)
        elif reading.as_json:
            say_json(found)
        else:
            for one in found:
                for line in _lines(one):
                    say(line)
                say()


def _found(
    context: OperatorContext, person: PersonOptions, record: str | None
) -> tuple[ConsentRecord, ...]:
    from privacykit.govern.erasure.event_keys import CONSENT_RECORD
    from privacykit.operate.consent.records import records_of_person

    if record is None:
        return records_of_person(context, person.identities(lambda: context.datamap))
    id_ = sys.stdin.readline().strip() if record == "-" else record.strip()
    if not id_:
        raise InputError("--record is empty: give the id of a record, as its receipt has it")
    return records_of_person(context, [Identity(CONSENT_RECORD, id_)])


def _tell_receipt(context: OperatorContext, found: tuple[ConsentRecord, ...], receipt: str) -> None:
    from uuid import uuid4

    from privacykit.collect.consent.receipts import FORMATS
    from privacykit.operate.consent.records import receipt_maker

    form = next((it for it in FORMATS if it == receipt), None)
    if form is None:
        raise InputError(f"a receipt is one of: {', '.join(FORMATS)}")
    if len(found) > 1:
        raise InputError("several records were found: name one with --record")
    about = found[0]
    text = context.consents.text(about.text_hash)
    made = receipt_maker(context, about.site).make(
        form, about, text, at=context.clock(), id_=str(uuid4())
    )
    say(made.decode().rstrip())


def _lines(record: ConsentRecord) -> Iterator[str]:
    given = (f"{moment(record.given_at)} UTC", record.interface, record.method)
    text = (record.text_version, record.language, f"sha256 {record.text_hash or '-'}")
    told = {
        "record": record.record,
        "site": record.site,
        "allowed": ", ".join(record.purposes) or "nothing",
        "refused": ", ".join(record.refused) or "nothing",
        "barred": ", ".join(f"{it} (by {by})" for it, by in record.barred) or "nothing",
        "given": ", ".join(it or "-" for it in given),
        "withdrawn": _withdrawn(record),
        "text shown": ", ".join(it or "-" for it in text),
        "notice": record.notice.replace("@", " of ") or "-",
        "place": record.place or "-",
        "policies": ", ".join(record.policies),
        "GPC": "sent, and allowed after a notice of it"
        if record.gpc_seen
        else "nothing allowed against it",
    }
    for name, value in told.items():
        yield from hanging(f"{name:<{COLUMN}}", value)


def _withdrawn(record: ConsentRecord) -> str:
    if record.withdrawn_at is None:
        return "no"
    return f"{moment(record.withdrawn_at)} UTC, {record.withdrawn_interface or '-'}"
